"""The manager over repositories of both sorts: it behaves the same, and in memory nothing is written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helios_gui.engine import (
    FfmpegStitcher,
    HeliosError,
    InMemoryJobRepository,
    JobExecutionOptions,
    JobManager,
    JobRepository,
    JobState,
    LocalAdapter,
    MediaVerifier,
    SqliteJobRepository,
    WorkerPool,
)
from helios_gui.orchestrator.job_repository import OtherProcessUpdate
from helios_gui.types import AttemptState, ChunkState, ExecutionPolicy
from tests.support.jobs import COUNTED, contents, runs, text_job, until

FAILS_ONCE = f"""
import os, sys
if sys.argv[2] == '1' and not os.path.exists('mended'):
    sys.exit(3)
{COUNTED}
"""


@pytest.fixture(params=["memory", "file"])
def repository(request: pytest.FixtureRequest, tmp_path: Path) -> JobRepository:
    return InMemoryJobRepository() if request.param == "memory" else SqliteJobRepository(tmp_path / "jobs.sqlite")


@asynccontextmanager
async def managing(repository: JobRepository, folder: Path) -> AsyncIterator[JobManager]:
    local, verifier = LocalAdapter(grace=1), MediaVerifier()
    policy = ExecutionPolicy(concurrency=2, retries=0)
    manager = JobManager(
        repository,
        pools=lambda name: WorkerPool(name, local, policy),
        verify=verifier,
        stitcher=FfmpegStitcher(),
        local=local,
        log_root=folder / "logs",
    )
    await manager.open()
    try:
        yield manager
    finally:
        await manager.close()
        verifier.close()


async def test_a_job_fails_is_mended_and_completes(repository: JobRepository, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    spec = text_job(3, FAILS_ONCE)
    async with managing(repository, tmp_path) as manager:
        job_id = await manager.submit_job(spec, JobExecutionOptions(job_dir=work))
        await manager.wait_job(job_id)
        status = await manager.get_job(job_id)
        assert status is not None
        assert status.summary.state is JobState.FAILED
        (work / "mended").touch()
        await manager.retry_chunks(job_id)
        await manager.wait_job(job_id)
        attempts = await manager.attempts(job_id)
        assert [attempt.state for attempt in await manager.attempts(job_id, 1)] == [
            AttemptState.FAILED,
            AttemptState.SUCCEEDED,
        ]
        assert len(attempts) == 4
        assert [job.state for job in manager.list_jobs()] == [JobState.COMPLETED]
        assert await repository.list_jobs() == manager.list_jobs()
        assert repository.problem == ""
        await manager.delete_job(job_id)
        assert manager.list_jobs() == []
    assert contents(work, spec) == ["0", "1", "2"]
    assert (tmp_path / "jobs.sqlite").exists() is isinstance(repository, SqliteJobRepository)


async def test_what_ran_when_it_was_closed_is_resumed(tmp_path: Path) -> None:
    repository = InMemoryJobRepository()
    work = tmp_path / "work"
    work.mkdir()
    code = f"import os, time, sys\nwhile sys.argv[2] != '0' and not os.path.exists('go'): time.sleep(0.01)\n{COUNTED}"
    async with managing(repository, tmp_path) as manager:
        job_id = await manager.submit_job(text_job(3, code), JobExecutionOptions(job_dir=work))
        other = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=work), start=False)
        await until(lambda: runs(work) == ["0"])
        await until(lambda: manager.list_jobs()[0].chunks_done == 1)
    (work / "go").touch()
    async with managing(repository, tmp_path) as manager:
        assert [job.id for job in manager.list_jobs()] == [job_id, other]
        assert manager.list_jobs()[0].state is JobState.INTERRUPTED
        await manager.resume_job(job_id)
        await manager.wait_job(job_id)
        await manager.move_job(other, 0)
    assert sorted(runs(work)) == ["0", "1", "2"], "nothing twice"
    async with managing(repository, tmp_path) as manager:
        assert [job.id for job in manager.list_jobs()] == [other, job_id]
        loaded = [await manager.get_job(job.id) for job in manager.list_jobs()]
    states = [[chunk.state for chunk in status.chunks] for status in loaded if status is not None]
    assert states == [[ChunkState.PENDING], [ChunkState.COMPLETED] * 3]


async def test_a_job_that_is_not_there_cannot_be_claimed(repository: JobRepository) -> None:
    await repository.open()
    assert await repository.load_job("gone") is None
    with pytest.raises(HeliosError, match=r"no job gone|not have the job gone"):
        await repository.claim("gone", 0)
    await repository.close()


async def test_nobody_else_changes_what_is_in_memory(tmp_path: Path) -> None:
    repository = InMemoryJobRepository()
    async with managing(repository, tmp_path) as manager:
        before = await repository.version()
        job_id = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=tmp_path), start=False)
        assert await repository.version() == before
        assert await repository.find_update(job_id, 0) == OtherProcessUpdate()


async def test_a_closed_repository_says_so() -> None:
    with pytest.raises(HeliosError, match="not open"):
        await InMemoryJobRepository().load_job("x")
