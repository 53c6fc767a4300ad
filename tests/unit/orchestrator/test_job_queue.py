"""The queue's order, and jobs that are loaded when somebody needs them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from helios_gui.orchestrator.job_queue import JobQueue
from helios_gui.orchestrator.journal import Journal
from helios_gui.orchestrator.journal_rows import JobEntry, JournalBatch
from helios_gui.orchestrator.memory_repository import InMemoryJobRepository
from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.types import (
    ChunkState,
    Event,
    JobAdded,
    JobChanged,
    JobExecutionOptions,
    JobRemoved,
    JobState,
    NotFoundError,
    QueueReordered,
    UserInputError,
)
from tests.support.jobs import full_disk, text_job


@dataclass
class Opened:
    """A queue over a journal in a folder."""

    repository: SqliteJobRepository
    journal: Journal
    queue: JobQueue
    events: list[Event]

    def add(self, name: str) -> None:
        spec = text_job(2).model_copy(update={"name": name})
        self.queue.append(make_live_job(name, spec, JobExecutionOptions(job_dir=Path("/work")), self.journal))

    @property
    def names(self) -> str:
        return "".join(job.name for job in self.queue.summaries())

    async def render_elsewhere(self, job_id: str, *, owner: str | None) -> None:
        """Have the job rendered by another process: to its end, or (with an ``owner``) still."""
        status = await self.repository.load_job(job_id)
        assert status is not None
        job = make_live_job(job_id, status.spec, status.options)
        job.set_intent(JobIntent.RUN)
        job.enter_phase(JobPhase.EXECUTING)
        for chunk in job.chunks:
            job.move_chunk(chunk, ChunkState.RUNNING)
            job.move_chunk(chunk, ChunkState.COMPLETED)
        if owner is None:
            job.deliver("made elsewhere")
            job.enter_phase(JobPhase.ENDED)
        other = Journal(self.repository, lambda events: None)
        other.read(job_id, status.revision)
        other.start()
        other.job_changed(job)
        for chunk in job.chunks:
            other.chunk_changed(job, chunk, durable=True)
        await other.close()
        mine, self.repository.owner = self.repository.owner, owner or self.repository.owner
        if owner is not None:
            await self.repository.claim(job_id, other.revision_of(job_id))
        self.repository.owner = mine


@asynccontextmanager
async def open_queue(folder: Path) -> AsyncIterator[Opened]:
    repository, events = SqliteJobRepository(folder / "jobs.sqlite"), list[Event]()
    await repository.open()
    journal = Journal(repository, events.extend)
    opened = Opened(repository, journal, JobQueue(repository, journal), events)
    await opened.queue.fill()
    journal.start()
    try:
        yield opened
    finally:
        await journal.close()
        await repository.close()


async def test_the_order_comes_back(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        for name in "abcd":
            opened.add(name)
        opened.queue.move("d", 0)
        opened.queue.move("a", 99)
        opened.queue.remove(["b"])
        assert opened.names == "dca"
        await opened.journal.flushed()
        assert opened.events[-1] == QueueReordered(("d", "c", "a"))
        with pytest.raises(NotFoundError):
            opened.queue.move("b", 0)
    async with open_queue(tmp_path) as opened:
        assert opened.names == "dca"
        assert [job.position for job in opened.queue.summaries()] == [0, 1, 2]


async def test_moving_a_job_writes_the_places_that_changed(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        for name in "abcdefgh":
            opened.add(name)
        await opened.journal.flushed()
        statements: list[str] = []
        opened.repository._db.set_trace_callback(statements.append)
        opened.queue.move("f", 6)
        await opened.journal.flushed()
        opened.repository._db.set_trace_callback(None)
        assert opened.names == "abcdegfh"
        updates = [text for text in statements if text.startswith("UPDATE jobs SET position")]
        assert len(updates) <= 2, "the two jobs that changed places, of which their own rows may have told already"
    async with open_queue(tmp_path) as opened:
        assert opened.names == "abcdegfh"


async def test_some_jobs_are_found_in_order_with_their_places(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        for name in "abcd":
            opened.add(name)
    async with open_queue(tmp_path) as opened:  # none is in memory now
        queue = opened.queue
        await queue.load("c")
        queue.move("d", 0)
        found = [(job.name, job.position) for job in queue.find_all(["c", "gone", "a", "d"])]
        assert found == [("d", 0), ("a", 1), ("c", 3)]
        assert [(job.name, job.position) for job in queue.find_where(lambda job: job.name > "b")] == [
            ("d", 0),
            ("c", 3),
        ]
        assert [job_id for job_id, _ in queue.standings()] == list("dabc")
        assert queue.place_of("b") == 2
        rows = [job for job in queue.summaries() if job.id != "c"]
        again = [job for job in queue.summaries() if job.id != "c"]
        assert all(one is other for one, other in zip(rows, again, strict=True)), "made once for each place they get"


async def test_jobs_of_another_process_are_marked_and_new_ones_come_last(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        for name in "abc":
            opened.add(name)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        owner = f"{other.pid}@{psutil.Process(other.pid).create_time():.3f}"
        async with open_queue(tmp_path) as opened:
            for name in "ab":
                await opened.render_elsewhere(name, owner=owner)
        async with open_queue(tmp_path) as opened:
            assert [job.id for job in opened.queue.summaries() if job.elsewhere] == ["a", "b"]
            opened.add("d")
            assert opened.names == "abcd"
        other.communicate()
    async with open_queue(tmp_path) as opened:
        assert opened.names == "abcd"
        assert not any(job.elsewhere for job in opened.queue.summaries())


async def test_a_job_is_loaded_once(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        opened.add("a")
    async with open_queue(tmp_path) as opened:
        assert list(opened.queue.in_memory()) == []
        first, second = await asyncio.gather(opened.queue.load("a"), opened.queue.load("a"))
        assert first is second
        assert list(opened.queue.in_memory()) == [first]
        with pytest.raises(NotFoundError):
            await opened.queue.load("nobody")


async def test_a_job_another_process_removed_leaves_the_queue(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        opened.add("a")
        opened.add("b")
    async with open_queue(tmp_path) as opened:
        await opened.repository.save(JournalBatch(removed={"a"}))
        with pytest.raises(NotFoundError):
            await opened.queue.load("a")
        assert opened.names == "b"
        await opened.journal.flushed()
        assert JobRemoved("a") in opened.events


async def test_a_removed_job_never_comes_back(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        opened.add("a")
        job = await opened.queue.load("a")
        await opened.journal.flushed()
        opened.queue.remove(["a"])
        await opened.journal.flushed()
        job.set_intent(JobIntent.RUN)
        job.move_chunk(job.chunks[0], ChunkState.RUNNING)
        await opened.journal.flushed()
        assert isinstance(opened.events[-1], JobRemoved)
        assert await opened.repository.list_jobs() == []


async def test_what_another_process_did_with_a_job_is_taken_over(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        opened.add("a")
        job = await opened.queue.load("a")
        await opened.journal.flushed()
        await opened.queue.catch_up(job)
        assert job.state is JobState.PENDING
        await opened.render_elsewhere("a", owner=None)
        await opened.queue.catch_up(job)
        assert job.state is JobState.COMPLETED
        assert job.summary().report == "made elsewhere"
        assert job.counts[ChunkState.COMPLETED] == 2


def nothing_runs(job_id: str) -> bool:
    return False


async def test_a_job_that_waits_in_line_is_not_rendered_again_when_another_process_did(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        opened.add("a")
        job = await opened.queue.load("a")
        job.request_chunks(job.chunks)
        job.set_intent(JobIntent.RUN)
        await opened.journal.flushed()
        await opened.render_elsewhere("a", owner=None)
        assert await opened.queue.catch_up_all(lambda job_id: True), "a task of ours works on it"
        assert job.state is JobState.PENDING
        assert not await opened.queue.catch_up_all(nothing_runs)
        assert job.state is JobState.COMPLETED
        assert not job.wants_to_run
        assert job.chunks_to_render() == []


async def test_a_job_that_another_process_has_changed_still_waits_in_line(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        opened.add("a")
        job = await opened.queue.load("a")
        job.request_chunks(job.chunks)
        job.set_intent(JobIntent.RUN)
        await opened.journal.flushed()
        other = JobQueue(opened.repository, journal := Journal(opened.repository, lambda events: None))
        await other.fill()
        journal.start()
        theirs = await other.load("a")
        theirs.set_options(theirs.options.model_copy(update={"profile": "Farm"}))
        await journal.close()
        assert not await opened.queue.catch_up_all(nothing_runs)
        assert job.options.profile == "Farm"
        assert job.wants_to_run
        assert len(job.chunks_to_render()) == 2
        await opened.journal.flushed()
        assert not await opened.queue.catch_up_all(nothing_runs)
        assert not opened.journal.has_unwritten("a"), "each would take over what the other has taken over"


async def test_a_job_that_another_process_has_removed_leaves_the_queue(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        opened.add("a")
        opened.add("b")
        await opened.journal.flushed()
        await opened.repository.save(JournalBatch(removed={"a"}))
        await opened.queue.catch_up_all(nothing_runs)
        await opened.journal.flushed()
        assert opened.names == "b"
        assert JobRemoved("a") in opened.events


async def test_a_job_that_another_process_has_added_joins_the_queue(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened, open_queue(tmp_path) as other:
        opened.add("a")
        await opened.journal.flushed()
        await other.queue.catch_up_all(nothing_runs)
        other.add("b")
        await other.journal.flushed()
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as terminal:
            owner = f"{terminal.pid}@{psutil.Process(terminal.pid).create_time():.3f}"
            await other.render_elsewhere("b", owner=owner)
            assert not await opened.queue.catch_up_all(nothing_runs)
            await opened.journal.flushed()
            added = next(event for event in opened.events if isinstance(event, JobAdded) and event.summary.id == "b")
            assert (added.summary.position, added.summary.state, added.summary.elsewhere) == (1, JobState.RUNNING, True)
            assert QueueReordered(("a", "b")) in opened.events
            assert not await opened.queue.has_abandoned()
            terminal.communicate()
        assert await opened.queue.has_abandoned()
        await opened.queue.catch_up_all(nothing_runs)
        await opened.journal.flushed()
        changed = opened.events[-1]
        assert isinstance(changed, JobChanged)
        assert (changed.summary.id, changed.summary.state) == ("b", JobState.INTERRUPTED)
        assert not changed.summary.elsewhere
        assert opened.names == "ab"
        opened.queue.remove(["b"])
        await opened.queue.catch_up_all(nothing_runs)
        assert opened.names == "a", "the file may still have the other"
        await opened.journal.flushed()
        await other.queue.catch_up_all(nothing_runs)
        assert other.names == "a"


async def test_a_job_that_was_added_earlier_elsewhere_comes_before_our_own(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened, open_queue(tmp_path) as other:
        for queue, name in ((other, "a"), (opened, "b"), (other, "c"), (opened, "d")):
            queue.add(name)
            await queue.journal.flushed()
        await opened.queue.catch_up_all(nothing_runs)
        assert sorted(opened.names) == ["a", "b", "c", "d"]
        assert opened.names.index("a") < opened.names.index("b")
        await opened.journal.flushed()
        reordered = opened.events[-1]
        assert isinstance(reordered, QueueReordered)
        assert "".join(reordered.job_ids) == opened.names
    async with open_queue(tmp_path) as opened_again:
        assert opened_again.names == opened.names


async def test_what_another_process_did_is_told_as_such(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        for name in "ab":
            opened.add(name)
        await opened.journal.flushed()
    async with open_queue(tmp_path) as opened:
        job = await opened.queue.load("a")
        for name in "ab":
            await opened.render_elsewhere(name, owner=None)
        await opened.queue.catch_up_all(nothing_runs)
        await opened.journal.flushed()
        told = [event for event in opened.events if isinstance(event, JobChanged)]
        assert {(event.summary.id, event.summary.state, event.elsewhere) for event in told} == {
            ("a", JobState.COMPLETED, True),
            ("b", JobState.COMPLETED, True),
        }
        job.request_chunks(job.chunks)
        await opened.journal.flushed()
        assert isinstance(last := next(e for e in reversed(opened.events) if isinstance(e, JobChanged)), JobChanged)
        assert not last.elsewhere


async def test_what_the_journal_had_before_a_change_does_not_undo_it(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        opened.add("a")
        job = await opened.queue.load("a")
        job.set_intent(JobIntent.CANCEL)
        job.end_early()
        await opened.journal.flushed()
        with opened.journal.collecting():
            job.request_chunks(job.chunks)
            job.enter_phase(JobPhase.WAITING)
            job.set_intent(JobIntent.PAUSE)
            await opened.queue.catch_up(job)
            assert job.state is JobState.PAUSED
            assert job.counts[ChunkState.PENDING] == 2
        await opened.journal.flushed()
    async with open_queue(tmp_path) as opened:
        status = (await opened.queue.load("a")).status()
        assert status.summary.state is JobState.PAUSED
        assert {chunk.state for chunk in status.chunks} == {ChunkState.PENDING}


async def test_a_change_that_cannot_be_written_is_not_undone(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        opened.add("a")
        job = await opened.queue.load("a")
        job.set_intent(JobIntent.CANCEL)
        job.end_early()
        await opened.journal.flushed()
        with full_disk(opened.repository):
            for number in range(100):
                opened.add(f"more{number}")
            job.enter_phase(JobPhase.WAITING)
            job.set_intent(JobIntent.PAUSE)
            assert not await opened.journal.flushed()
            assert opened.journal.has_unwritten("a")
            await opened.queue.catch_up(job)
            assert job.state is JobState.PAUSED
        assert await opened.journal.flushed()
        assert not opened.journal.has_unwritten("a")


async def test_a_job_another_process_works_on_is_left_alone(tmp_path: Path) -> None:
    async with open_queue(tmp_path) as opened:
        opened.add("a")
        job = await opened.queue.load("a")
        await opened.journal.flushed()
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
            owner = f"{other.pid}@{psutil.Process(other.pid).create_time():.3f}"
            await opened.render_elsewhere("a", owner=owner)
            with pytest.raises(UserInputError, match="rendered by another Helios process"):
                await opened.queue.catch_up(job)
            job.set_intent(JobIntent.CANCEL, "not ours")
            await opened.journal.flushed()
            assert (await opened.repository.list_jobs())[0].state is JobState.RUNNING
            other.communicate()
        await opened.queue.catch_up(job)
        assert job.state is JobState.INTERRUPTED


async def test_a_long_queue_is_read_in_no_time(tmp_path: Path) -> None:
    job = make_live_job("0", text_job(1), JobExecutionOptions(job_dir=Path("/work")))
    summary = job.summary()
    kept = InMemoryJobRepository()
    await kept.open()
    jobs = {str(place): JobEntry(replace(summary, id=str(place)), job.options, job.spec) for place in range(4_000)}
    await kept.save(JournalBatch(jobs=jobs))
    queue = JobQueue(kept, Journal(kept, lambda events: None))
    begun = time.process_time()
    await queue.fill()
    assert time.process_time() - begun < 0.5  # it took many seconds when each was compared with each
    assert [each.id for each in queue.summaries()] == list(jobs)
