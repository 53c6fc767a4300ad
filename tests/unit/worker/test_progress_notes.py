"""Notes of progress: few, late, and never in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helios_gui.storage import StorageSettings
from helios_gui.worker.attempt_storage import Storages
from helios_gui.worker.progress_notes import progress_notes
from helios_gui.worker.worker_settings import WorkerSettings
from tests.support.waiting import eventually
from tests.support.worker import Farm, worker


@asynccontextmanager
async def noting(url: str | None, line: Callable[[], str], interval: float) -> AsyncIterator[None]:
    """Notes of progress with a storage of their own."""
    async with Storages(StorageSettings()) as storages, progress_notes(storages, url, line, interval):
        yield


async def test_the_last_line_is_left_and_replaced(tmp_path: Path) -> None:
    note = tmp_path / "store" / "a" / "progress"
    said, asked = "", 0

    def last_line() -> str:
        nonlocal asked
        asked += 1
        return said

    async def asked_again() -> None:
        """Until two more looks have begun: the first of them has done all it does."""
        before = asked
        await eventually(lambda: asked >= before + 2)

    async with noting(note.as_uri(), last_line, 0.02):
        await asked_again()
        assert not note.exists(), "nothing was said yet"
        said = "frame=4"
        await eventually(note.exists)
        written = note.stat().st_mtime_ns
        await asked_again()
        assert note.stat().st_mtime_ns == written, "what is told already is not told again"
        said = "frame=7 \ud800"
        await eventually(lambda: note.read_bytes().startswith(b"frame=7"))
    assert note.read_bytes() == b"frame=7 ?"


@pytest.mark.parametrize(("url", "interval"), [(None, 0.01), ("progress", 0.0), ("progress", 60.0)])
async def test_nothing_is_left_where_it_is_not_wanted_or_the_render_is_short(
    tmp_path: Path, url: str | None, interval: float
) -> None:
    where = None if url is None else (tmp_path / url).as_uri()
    tasks = len(asyncio.all_tasks())
    async with noting(where, lambda: "frame=1", interval):
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) - tasks == (interval == 60.0), "only a longer render would be told of"
    assert list(tmp_path.iterdir()) == []


async def test_a_storage_that_takes_no_notes_does_not_disturb_the_render(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    asked = asyncio.Event()

    def last_line() -> str:
        asked.set()
        return "frame=1"

    async with noting((tmp_path / "file" / "below").as_uri(), last_line, 0.01):
        await asked.wait()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


async def test_a_render_tells_how_far_it_is(tmp_path: Path) -> None:
    farm = Farm((tmp_path / "store").as_uri())
    note = tmp_path / "store" / farm.key("a1/progress")
    wait = f"while [ ! -e {tmp_path}/go ]; do sleep 0.05; done"
    await farm.put_job(
        [f"sh -c 'echo hello; echo at 3 of 10; {wait}; echo x > out-0.txt'"], progressPattern="at (?P<frame>\\d+)"
    )
    async with worker(tmp_path / "worker", farm, progress_interval=0.02) as runtime:
        running = asyncio.create_task(runtime.handle(farm.request()))
        await eventually(note.exists)
        assert note.read_text() == "at 3 of 10"
        (tmp_path / "go").touch()
        assert (await running).failure is None


def test_the_interval_can_be_set() -> None:
    given = {"HELIOS_WORKER_PROGRESS_INTERVAL": "0"}
    assert WorkerSettings.from_environment(given).progress_interval == 0
    assert WorkerSettings.from_environment({}).progress_interval == 3
