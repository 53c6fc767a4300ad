"""The journal's file: what is written comes back, whoever owns a job keeps it, damage loses nothing silently."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from helios_gui.orchestrator.job_repository import Claim
from helios_gui.orchestrator.journal_rows import JobEntry, JournalBatch
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.repository import JournalError, SqliteJobRepository
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.process.process_identity import is_alive, this_process
from helios_gui.types import (
    Attempt,
    AttemptState,
    ChunkState,
    HeliosError,
    JobExecutionOptions,
    JobState,
    JobStatus,
    MadeFile,
    MadeVideo,
)
from tests.support.jobs import full_disk, text_job


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


def entry_of(job_id: str) -> JobEntry:
    return batch_of(make_job(job_id)).jobs[job_id]


def batch_of(job: LiveJob, *attempts: Attempt) -> JournalBatch:
    status: JobStatus = job.status()
    return JournalBatch(
        jobs={job.id: JobEntry(status.summary, job.options, job.spec)},
        chunks={(job.id, chunk.id): chunk for chunk in status.chunks},
        attempts={attempt.id: (job.id, attempt) for attempt in attempts},
    )


async def test_a_job_comes_back_as_it_was_written(tmp_path: Path) -> None:
    job = make_job()
    job.set_intent(JobIntent.PAUSE, "lunch")
    job.move_chunk(job.chunks[1], ChunkState.RUNNING)
    job.move_chunk(job.chunks[1], ChunkState.FAILED, "exit code 3")
    job.move_chunk(job.chunks[2], ChunkState.RUNNING)
    job.move_chunk(job.chunks[2], ChunkState.COMPLETED)
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
        await repository.save(JournalBatch(removed={"job"}))
        assert await repository.list_jobs() == []
    with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
        for table in ("jobs", "specs", "chunks", "attempts"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    connection.close()


async def test_a_failed_batch_is_not_written_at_all(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        batch = batch_of(make_job())
        batch.chunks["no-such-job", 0] = batch.chunks["job", 0]
        with pytest.raises(JournalError, match="FOREIGN KEY"):
            await repository.save(batch)
        assert await repository.list_jobs() == []
        await repository.save(batch_of(make_job()))
        assert len(await repository.list_jobs()) == 1


async def test_a_full_disk_is_an_error_and_then_all_is_well_again(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(make_job("a")))
        with full_disk(repository):
            with pytest.raises(JournalError, match="full"):
                await repository.save(JournalBatch(jobs={f"c{n}": entry_of(f"c{n}") for n in range(200)}))
            assert (await repository.list_jobs())[0].id == "a"
        await repository.save(batch_of(make_job("z")))
        assert (await repository.load_job("z")) is not None


async def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        pass
    with pytest.raises(JournalError, match="closed"):
        await repository.list_jobs()
    await repository.close()


async def test_a_folder_that_cannot_be_made_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    repository = SqliteJobRepository(tmp_path / "file" / "jobs.sqlite")
    with pytest.raises(HeliosError, match="cannot be opened"):
        await repository.open()
    await repository.close()


async def test_words_that_are_no_text_are_written_all_the_same(tmp_path: Path) -> None:
    job = make_job()
    job.set_intent(JobIntent.RUN, "no file \udcff.mov")
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(job))
        assert (await repository.list_jobs())[0].reason == "no file ?.mov"


def test_the_later_of_two_batches_has_the_last_word() -> None:
    job, other = make_job("a"), make_job("b")
    early = batch_of(job).followed_by(batch_of(other))
    job.set_intent(JobIntent.PAUSE, "later")
    both = early.followed_by(batch_of(job)).followed_by(JournalBatch(removed={"b"}, order=("a",)))
    assert both.jobs.keys() == {"a"}
    assert both.jobs["a"].summary.reason == "later"
    assert {job_id for job_id, _ in both.chunks} == {"a"}
    assert both.removed == {"b"}
    assert both.followed_by(JournalBatch()).order == ("a",)


async def test_a_running_job_of_a_dead_process_is_interrupted(tmp_path: Path) -> None:
    job = make_job()
    job.set_intent(JobIntent.RUN)
    job.enter_phase(JobPhase.EXECUTING)
    for chunk, state in zip(job.chunks, (ChunkState.COMPLETED, ChunkState.RETRYING), strict=False):
        job.move_chunk(chunk, ChunkState.RUNNING)
        job.move_chunk(chunk, state)
    job.move_chunk(job.chunks[2], ChunkState.RUNNING)
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(job, Attempt("job.1.1", 1, 1, AttemptState.RUNNING, 5.0, Path("/log"))))
        repository.owner = f"{os.getpid()}@1.000"  # a process that had our number long ago
        assert await repository.claim("job", 1) is Claim.TAKEN
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        (summary,) = await repository.list_jobs()
        assert summary.state is JobState.INTERRUPTED
        assert summary.counts == {ChunkState.COMPLETED: 1, ChunkState.PENDING: 1, ChunkState.UNKNOWN: 1}
        status = await repository.load_job("job")
        assert status is not None
        states = [chunk.state for chunk in status.chunks]
        assert states == [ChunkState.COMPLETED, ChunkState.PENDING, ChunkState.UNKNOWN]
        (attempt,) = await repository.attempts("job")
        assert attempt.state is AttemptState.UNKNOWN
        assert await repository.claim("job", 1) is Claim.TAKEN
        (attempt,) = await repository.attempts("job")
        assert attempt.state is AttemptState.UNKNOWN


async def test_a_job_belongs_to_one_living_process(tmp_path: Path) -> None:
    job = make_job()
    job.set_intent(JobIntent.RUN)
    job.enter_phase(JobPhase.EXECUTING)
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        name = f"{other.pid}@{psutil.Process(other.pid).create_time():.3f}"
        assert is_alive(name)
        async with open_repository(tmp_path / "jobs.sqlite") as repository:
            await repository.save(batch_of(job))
            mine, repository.owner = repository.owner, name
            assert await repository.claim("job", 1) is Claim.TAKEN
            repository.owner = mine
            assert await repository.claim("job", 1) is Claim.WORKED_ON
            job.set_intent(JobIntent.CANCEL, "not ours to cancel")
            job.move_chunk(job.chunks[0], ChunkState.CANCELLED)
            late = Attempt("job.0.1", 0, 1, AttemptState.FAILED, 5.0, Path("/log"))
            assert await repository.save(batch_of(job, late)) == {}
            assert await repository.save(JournalBatch(removed={"job"})) == {}
            assert (await repository.list_jobs())[0].reason == ""
            assert (await repository.list_jobs())[0].state is JobState.RUNNING
            status = await repository.load_job("job")
            assert status is not None
            assert {chunk.state for chunk in status.chunks} == {ChunkState.PENDING}
            assert await repository.attempts("job") == []
            other.communicate()
            assert await repository.claim("job", 1) is Claim.TAKEN
    finally:
        other.kill()
        other.wait()


async def test_a_job_whose_app_died_as_it_began_is_interrupted(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(make_job()))
        repository.owner = "1@0"
        assert await repository.claim("job", 1) is Claim.TAKEN
        assert (await repository.list_jobs())[0].state is JobState.INTERRUPTED


def test_names_of_processes() -> None:
    assert is_alive(this_process())
    assert not is_alive(None)
    assert not is_alive("nonsense")
    assert not is_alive("1@soon")
    number, _, start = this_process().partition("@")
    assert not is_alive(f"{number}@1{start}"), "another process of that number"
    by_the_clock = psutil.Process().create_time()
    assert is_alive(f"{number}@{by_the_clock + 0.5:.3f}"), "as journals of before have it"
    assert not is_alive(f"{number}@{by_the_clock + 5:.3f}")


async def test_a_job_that_is_not_in_the_file_cannot_be_claimed(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        with pytest.raises(JournalError, match="does not have the job"):
            await repository.claim("nobody", 1)


def batch_after(job: LiveJob, revision: int) -> JournalBatch:
    batch = batch_of(job)
    batch.jobs[job.id] = replace(batch.jobs[job.id], revision=revision)
    return batch


async def test_what_follows_an_older_state_of_a_job_is_not_written(tmp_path: Path) -> None:
    ours, theirs = make_job(), make_job()
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        assert await repository.save(batch_after(ours, 0)) == {"job": 1}
        theirs.set_intent(JobIntent.PAUSE, "theirs")
        theirs.move_chunk(theirs.chunks[0], ChunkState.COMPLETED)
        assert await repository.save(batch_after(theirs, 1)) == {"job": 2}
        ours.set_intent(JobIntent.CANCEL, "ours")
        both = batch_after(ours, 1).followed_by(batch_after(make_job("other"), 0))
        assert await repository.save(both) == {"other": 1}
        status = await repository.load_job("job")
        assert status is not None
        assert (status.summary.reason, status.revision) == ("theirs", 2)
        assert status.chunks[0].state is ChunkState.COMPLETED
        assert await repository.claim("job", 1) is Claim.CHANGED
        assert await repository.claim("job", 2) is Claim.TAKEN
        assert await repository.save(batch_after(ours, 2)) == {"job": 3}


async def test_a_job_that_another_process_removed_does_not_come_back(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_after(make_job(), 0))
        await repository.save(JournalBatch(removed={"job"}))
        assert (await repository.find_update("job", 1)).is_gone
        assert await repository.save(batch_after(make_job(), 1)) == {}
        assert await repository.load_job("job") is None
        assert await repository.save(batch_after(make_job(), 0)) == {"job": 1}


async def test_a_job_is_released_together_with_its_last_changes(tmp_path: Path) -> None:
    job = make_job()
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(job))
        assert await repository.claim("job", 1) is Claim.TAKEN
        assert (await repository.stored_jobs())[0].owner == repository.owner
        job.set_intent(JobIntent.PAUSE, "done for today")
        last = batch_of(job)
        last.released.add("job")
        await repository.save(last)
        (stored,) = await repository.stored_jobs()
        assert (stored.owner, stored.summary.reason) == (None, "done for today")


async def test_what_is_made_of_a_job_whose_process_died_is_kept(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(make_job()))
        mine, repository.owner = repository.owner, "1@0"
        assert await repository.claim("job", 1) is Claim.TAKEN
        repository.owner = mine
        assert (await repository.list_jobs())[0].state is JobState.INTERRUPTED
        job = make_job()
        job.set_intent(JobIntent.PAUSE, "by somebody who looked")
        assert await repository.save(batch_after(job, 1)) == {"job": 2}
        (stored,) = await repository.stored_jobs()
        assert (stored.owner, stored.summary.reason) == (None, "by somebody who looked")


async def test_what_another_process_removed_comes_back_whole(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(make_job()))
        await repository.save(JournalBatch(removed={"job"}))
        await repository.save(batch_of(make_job()))
        assert await repository.load_job("job") is not None


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


async def test_a_journal_from_before_outputs_were_recorded_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    job = make_job()
    async with open_repository(path) as repository:
        await repository.save(batch_of(job))
    connection = sqlite3.connect(path, isolation_level=None)
    rows = connection.execute("SELECT * FROM chunks").fetchall()
    for column in ("size", "mtime_ns", "inode", "digest"):
        connection.execute(f"ALTER TABLE chunks DROP COLUMN made_{column}")
    connection.execute("DROP TABLE videos")
    connection.execute("ALTER TABLE attempts DROP COLUMN worker")
    connection.execute("PRAGMA user_version=2")
    connection.close()
    made = MadeFile(12, 1_700_000_000_123_456_789, 2**63 - 1, "ab" * 32)
    async with open_repository(path) as repository:
        status = await repository.load_job(job.id)
        assert status is not None
        assert [chunk.made for chunk in status.chunks] == [None] * len(job.chunks)
        job.chunks[0].set_made(made)
        await repository.save(batch_of(job))
        assert (await repository.find_video(tmp_path / "final.mp4")) is None
        video = MadeVideo(job.id, "Job", tmp_path / "job.json", 12.5, made)
        await repository.record_video(tmp_path / "final.mp4", video)
    async with open_repository(path) as repository:
        status = await repository.load_job(job.id)
        assert status is not None
        assert [chunk.made for chunk in status.chunks] == [made, *[None] * (len(job.chunks) - 1)]
        assert await repository.find_video(tmp_path / "final.mp4") == video
        await repository.save(JournalBatch(removed={job.id}))
        assert await repository.find_video(tmp_path / "final.mp4") == video
    assert len(rows) == len(job.chunks)


async def test_the_order_of_the_queue_is_kept(tmp_path: Path) -> None:
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        for name in "abc":
            await repository.save(batch_of(make_job(name)))
        await repository.save(JournalBatch(order=("c", "a", "b")))
        assert [job.id for job in await repository.list_jobs()] == ["c", "a", "b"]


async def test_a_paused_job_of_a_dead_process_says_no_more_that_chunks_come_to_their_end(tmp_path: Path) -> None:
    job = make_job()
    job.set_intent(JobIntent.RUN)
    job.enter_phase(JobPhase.EXECUTING)
    job.set_intent(JobIntent.PAUSE, "pauses when its chunks are done")
    async with open_repository(tmp_path / "jobs.sqlite") as repository:
        await repository.save(batch_of(job))
        assert (await repository.list_jobs())[0].reason == "pauses when its chunks are done"
        repository.owner = "1@0"
        assert await repository.claim("job", 1) is Claim.TAKEN
        (summary,) = await repository.list_jobs()
        assert (summary.state, summary.reason) == (JobState.PAUSED, "")
