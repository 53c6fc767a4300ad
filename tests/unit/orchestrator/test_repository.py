"""The journal's file: what is written comes back, whoever owns a job keeps it, damage loses nothing silently."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from helios_gui.orchestrator.journal_rows import JournalBatch
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.repository import SqliteJobRepository, is_alive, this_process
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.types import (
    Attempt,
    AttemptState,
    ChunkState,
    HeliosError,
    JobExecutionOptions,
    JobState,
    JobStatus,
)
from tests.support.jobs import text_job


@asynccontextmanager
async def open_repository(path: Path) -> AsyncIterator[SqliteJobRepository]:
    repository = SqliteJobRepository(path)
    await repository.open()
    try:
        yield repository
    finally:
        await repository.close()


def make_job(job_id: str = "job") -> LiveJob:
    return LiveJob(job_id, text_job(3), JobExecutionOptions(job_dir=Path("/somewhere")), Path("/out.mp4"), name="Job")


def batch_of(job: LiveJob, *attempts: Attempt) -> JournalBatch:
    status: JobStatus = job.status()
    return JournalBatch(
        specs={job.id: job.spec},
        jobs=[(status.summary, job.options, job.intent)],
        chunks=[(job.id, chunk) for chunk in status.chunks],
        attempts=[(job.id, attempt) for attempt in attempts],
    )


async def test_a_job_comes_back_as_it_was_written(tmp_path: Path) -> None:
    job = make_job()
    job.want(JobIntent.PAUSE, "lunch")
    job.move_chunk(job.chunks[1], ChunkState.RUNNING)
    job.move_chunk(job.chunks[1], ChunkState.FAILED, "exit code 3")
    attempt = Attempt("job.1.1", 1, 1, AttemptState.FAILED, 5.0, Path("/log"), 6.0, 3, "exit code 3")
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(job, attempt))
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        assert await repository.load_job("job") == job.status()
        assert await repository.list_jobs() == [job.summary()]
        assert await repository.attempts("job") == [attempt]
        assert await repository.attempts("job", 1) == [attempt]
        assert await repository.attempts("job", 0) == []
        assert await repository.load_job("other") is None


async def test_removing_a_job_removes_all_of_it(tmp_path: Path) -> None:
    attempt = Attempt("job.1.1", 1, 1, AttemptState.RUNNING, 5.0, Path("/log"))
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(make_job(), attempt))
        await repository.save(JournalBatch(removed=["job"]))
        assert await repository.list_jobs() == []
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        for table in ("jobs", "specs", "chunks", "attempts"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    connection.close()


async def test_a_failed_batch_is_not_written_at_all(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        batch = batch_of(make_job())
        batch.chunks.append(("no-such-job", batch.chunks[0][1]))
        with pytest.raises(sqlite3.IntegrityError):
            await repository.save(batch)
        assert await repository.list_jobs() == []


async def test_a_running_job_of_a_dead_process_is_interrupted(tmp_path: Path) -> None:
    job = make_job()
    job.want(JobIntent.RUN)
    job.enter(JobPhase.EXECUTING)
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(job, Attempt("job.1.1", 1, 1, AttemptState.RUNNING, 5.0, Path("/log"))))
        repository.owner = f"{os.getpid()}@1.000"  # a process that had our number long ago
        assert await repository.claim("job")
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        (summary,) = await repository.list_jobs()
        assert summary.state is JobState.INTERRUPTED
        assert await repository.claim("job")
        (attempt,) = await repository.attempts("job")
        assert attempt.state is AttemptState.UNKNOWN


async def test_a_job_belongs_to_one_living_process(tmp_path: Path) -> None:
    job = make_job()
    job.want(JobIntent.RUN)
    job.enter(JobPhase.EXECUTING)
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        name = f"{other.pid}@{psutil.Process(other.pid).create_time():.3f}"
        assert is_alive(name)
        async with open_repository(tmp_path / "jobs.sqlite") as repository:
            await repository.save(batch_of(job))
            mine, repository.owner = repository.owner, name
            assert await repository.claim("job")
            repository.owner = mine
            assert not await repository.claim("job")
            assert (await repository.list_jobs())[0].state is JobState.RUNNING
            other.communicate()
            assert await repository.claim("job")
    finally:
        other.kill()
        other.wait()


def test_names_of_processes() -> None:
    assert is_alive(this_process())
    assert not is_alive(None)
    assert not is_alive("nonsense")


async def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    path.write_bytes(b"this is no database" * 1000)
    async with open_repository(path) as repository:
        assert repository.set_aside is not None
        assert repository.set_aside.read_bytes().startswith(b"this is no database")
        await repository.save(batch_of(make_job()))
        assert len(await repository.list_jobs()) == 1


async def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    repository = SqliteJobRepository(path)
    with pytest.raises(HeliosError, match="newer version"):
        await repository.open()
    await repository.close()
    assert path.exists()
    assert repository.set_aside is None


async def test_the_order_of_the_queue_is_kept(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        for name in "abc":
            await repository.save(batch_of(make_job(name)))
        await repository.reorder([("c", 0), ("a", 1), ("b", 2)])
        assert [job.id for job in await repository.list_jobs()] == ["c", "a", "b"]
