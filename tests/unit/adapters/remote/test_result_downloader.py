"""What is fetched of an attempt in the cloud, from a folder as storage."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.result_downloader import ResultDownloader
from helios_gui.adapters.remote.storage_layout import AttemptKeys
from helios_gui.storage import StorageSettings
from helios_gui.types import AttemptResult, RenderChunk, StoredOutput, WorkerJob

PLACE = AttemptKeys("job1", "job1.0.1")
OUTPUT = b"frames"


async def leave(landing: ResultDownloader) -> AttemptResult:
    """Put into storage what the result speaks of."""
    storage = landing.link.storage
    await storage.upload(f"{PLACE.folder}/part.txt", OUTPUT)
    await storage.upload(PLACE.log, b"from storage\n")
    url = f"{landing.link.url}/{PLACE.folder}/part.txt"
    artifact = StoredOutput(url=url, size=len(OUTPUT), sha256=hashlib.sha256(OUTPUT).hexdigest())
    return AttemptResult(exit_code=0, stdout="from the answer", artifact=artifact, log_url="log")


@pytest.mark.parametrize(
    ("whole", "log"), [(True, "from the answer\n"), (False, "from storage\n"), (None, "from storage\n")]
)
async def test_a_log_that_the_answer_holds_is_not_fetched(tmp_path: Path, whole: bool | None, log: str) -> None:
    chunk = RenderChunk(id=0, start_frame=0, frame_count=1, output_file="part.txt", command="true")
    job = WorkerJob("job1", PLACE.name, chunk, 0, ("true",), tmp_path, tmp_path / "part.txt", tmp_path / "log.txt")
    landing = ResultDownloader(
        ReconnectingStorage((tmp_path / "storage").as_uri(), StorageSettings()), job, "the service"
    )
    result = await leave(landing)
    landed = await landing.download(PLACE, result.model_copy(update={"whole_log": whole}))
    await landing.link.close()
    assert landed.ok
    assert job.output.read_bytes() == OUTPUT
    assert job.log_path.read_text() == log
