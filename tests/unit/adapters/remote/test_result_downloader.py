"""What is fetched of an attempt in the cloud, from a folder as storage."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helios_gui.adapters.remote import result_downloader
from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.result_downloader import ResultDownloader
from helios_gui.adapters.remote.storage_layout import AttemptKeys
from helios_gui.process.log_limit import LogLimit
from helios_gui.storage import StorageSettings
from helios_gui.types import AttemptResult, FailureKind, RenderChunk, StorageError, StoredOutput, WorkerJob

PLACE = AttemptKeys("job1", "job1.0.1")
OUTPUT = b"frames"
LONG_LOG = b"a line of a long log\n" * 5000


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[ResultDownloader]:
    chunk = RenderChunk(id=0, start_frame=0, frame_count=1, output_file="part.txt", command="true")
    job = WorkerJob("job1", PLACE.name, chunk, 0, ("true",), folder, folder / "part.txt", folder / "log.txt")
    link = ReconnectingStorage((folder / "storage").as_uri(), StorageSettings())
    yield ResultDownloader(link, job, "the service")
    await link.close()


async def leave(
    downloader: ResultDownloader, log: bytes | None = b"from storage\n", **changes: object
) -> AttemptResult:
    """Put into storage what the result speaks of."""
    storage = downloader.link.storage
    await storage.upload(f"{PLACE.folder}/part.txt", OUTPUT)
    if log is not None:
        await storage.upload(PLACE.log, log)
    url = f"{downloader.link.url}/{PLACE.folder}/part.txt"
    artifact = StoredOutput(url=url, size=len(OUTPUT), sha256=hashlib.sha256(OUTPUT).hexdigest())
    made = AttemptResult(exit_code=0, stdout="from the answer", artifact=artifact, log_url="log")
    return made.model_copy(update=changes)


@pytest.mark.parametrize(
    ("whole", "log"), [(True, "from the answer\n"), (False, "from storage\n"), (None, "from storage\n")]
)
async def test_a_log_that_the_answer_holds_is_not_fetched(tmp_path: Path, whole: bool | None, log: str) -> None:
    async with opened(tmp_path) as downloader:
        downloaded = await downloader.download(PLACE, await leave(downloader, whole_log=whole))
    assert downloaded.ok
    assert downloader.job.output.read_bytes() == OUTPUT
    assert downloaded.sha256 == hashlib.sha256(OUTPUT).hexdigest()
    assert downloader.job.log_path.read_text() == log


async def test_a_long_log_is_added_to_what_the_log_holds(tmp_path: Path) -> None:
    async with opened(tmp_path) as downloader:
        downloader.note("Sent.")
        assert (await downloader.download(PLACE, await leave(downloader, LONG_LOG))).ok
    assert downloader.job.log_path.read_bytes() == b"Sent.\n" + LONG_LOG
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.txt", "part.txt", "storage"]


async def test_a_log_beyond_all_limits_is_not_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_downloader, "LOG_LIMIT", LogLimit(most=len(LONG_LOG) - 1))
    async with opened(tmp_path) as downloader:
        assert (await downloader.download(PLACE, await leave(downloader, LONG_LOG))).ok
    assert downloader.job.log_path.read_text() == "from the answer\n"


async def test_without_a_log_what_the_answer_holds_is_the_log(tmp_path: Path) -> None:
    async with opened(tmp_path) as downloader:
        assert (await downloader.download(PLACE, await leave(downloader, None))).ok
    assert downloader.job.log_path.read_text() == "from the answer\n"


async def test_a_log_that_cannot_be_written_costs_no_output(tmp_path: Path) -> None:
    (tmp_path / "log.txt").mkdir()
    async with opened(tmp_path) as downloader:
        downloader.note("Sent.")
        for whole in (True, False):
            result = await leave(downloader, LONG_LOG, whole_log=whole)
            assert (await downloader.download(PLACE, result)).ok
    assert downloader.job.output.read_bytes() == OUTPUT


async def test_a_failed_attempt_is_explained_with_the_end_of_what_it_said(tmp_path: Path) -> None:
    async with opened(tmp_path) as downloader:
        silent = await leave(downloader, exit_code=None, artifact=None, stdout="", stderr="no memory")
        ended = await downloader.download(PLACE, silent)
        assert (ended.failure, ended.message) == (FailureKind.TRANSIENT, "the service ended without saying how.")
        assert ended.tail == ("no memory",)
        without = await downloader.download(PLACE, await leave(downloader, artifact=None))
        assert without.failure is FailureKind.FATAL
        assert without.message


@pytest.mark.parametrize("url", ["s3://elsewhere/part.txt", "no address", "file:///etc/part.txt"])
async def test_an_output_elsewhere_is_not_fetched(tmp_path: Path, url: str) -> None:
    async with opened(tmp_path) as downloader:
        artifact = StoredOutput(url=url, size=len(OUTPUT), sha256="")
        with pytest.raises(StorageError) as caught:
            await downloader.download(PLACE, await leave(downloader, artifact=artifact))
    assert caught.value.kind is FailureKind.FATAL
    assert not downloader.job.output.exists()


@pytest.mark.parametrize(("written", "known"), [(str.upper, True), (lambda sha256: "", False)])
async def test_a_digest_is_told_only_of_what_was_checked_against_it(
    tmp_path: Path, written: Callable[[str], str], *, known: bool
) -> None:
    async with opened(tmp_path) as downloader:
        result = await leave(downloader)
        assert result.artifact is not None
        artifact = result.artifact.model_copy(update={"sha256": written(result.artifact.sha256)})
        downloaded = await downloader.download(PLACE, result.model_copy(update={"artifact": artifact}))
    assert downloaded.ok
    assert downloaded.sha256 == (hashlib.sha256(OUTPUT).hexdigest() if known else "")


async def test_an_output_that_is_another_than_the_worker_made_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as downloader:
        result = await leave(downloader)
        await downloader.link.storage.upload(f"{PLACE.folder}/part.txt", b"others")
        with pytest.raises(StorageError):
            await downloader.download(PLACE, result)
    assert not downloader.job.output.exists()


async def test_a_worker_that_says_too_much_is_cut_short(tmp_path: Path) -> None:
    """What is shown and kept in the journal; the log holds all."""
    said = AttemptResult(exit_code=1, message="m" * 3_000_000, stderr="e" * 3_000_000)
    async with opened(tmp_path) as downloader:
        result = await downloader.download(PLACE, said)
    assert len(result.message) < 21_000
    assert len("".join(result.tail)) < 5_000
    assert downloader.job.log_path.stat().st_size > 3_000_000
