"""From a change to the file and only then to those who watch; and what happens when the file cannot be written."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helios_gui.orchestrator.journal import Journal
from helios_gui.orchestrator.journal_rows import JournalBatch
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.memory_repository import InMemoryJobRepository
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.orchestrator.states import JobIntent
from helios_gui.types import (
    Attempt,
    AttemptState,
    ChunkChanged,
    ChunkState,
    EngineProblem,
    Event,
    JobAdded,
    JobChanged,
    JobExecutionOptions,
    JobRemoved,
    JobState,
    QueueReordered,
)
from tests.support.jobs import full_disk, text_job
from tests.support.waiting import PATIENCE, eventually


@asynccontextmanager
async def open_journal(folder: Path) -> AsyncIterator[tuple[Journal, SqliteJobRepository, list[Event]]]:
    events: list[Event] = []
    repository = SqliteJobRepository(folder / "jobs.sqlite")
    await repository.open()
    journal = Journal(repository, events.extend)
    journal.start()
    try:
        yield journal, repository, events
    finally:
        await journal.close()
        await repository.close()


def make_job(journal: Journal, job_id: str = "job") -> LiveJob:
    options = JobExecutionOptions(job_dir=Path("/somewhere"))
    return LiveJob(job_id, text_job(3), options, Path("/out.mp4"), name="Job", listener=journal)


async def test_what_is_published_is_in_the_file(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, repository, events):
        job = make_job(journal)
        journal.job_added(job)
        await journal.flushed()
        assert events == [JobAdded(job.summary())]
        assert await repository.load_job("job") == job.status()
        job.move_chunk(job.chunks[0], ChunkState.RUNNING)
        await journal.flushed()
        assert [type(event) for event in events] == [JobAdded, JobChanged, ChunkChanged]
        assert await repository.load_job("job") is not None


async def test_what_came_and_went_is_told_once(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, _, events):
        job = make_job(journal)
        job.move_chunk(job.chunks[0], ChunkState.RUNNING)
        job.set_chunk_progress(job.chunks[0], 5)
        job.move_chunk(job.chunks[0], ChunkState.COMPLETED)
        await journal.flushed()
        chunks = [event for event in events if isinstance(event, ChunkChanged)]
        assert [event.chunk.state for event in chunks] == [ChunkState.COMPLETED]


async def test_what_many_commands_change_is_written_and_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("helios_gui.orchestrator.journal._COLLECT_SECONDS", 0.0)
    async with open_journal(tmp_path) as (journal, _, _):
        batches: list[set[str]] = []
        journal._publish = lambda events: batches.append({e.summary.id for e in events if isinstance(e, JobChanged)})
        jobs = [make_job(journal, f"job-{number}") for number in range(3)]
        with journal.collecting():
            with journal.collecting():
                jobs[0].set_intent(JobIntent.PAUSE)
            await eventually(lambda: journal._is_due._waiters)  # what has changed so far would be written now
            assert batches == []
            jobs[1].set_intent(JobIntent.PAUSE)
        await eventually(lambda: batches)
        assert batches == [{"job-0", "job-1"}]
        with journal.collecting():
            jobs[2].set_intent(JobIntent.PAUSE)
            await journal.flushed()  # for somebody who waits for it
            assert batches[1:] == [{"job-2"}]
            monkeypatch.setattr("helios_gui.orchestrator.journal._LONGEST_COLLECTION", 0.01)
            jobs[0].set_intent(JobIntent.RUN)
            await eventually(lambda: batches[2:] == [{"job-0"}])


async def test_nobody_waits_for_changes_to_come_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helios_gui.orchestrator.journal._COLLECT_SECONDS", 3600.0)
    async with open_journal(tmp_path) as (journal, _, events):
        job = make_job(journal)
        journal.job_added(job)
        await eventually(lambda: journal._is_due._waiters)
        assert events == []
        assert await journal.flushed()
        assert events == [JobAdded(job.summary())]
        job.set_intent(JobIntent.RUN)
        assert await journal.flushed()
        assert [type(event) for event in events[1:]] == [JobChanged]


async def test_progress_is_told_but_not_written(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, _, events):
        job = make_job(journal)
        job.move_chunk(job.chunks[0], ChunkState.RUNNING)
        await journal.flushed()
        job.set_chunk_progress(job.chunks[0], 5)
        await journal.flushed()
        assert isinstance(events[-1], ChunkChanged)
        assert events[-1].chunk.frames_done == 5
        with sqlite3.connect(tmp_path / "jobs.sqlite") as connection:
            assert connection.execute("SELECT frames_done FROM jobs").fetchone() == (0,)
        connection.close()


async def test_waiting_for_the_file_ends_while_another_job_keeps_changing(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, _, _):
        busy = make_job(journal)
        busy.move_chunk(busy.chunks[0], ChunkState.RUNNING)
        done = asyncio.Event()

        async def change() -> None:
            frames = 0
            while not done.is_set():
                frames = (frames + 1) % 10
                busy.set_chunk_progress(busy.chunks[0], frames)
                await asyncio.sleep(0)

        changing = asyncio.create_task(change())
        for _ in range(3):
            async with asyncio.timeout(PATIENCE):
                await journal.flushed()
        done.set()
        await changing


async def test_a_removed_job_leaves_nothing(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, repository, events):
        job = make_job(journal)
        journal.job_added(job)
        await journal.flushed()
        job.move_chunk(job.chunks[0], ChunkState.RUNNING)
        job.record_attempt(Attempt("job.0.1", 0, 1, AttemptState.RUNNING, 5.0, Path("/log")))
        journal.job_removed("job")
        await journal.flushed()
        assert events[1:] == [JobRemoved("job")]
        assert await repository.list_jobs() == []


async def test_a_new_order_is_written_and_told(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, repository, events):
        for name in "abc":
            journal.job_added(make_job(journal, name))
        journal.reordered(lambda: "cab")
        await journal.flushed()
        assert events[-1] == QueueReordered(("c", "a", "b"))
        assert [job.id for job in await repository.list_jobs()] == ["c", "a", "b"]


async def test_the_order_is_that_of_the_moment_it_is_told(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, repository, events):
        order = ["a"]
        journal.job_added(make_job(journal, "a"))
        journal.reordered(lambda: order)
        order.insert(0, "b")
        journal.job_added(make_job(journal, "b"))
        await journal.flushed()
        assert events[-1] == QueueReordered(("b", "a"))
        assert [job.id for job in await repository.list_jobs()] == ["b", "a"]


async def test_a_job_that_comes_and_goes_at_once_is_not_told(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, repository, events):
        journal.job_added(make_job(journal))
        journal.job_removed("job")
        await journal.flushed()
        assert events == []
        assert await repository.list_jobs() == []


async def test_a_full_disk_is_told_once_and_stops_nothing(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, repository, events):
        journal.job_added(make_job(journal, "first"))
        await journal.flushed()
        with full_disk(repository):
            for number in range(100):
                journal.job_added(make_job(journal, f"more{number}"))
            await journal.flushed()
            journal.job_added(make_job(journal, "last"))
            await journal.flushed()
            problems = [event for event in events if isinstance(event, EngineProblem)]
            assert len(problems) == 1
            assert "full" in problems[0].message
            assert isinstance(events[-1], JobAdded)
            assert events[-1].summary.id == "last"
            assert len(await repository.list_jobs()) == 1
        async with asyncio.timeout(PATIENCE):
            while len(await repository.list_jobs()) < 102:
                await asyncio.sleep(0.05)
        assert len([event for event in events if isinstance(event, JobAdded)]) == 102


async def test_what_failed_earlier_does_not_undo_what_came_later(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, repository, _):
        job = make_job(journal)
        with full_disk(repository):
            for number in range(100):
                journal.job_added(make_job(journal, f"more{number}"))
            journal.job_added(job)
            await journal.flushed()
            job.set_intent(JobIntent.PAUSE, "later")
            journal.job_removed("more1")
            await journal.flushed()
    async with open_journal(tmp_path) as (_, repository, _):
        stored = {summary.id: summary for summary in await repository.list_jobs()}
        assert stored["job"].state is JobState.PAUSED
        assert stored["job"].reason == "later"
        assert "more1" not in stored
        assert len(stored) == 100


async def test_a_journal_held_by_another_program_for_a_moment(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, repository, events):
        other = sqlite3.connect(tmp_path / "jobs.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        journal.job_added(make_job(journal))
        flushed = asyncio.create_task(journal.flushed())
        await asyncio.sleep(0.5)
        assert not flushed.done()
        other.execute("COMMIT")
        other.close()
        await flushed
        assert [type(event) for event in events] == [JobAdded]
        assert len(await repository.list_jobs()) == 1


async def test_what_cannot_be_written_at_the_end_is_told(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, repository, events):
        journal.job_added(make_job(journal))
        await repository.close()
    assert isinstance(events[0], EngineProblem)
    assert "What happened last is not in it" in events[0].message
    assert isinstance(events[1], JobAdded)


async def test_nobody_waits_for_a_journal_that_has_ended(tmp_path: Path) -> None:
    async with open_journal(tmp_path) as (journal, _, _):
        pass
    make_job(journal).set_intent(JobIntent.RUN)
    await journal.flushed()


async def test_a_defect_in_writing_is_told_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Defect(InMemoryJobRepository):
        failed = 0

        async def save(self, batch: JournalBatch) -> None:
            if not self.failed:
                self.failed += 1
                raise ZeroDivisionError("oops")
            await super().save(batch)

    repository, events = Defect(), list[Event]()
    await repository.open()
    journal = Journal(repository, events.extend)
    journal.start()
    journal.job_added(make_job(journal))
    await eventually(lambda: any(isinstance(event, EngineProblem) for event in events))
    assert "the journal cannot be written" in caplog.text
    await journal.close()
    assert [job.id for job in await repository.list_jobs()] == ["job"]
