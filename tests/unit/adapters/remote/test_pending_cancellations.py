"""Workers that have to stop while the storage, a folder, cannot be reached."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helios_gui.adapters.remote import pending_cancellations
from helios_gui.adapters.remote.attempt_registry import AttemptRegistry, Execution
from helios_gui.adapters.remote.pending_cancellations import PendingCancellations
from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.result_watch import ResultWatch
from helios_gui.adapters.remote.storage_layout import AttemptKeys
from helios_gui.storage import StorageSettings
from tests.support.waiting import eventually

PLACE = AttemptKeys("job", "job.7.1")


@asynccontextmanager
async def pending(folder: Path, seconds: float) -> AsyncIterator[tuple[PendingCancellations, list[str]]]:
    """What is followed of one worker that may go on for so long, and what is called at its end."""
    link = ReconnectingStorage(folder.as_uri(), StorageSettings())
    execution = Execution(PLACE, asyncio.get_running_loop().time() + seconds, limit=60.0)
    ended: list[str] = []

    async def at_end() -> None:
        ended.append("end")

    yield PendingCancellations([execution], AttemptRegistry(), ResultWatch(link, 0.01), link, 0.0, at_end), ended
    await link.close()


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A storage in which nothing can be written: a file lies where a folder has to be."""
    monkeypatch.setattr(pending_cancellations, "_PAUSE", 0.02)
    folder = tmp_path / "storage"
    folder.mkdir()
    (folder / "jobs").touch()
    return folder


async def test_a_worker_is_asked_to_stop_once_the_storage_is_back(
    storage: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with pending(storage, 60.0) as (stops, ended):
        following = asyncio.create_task(stops.follow(lambda: ended.append("changed")))
        await eventually(lambda: caplog.text.count("cannot be seen") >= 2)
        assert stops.unconfirmed().workers == 1
        (storage / "jobs").unlink()
        await eventually((storage / PLACE.cancel).exists)
        result = storage / PLACE.result
        result.with_suffix(".part").write_text(json.dumps({"exitCode": 1, "failure": "fatal", "message": "cancelled"}))
        result.with_suffix(".part").replace(result)
        assert (await following).workers == 0
        assert sorted(ended) == ["changed", "end"]


async def test_a_worker_that_nobody_could_ask_may_have_gone_on_until_its_time_was_up(storage: Path) -> None:
    async with pending(storage, 0.2) as (stops, ended):
        left = await stops.follow(lambda: None)
        assert (left.workers, left.limit) == (1, 60.0)
        assert ended == ["end"]
    assert (storage / "jobs").is_file()
