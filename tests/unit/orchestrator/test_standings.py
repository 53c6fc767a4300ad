"""Priorities, jobs that start after others, and groups: what they do in a queue that renders."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from helios_gui.orchestrator.manager import JobManager
from helios_gui.types import (
    Event,
    ExecutionPolicy,
    JobAdded,
    JobChanged,
    JobExecutionOptions,
    JobState,
    JobSummary,
    NotFoundError,
    Priority,
    Standing,
    UserInputError,
    WorkerJob,
)
from tests.support.instant import Gate, InstantWorkers, fails
from tests.support.jobs import job_in, open_manager, text_job, until
from tests.support.waiting import PATIENCE

ONE_WORKER = ExecutionPolicy(concurrency=1, retries=0)


async def add(
    manager: JobManager, folder: Path, name: str, *, chunks: int = 1, start: bool = False, **standing: object
) -> str:
    """Submit a job in a folder of its own; its id."""
    (folder / name).mkdir(exist_ok=True)
    spec = text_job(chunks).model_copy(update={"name": name})
    options = JobExecutionOptions(job_dir=folder / name, standing=Standing.model_validate(standing))
    return await manager.submit_job(spec, options, start=start)


async def ended(manager: JobManager, job_id: str) -> JobSummary:
    async with asyncio.timeout(PATIENCE):
        return await manager.wait_job(job_id)


def order_of_starts(events: list[Event]) -> list[str]:
    """The names of jobs in the order in which they were first seen running."""
    running = (e.summary.name for e in events if isinstance(e, JobChanged) and e.summary.state is JobState.RUNNING)
    return list(dict.fromkeys(running))


async def test_the_most_urgent_job_starts_first(tmp_path: Path) -> None:
    events: list[Event] = []
    workers, gate = InstantWorkers(), Gate()
    workers.acts[0] = gate
    async with open_manager(tmp_path, ONE_WORKER, max_jobs=1, adapter=workers) as manager:
        manager.subscribe(events.extend)
        first = await add(manager, tmp_path, "first", start=True)
        await until(lambda: job_in(manager, first).state is JobState.RUNNING)
        ids = [
            await add(manager, tmp_path, name, start=True, priority=priority)
            for name, priority in (("later", "low"), ("usual", "normal"), ("urgent", "high"))
        ]
        gate.open()
        for job_id in ids:
            assert (await ended(manager, job_id)).state is JobState.COMPLETED
    assert order_of_starts(events) == ["first", "urgent", "usual", "later"]


async def test_a_running_job_that_becomes_urgent_gets_the_next_free_worker(tmp_path: Path) -> None:
    workers, gate, order = InstantWorkers(), Gate(), list[str]()

    async def note(job: WorkerJob) -> None:
        order.append(job.job_id)
        await gate(job)

    workers.acts = dict.fromkeys(range(4), note)
    async with open_manager(tmp_path, ONE_WORKER, max_jobs=2, adapter=workers) as manager:
        first = await add(manager, tmp_path, "first", chunks=4, start=True)
        await until(lambda: order)
        second = await add(manager, tmp_path, "second", chunks=4, start=True)
        await until(lambda: manager._scheduler._gates["Local"]._waiters)
        await manager.standings.set_priority(second, Priority.HIGH)
        gate.open()
        for job_id in (first, second):
            assert (await ended(manager, job_id)).state is JobState.COMPLETED
    assert order[0] == first
    assert order[order.index(second) :][:4] == [second] * 4
    assert order[-1] == first


async def test_a_job_starts_when_the_one_before_it_is_completed(tmp_path: Path) -> None:
    events: list[Event] = []
    workers, gate = InstantWorkers(), Gate()
    workers.acts[0] = gate
    async with open_manager(tmp_path, ONE_WORKER, max_jobs=4, adapter=workers) as manager:
        manager.subscribe(events.extend)
        first = await add(manager, tmp_path, "first")
        second = await add(manager, tmp_path, "second", start=True, after=(first,))
        waiting = job_in(manager, second)
        assert waiting.held_up
        assert waiting.reason == "starts after “first”, which nobody has started yet"
        await manager.resume_job(first)
        await until(lambda: job_in(manager, second).reason == "starts after “first”")
        assert job_in(manager, second).in_line
        gate.open()
        assert (await ended(manager, second)).state is JobState.COMPLETED
    assert order_of_starts(events) == ["first", "second"]


@pytest.mark.parametrize("way", ["fails", "cancelled", "paused"])
async def test_a_job_waits_and_says_so_when_the_one_before_it_does_not_complete(tmp_path: Path, way: str) -> None:
    workers = InstantWorkers()
    gate = Gate()
    workers.acts[0] = fails() if way == "fails" else gate
    async with open_manager(tmp_path, ONE_WORKER, max_jobs=4, adapter=workers) as manager:
        first = await add(manager, tmp_path, "first", chunks=2, start=True)
        second = await add(manager, tmp_path, "second", start=True, after=(first,))
        if way == "cancelled":
            await manager.cancel_job(first)
        if way == "paused":
            await manager.pause_job(first)
        words = {"fails": "“first” has failed", "cancelled": "“first” was cancelled", "paused": "stopped for now"}
        await until(lambda: words[way] in job_in(manager, second).reason)
        summary = await ended(manager, second)
        assert summary.state is JobState.PENDING
        assert summary.held_up
        assert not summary.in_line
        workers.acts.clear()
        gate.open()
        if way == "fails":
            await manager.retry_chunks(first)
        else:
            await manager.resume_job(first)
        await until(lambda: job_in(manager, second).state is JobState.COMPLETED)


async def test_jobs_that_would_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    async with open_manager(tmp_path, adapter=InstantWorkers()) as manager:
        one = await add(manager, tmp_path, "one")
        two = await add(manager, tmp_path, "two", after=(one,))
        three = await add(manager, tmp_path, "three", after=(two,))
        with pytest.raises(UserInputError, match="“three” starts after “one”"):
            await manager.standings.set_after(one, [three])
        with pytest.raises(UserInputError, match="cannot start after itself"):
            await manager.standings.set_after(one, [one])
        with pytest.raises(NotFoundError):
            await manager.standings.set_after(one, ["nowhere"])
        with pytest.raises(NotFoundError):
            await add(manager, tmp_path, "four", after=("nowhere",))
        assert job_in(manager, one).standing.after == ()


async def test_a_completed_job_may_leave_the_queue_and_another_may_not(tmp_path: Path) -> None:
    workers = InstantWorkers()
    async with open_manager(tmp_path, ONE_WORKER, max_jobs=4, adapter=workers) as manager:
        done = await add(manager, tmp_path, "done", start=True)
        await ended(manager, done)
        held = await add(manager, tmp_path, "held")
        after_done = await add(manager, tmp_path, "after done", after=(done,))
        after_held = await add(manager, tmp_path, "after held", start=True, after=(held,))
        await manager.delete_job(done)
        await manager.delete_job(held)
        assert job_in(manager, after_done).standing.after == ()
        await until(lambda: "was removed from the queue" in job_in(manager, after_held).reason)
        await manager.standings.set_after(after_held, [])
        assert (await ended(manager, after_held)).state is JobState.COMPLETED


async def test_standings_are_in_the_journal(tmp_path: Path) -> None:
    async with open_manager(tmp_path) as manager:
        first = await add(manager, tmp_path, "first")
        second = await add(manager, tmp_path, "second")
        await manager.standings.set_priority(second, Priority.LOW)
        await manager.standings.set_after(second, [first])
        await manager.standings.set_group(second, "Trailer")
        events: list[Event] = []
        manager.subscribe(events.extend)
        third = await manager.duplicate_job(second)
        assert next(e for e in events if isinstance(e, JobAdded)).summary.standing.group == "Trailer"
        assert manager.standings.free_group_name("Trailer") == "Trailer (2)"
        assert manager.standings.free_group_name("Titles") == "Titles"
    async with open_manager(tmp_path) as manager:
        expected = Standing(priority=Priority.LOW, after=(first,), group="Trailer")
        assert job_in(manager, second).standing == expected
        assert job_in(manager, third).standing == expected
        await manager.standings.set_group(second, "")
        assert job_in(manager, second).standing == expected.model_copy(update={"group": ""})
        with pytest.raises(UserInputError):
            await manager.standings.set_after(first, [second])


async def test_a_chain_of_jobs_says_where_it_is_held_up(tmp_path: Path) -> None:
    workers = InstantWorkers()
    workers.acts[0] = fails()
    async with open_manager(tmp_path, ONE_WORKER, adapter=workers) as manager:
        first = await add(manager, tmp_path, "first", start=True)
        second = await add(manager, tmp_path, "second", start=True, after=(first,))
        third = await add(manager, tmp_path, "third", start=True, after=(second,))
        await until(lambda: job_in(manager, third).held_up)
        assert "“first” has failed" in job_in(manager, second).reason
        assert job_in(manager, third).reason == "starts after “second”, which does not start either"


async def test_two_ways_to_one_job_are_no_circle(tmp_path: Path) -> None:
    async with open_manager(tmp_path, ONE_WORKER, adapter=InstantWorkers()) as manager:
        first = await add(manager, tmp_path, "first")
        ways = [await add(manager, tmp_path, name, after=(first,)) for name in ("one", "two")]
        last = await add(manager, tmp_path, "last", after=tuple(ways))
        with pytest.raises(UserInputError):
            await manager.standings.set_after(first, [last])
        await manager.standings.set_after(last, ways)
        status = await manager.get_job(last)
        assert status is not None
        assert status.options.standing.after == tuple(ways)
        for job_id in (last, *ways, first):
            await manager.resume_job(job_id)
        assert (await ended(manager, last)).state is JobState.COMPLETED


async def test_a_running_job_is_not_made_to_start_after_another(tmp_path: Path) -> None:
    workers, gate = InstantWorkers(), Gate()
    workers.acts[0] = gate
    async with open_manager(tmp_path, ONE_WORKER, adapter=workers) as manager:
        running = await add(manager, tmp_path, "running", start=True)
        other = await add(manager, tmp_path, "other")
        await until(lambda: gate.waiting)
        with pytest.raises(UserInputError, match="“running” is running"):
            await manager.standings.set_after(running, [other])
        with pytest.raises(UserInputError, match="“running” is running"):
            await manager.options.set_limits(running, retries=3)
        with pytest.raises(UserInputError, match="“running” is running"):
            await manager.options.set_choices(running, merge=False)
        gate.open()
        assert (await ended(manager, running)).state is JobState.COMPLETED
