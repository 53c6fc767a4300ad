"""Commands in every phase of a job: while it is claimed, checked, rendered or waits for a slot."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from helios_gui.orchestrator import scheduler
from helios_gui.types import (
    ChunkState,
    CredentialsError,
    Event,
    ExecutionPolicy,
    JobAdded,
    JobChanged,
    JobExecutionOptions,
    JobRemoved,
    JobState,
    NotFoundError,
    UserInputError,
    WorkerPool,
)
from tests.support.instant import Gate, InstantWorkers, fails, slow_to_stop
from tests.support.jobs import job_in, open_manager, text_job, until
from tests.support.queue_steps import ended, options

# -- before the first chunk ---------------------------------------------------------------------------------


async def test_cancelled_before_its_task_took_a_step(tmp_path: Path) -> None:
    workers = InstantWorkers()
    async with open_manager(tmp_path, adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(2), options(tmp_path), start=False)
        await manager.resume_job(job_id)
        await manager.cancel_job(job_id)
        assert await ended(manager, job_id) is JobState.CANCELLED
        assert job_in(manager, job_id).counts == {ChunkState.CANCELLED: 2}
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED


async def test_a_waiting_job_is_cancelled_with_its_chunks(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        job_id = await manager.submit_job(text_job(3), options(tmp_path), start=False)
        await manager.cancel_job(job_id)
        summary = job_in(manager, job_id)
        assert (summary.state, summary.reason) == (JobState.CANCELLED, "cancelled")
        assert summary.counts == {ChunkState.CANCELLED: 3}
        assert summary.finished_at is not None


async def test_commands_given_together_keep_no_job_from_starting_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        for seconds in (1000.0, 0.0):
            monkeypatch.setattr(scheduler, "_LONGEST_HOLD_SECONDS", seconds)
            job_id = await manager.submit_job(text_job(1), options(tmp_path / str(seconds)), start=False)
            with manager.together():
                await manager.resume_job(job_id)
                started = manager._scheduler.is_running(job_id)
            assert started is (seconds == 0)
            assert await ended(manager, job_id) is JobState.COMPLETED


@pytest.mark.parametrize("command", ["cancel", "delete", "pause", "resume"])
async def test_a_command_while_the_job_is_still_being_submitted(tmp_path: Path, command: str) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = {0: gate}
    async with open_manager(tmp_path, adapter=workers) as manager:
        submitting = asyncio.create_task(manager.submit_job(text_job(2), options(tmp_path)))
        await until(manager.list_jobs)
        job_id = manager.list_jobs()[0].id
        await getattr(manager, f"{command}_job")(job_id)
        assert await submitting == job_id
        gate.open()
        if command == "delete":
            assert manager.list_jobs() == []
            workers.acts = {}
            another = await manager.submit_job(text_job(3), options(tmp_path / "another"))
            assert await ended(manager, another) is JobState.COMPLETED
            assert not workers.in_flight
        else:
            expected = {"cancel": JobState.CANCELLED, "pause": JobState.PAUSED, "resume": JobState.COMPLETED}
            assert await ended(manager, job_id) is expected[command]


async def test_a_chunk_asked_for_again_while_its_job_waits_for_its_turn(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    async with open_manager(tmp_path, adapter=workers, max_jobs=1) as manager:
        workers.acts = {2: fails(times=2)}
        second = await manager.submit_job(text_job(3), options(tmp_path / "b"))
        assert await ended(manager, second) is JobState.FAILED
        workers.acts = {0: gate}
        first = await manager.submit_job(text_job(1), options(tmp_path / "a"))
        await until(lambda: gate.waiting)
        workers.acts = {}
        await manager.resume_job(second)
        assert job_in(manager, second).reason == "waits for its turn"
        await manager.retry_chunks(second, [0])
        gate.open()
        assert await ended(manager, first) is JobState.COMPLETED
        assert await ended(manager, second) is JobState.COMPLETED
        assert workers.runs[0] == 3


# -- while chunks run -----------------------------------------------------------------------------------------


async def test_resumed_while_it_is_being_cancelled(tmp_path: Path) -> None:
    stopping, workers = asyncio.Event(), InstantWorkers()

    workers.acts = {0: slow_to_stop(stopping), 1: slow_to_stop(stopping)}
    async with open_manager(tmp_path, adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(4), options(tmp_path))
        await until(lambda: len(workers.in_flight) == 2)
        cancelling = asyncio.create_task(manager.cancel_job(job_id))
        await stopping.wait()
        workers.acts = {}
        await manager.resume_job(job_id)
        await cancelling
        assert await ended(manager, job_id) is JobState.COMPLETED


async def test_cancelled_twice_at_once(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = {0: gate}
    async with open_manager(tmp_path, adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(2), options(tmp_path))
        await until(lambda: gate.waiting)
        await asyncio.gather(*(manager.cancel_job(job_id) for _ in range(3)))
        assert await ended(manager, job_id) is JobState.CANCELLED
        gate.open()
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED


async def test_cancelled_when_it_was_just_done(tmp_path: Path) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        job_id = await manager.submit_job(text_job(1), options(tmp_path))
        await ended(manager, job_id)
        before = job_in(manager, job_id)
        await manager.cancel_job(job_id)
        assert job_in(manager, job_id) == before


async def test_deleted_twice_at_once_and_while_running(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = {0: gate}
    async with open_manager(tmp_path, adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(2), options(tmp_path))
        await until(lambda: gate.waiting)
        first = asyncio.create_task(manager.delete_job(job_id))
        await asyncio.sleep(0)
        with pytest.raises(NotFoundError):
            await manager.delete_job(job_id)
        with pytest.raises(NotFoundError):
            await manager.resume_job(job_id)
        await first
        assert manager.list_jobs() == []
        assert not workers.in_flight
        assert await manager.get_job(job_id) is None
    async with open_manager(tmp_path) as manager:
        assert manager.list_jobs() == []


async def test_paused_with_a_failed_chunk_and_resumed_while_another_runs(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = {0: fails(times=1), 1: gate}
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=2, retries=0), adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(2), options(tmp_path))
        await until(lambda: gate.waiting and job_in(manager, job_id).counts.get(ChunkState.FAILED))
        await manager.pause_job(job_id)
        await manager.resume_job(job_id)
        gate.open()
        assert await ended(manager, job_id) is JobState.COMPLETED


async def test_resumed_when_the_last_chunk_of_a_paused_job_ends(tmp_path: Path) -> None:
    for turns in range(12):
        gate, workers = Gate(), InstantWorkers()
        workers.acts = {0: gate}
        folder = tmp_path / str(turns)
        async with open_manager(folder, ExecutionPolicy(concurrency=1), adapter=workers) as manager:
            job_id = await manager.submit_job(text_job(3), options(folder))
            await until(lambda gate=gate: gate.waiting)
            await manager.pause_job(job_id)
            gate.open()
            for _ in range(turns):
                await asyncio.sleep(0)
            await manager.resume_job(job_id)
            assert await ended(manager, job_id) is JobState.COMPLETED
            assert workers.runs == {0: 1, 1: 1, 2: 1}


async def test_a_chunk_asked_for_again_when_the_last_one_ends(tmp_path: Path) -> None:
    for turns in range(12):
        gate, workers = Gate(), InstantWorkers()
        workers.acts = {1: gate}
        folder = tmp_path / str(turns)
        async with open_manager(folder, ExecutionPolicy(concurrency=1), adapter=workers) as manager:
            job_id = await manager.submit_job(text_job(2), options(folder))
            await until(lambda gate=gate: gate.waiting)
            gate.open()
            for _ in range(turns):
                await asyncio.sleep(0)
            await manager.retry_chunks(job_id, [0])
            assert await ended(manager, job_id) is JobState.COMPLETED
            assert workers.runs[0] == 2


async def test_a_paused_job_does_not_wait_for_another_jobs_slot(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=1), adapter=workers) as manager:
        workers.acts = {0: gate}
        first = await manager.submit_job(text_job(1), options(tmp_path / "a"))
        await until(lambda: gate.waiting)
        second = await manager.submit_job(text_job(2), options(tmp_path / "b"))
        await until(lambda: job_in(manager, second).state is JobState.RUNNING)
        await manager.pause_job(second)
        assert await ended(manager, second) is JobState.PAUSED
        assert job_in(manager, second).counts == {ChunkState.PENDING: 2}
        assert job_in(manager, second).reason == ""
        await manager.options.set_profile(second, "Another")
        gate.open()
        assert await ended(manager, first) is JobState.COMPLETED
        await manager.resume_job(second)
        assert await ended(manager, second) is JobState.COMPLETED


async def test_a_paused_job_stays_paused_when_a_chunk_is_asked_for_again(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = {1: gate}
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=1), adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(3), options(tmp_path))
        await until(lambda: gate.waiting)
        await manager.pause_job(job_id)
        gate.open()
        assert await ended(manager, job_id) is JobState.PAUSED
        await manager.retry_chunks(job_id, [0, 0, 2])
        assert await ended(manager, job_id) is JobState.PAUSED
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert workers.runs == {0: 2, 1: 1, 2: 1}


async def test_one_chunk_of_a_held_job(tmp_path: Path) -> None:
    workers = InstantWorkers()
    async with open_manager(tmp_path, adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(3), options(tmp_path), start=False)
        await manager.retry_chunks(job_id, [1, 1])
        assert await ended(manager, job_id) is JobState.PENDING
        assert workers.runs == {1: 1}
        assert job_in(manager, job_id).reason == "1 of 3 chunks rendered, as asked"
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert workers.runs == {0: 1, 1: 1, 2: 1}


async def test_a_job_that_has_the_chunks_it_was_asked_for_goes_on_with_the_others(tmp_path: Path) -> None:
    workers = InstantWorkers()
    async with open_manager(tmp_path, adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(3), options(tmp_path, chunk_ids=(1,)))
        assert await ended(manager, job_id) is JobState.PENDING
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert workers.runs == {0: 1, 1: 1, 2: 1}


async def test_a_finished_job_asked_for_a_chunk_and_cancelled_is_not_completed(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    async with open_manager(tmp_path, adapter=workers, max_jobs=1) as manager:
        job_id = await manager.submit_job(text_job(2), options(tmp_path / "a"))
        assert await ended(manager, job_id) is JobState.COMPLETED
        workers.acts = {0: gate}
        other = await manager.submit_job(text_job(1), options(tmp_path / "b"))
        await until(lambda: gate.waiting)
        await manager.retry_chunks(job_id, [0])
        assert job_in(manager, job_id).state is JobState.PENDING
        await manager.cancel_job(job_id)
        summary = job_in(manager, job_id)
        assert summary.state is JobState.CANCELLED
        assert summary.counts == {ChunkState.CANCELLED: 1, ChunkState.COMPLETED: 1}
        gate.open()
        await ended(manager, other)


# -- profiles and the order of the queue -----------------------------------------------------------------------


async def test_a_profile_that_was_deleted(tmp_path: Path) -> None:
    known = {"Local"}

    def pools(name: str) -> WorkerPool:
        if name not in known:
            raise NotFoundError(f"There is no profile “{name}”.", "Choose another.")
        return WorkerPool(name, InstantWorkers())

    async with open_manager(tmp_path, pools=pools) as manager:
        job_id = await manager.submit_job(text_job(1), options(tmp_path), start=False)
        known.clear()
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.FAILED
        assert job_in(manager, job_id).reason == "There is no profile “Local”. Choose another."
        with pytest.raises(NotFoundError):
            await manager.options.set_profile(job_id, "Local")
        known.add("New")
        await manager.options.set_profile(job_id, "New")
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED


async def test_a_profiles_limits_hold_whatever_the_case_of_its_name(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = dict.fromkeys(range(4), gate)
    pool = WorkerPool("Local", workers, ExecutionPolicy(concurrency=2), max_jobs=2)
    async with open_manager(tmp_path, pools=lambda name: pool) as manager:
        names = ("Local", "local", "LOCAL")
        ids = [await manager.submit_job(text_job(4), options(tmp_path / name, profile=name)) for name in names]
        await until(lambda: gate.waiting == 2)
        assert job_in(manager, ids[2]).reason == "waits for its turn"
        gate.open()
        for job_id in ids:
            assert await ended(manager, job_id) is JobState.COMPLETED
        assert workers.most_in_flight == 2


async def test_a_job_may_have_more_chunks_in_flight_than_its_profile_says(tmp_path: Path) -> None:
    gate, workers = Gate(), InstantWorkers()
    workers.acts = dict.fromkeys(range(8), gate)
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=1), adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(8), options(tmp_path, concurrency=5))
        await until(lambda: gate.waiting == 5)
        gate.open()
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert workers.most_in_flight == 5


@pytest.mark.parametrize(("position", "order"), [(-7, "cab"), (0, "cab"), (1, "acb"), (99, "abc")])
async def test_odd_places_in_the_queue(tmp_path: Path, position: int, order: str) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        ids = {name: await manager.submit_job(text_job(1), options(tmp_path / name), start=False) for name in "abc"}
        await manager.move_job(ids["c"], position)
        jobs = manager.list_jobs()
        assert [job.name for job in jobs] == list(order)
        assert [job.position for job in jobs] == [0, 1, 2]
        with pytest.raises(NotFoundError):
            await manager.move_job("nobody", 0)
    async with open_manager(tmp_path) as manager:
        assert [job.name for job in manager.list_jobs()] == list(order)


async def test_the_order_survives_deleting_and_adding(tmp_path: Path) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        ids = {name: await manager.submit_job(text_job(1), options(tmp_path / name), start=False) for name in "abcd"}
        await manager.move_job(ids["d"], 1)
    async with open_manager(tmp_path) as manager:
        await manager.delete_job(ids["a"])
        await manager.submit_job(text_job(1), options(tmp_path / "e"), start=False)
        assert [job.name for job in manager.list_jobs()] == list("dbce")
    async with open_manager(tmp_path) as manager:
        assert [job.name for job in manager.list_jobs()] == list("dbce")


async def test_a_job_locked_out_of_its_cloud_waits_for_a_person(tmp_path: Path) -> None:
    workers = InstantWorkers()
    workers.locked_out = CredentialsError("The sign-in has expired.", "Sign in again.")
    async with open_manager(tmp_path, adapter=workers) as manager:
        job_id = await manager.submit_job(text_job(2), options(tmp_path))
        assert await ended(manager, job_id) is JobState.PAUSED
        summary = job_in(manager, job_id)
        assert (summary.blocked, summary.reason) == (True, "The sign-in has expired. Sign in again.")
        workers.locked_out = None
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert not job_in(manager, job_id).blocked
        await manager.delete_job(job_id)
        assert workers.finished == [(job_id, True, False), (job_id, True, True)]


@pytest.mark.parametrize("error", [ZeroDivisionError("oops"), CredentialsError("The sign-in has expired.")])
@pytest.mark.parametrize("when", ["deleted", "completed"])
async def test_a_cloud_that_cannot_clean_up_keeps_no_job_in_the_queue(
    error: Exception, when: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Unfinished(InstantWorkers):
        async def finish(self, job_id: str, *, completed: bool, deleted: bool = False) -> None:
            if deleted == (when == "deleted"):
                raise error

    async with open_manager(tmp_path, adapter=Unfinished()) as manager:
        job_id = await manager.submit_job(text_job(1), options(tmp_path))
        assert await ended(manager, job_id) is JobState.COMPLETED
        assert "error" not in job_in(manager, job_id).reason
        await manager.delete_job(job_id)
        assert manager.list_jobs() == []
    assert "could not be removed" in caplog.text


async def test_commands_given_from_within_a_subscriber(tmp_path: Path) -> None:
    commands: set[asyncio.Task[None]] = set()
    unsubscribe: list[Callable[[], None]] = []

    def meddle(events: Sequence[Event]) -> None:
        manager.list_jobs()
        for event in events:
            if isinstance(event, JobAdded):
                commands.add(asyncio.create_task(manager.resume_job(event.summary.id)))
            elif isinstance(event, JobChanged) and event.summary.state is JobState.COMPLETED:
                commands.add(asyncio.create_task(manager.delete_job(event.summary.id)))
            elif isinstance(event, JobRemoved):
                unsubscribe[0]()

    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        unsubscribe.append(manager.subscribe(meddle))
        await manager.submit_job(text_job(3), options(tmp_path), start=False)
        await until(lambda: not manager.list_jobs())
        await asyncio.gather(*commands)
        assert len(commands) == 2


async def test_a_job_that_another_process_took_is_left_to_it(tmp_path: Path) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        job_id = await manager.submit_job(text_job(1), options(tmp_path / "a"), start=False)
        other = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
        try:
            owner = f"{other.pid}@{psutil.Process(other.pid).create_time():.3f}"
            with closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as db, db:
                db.execute("UPDATE jobs SET owner=?", (owner,))
            with pytest.raises(UserInputError, match="process"):
                await manager.resume_job(job_id)
        finally:
            other.communicate()
        await manager.resume_job(job_id)
        assert await ended(manager, job_id) is JobState.COMPLETED


async def test_a_job_whose_folder_is_missing_is_not_taken(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        with pytest.raises(UserInputError, match="does not exist"):
            await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=tmp_path / "gone"))
        assert manager.list_jobs() == []
