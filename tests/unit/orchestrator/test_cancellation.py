"""Cancelled jobs say what is known of workers that have not confirmed that they stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from helios_gui.orchestrator.manager import JobManager
from helios_gui.types import ExecutionPolicy, JobExecutionOptions, JobState, UnconfirmedStops
from tests.support.instant import Gate, InstantWorkers, TextStitcher
from tests.support.jobs import job_in, open_manager, text_job, until

STILL = "stopping; may still bill"


class Stop:
    """A ``PendingStop`` whose workers confirm when the test says so; ``give_up`` makes their time be over."""

    def __init__(self, workers: int) -> None:
        self.left = workers
        self.changed = asyncio.Event()
        self.over = False

    def confirm(self) -> None:
        self.left -= 1
        self.changed.set()

    def give_up(self) -> None:
        self.over = True
        self.changed.set()

    def unconfirmed(self) -> UnconfirmedStops:
        return UnconfirmedStops(self.left, time.time() + 120, 120.0)

    async def follow(self, on_change: Callable[[], None]) -> UnconfirmedStops:
        while self.left and not self.over:
            await self.changed.wait()
            self.changed.clear()
            on_change()
        return self.unconfirmed()


class SlowWorkers(InstantWorkers):
    """Workers that may go on after they were stopped. ``stops`` are the stops asked for, by job."""

    def __init__(self) -> None:
        super().__init__()
        self.stops: dict[str, Stop] = {}

    def stopping(self, job_id: str) -> Stop:
        working = sum(attempt.startswith(job_id) for attempt in self.in_flight)
        self.stops[job_id] = Stop(working)
        return self.stops[job_id]


def two_at_a_time() -> ExecutionPolicy:
    return ExecutionPolicy(concurrency=2, retries=0)


async def running(manager: JobManager, workers: InstantWorkers, folder: Path) -> str:
    """A job with two workers at work."""
    gate = Gate()
    workers.acts = {0: gate, 1: gate}
    folder.mkdir()
    job_id = await manager.submit_job(text_job(4), JobExecutionOptions(job_dir=folder))
    await until(lambda: gate.waiting == 2)
    return job_id


async def test_a_cancelled_job_is_stopping_until_all_its_workers_confirmed(tmp_path: Path) -> None:
    workers = SlowWorkers()
    async with open_manager(tmp_path, two_at_a_time(), adapter=workers, stitcher=TextStitcher()) as manager:
        job_id = await running(manager, workers, tmp_path / "job")
        cancelling = asyncio.create_task(manager.cancel_job(job_id))
        await until(lambda: job_in(manager, job_id).stopping == 2)
        assert job_in(manager, job_id).reason.startswith(f"{STILL} (2 workers have not confirmed, until ")
        await cancelling
        job = job_in(manager, job_id)
        assert (job.state, job.stopping) == (JobState.CANCELLED, 2)
        assert job.reason.startswith(STILL)
        workers.stops[job_id].confirm()
        await until(lambda: job_in(manager, job_id).stopping == 1)
        assert job_in(manager, job_id).reason.startswith(f"{STILL} (1 worker has not confirmed, until ")
        workers.stops[job_id].confirm()
        await until(lambda: not job_in(manager, job_id).stopping)
        job = job_in(manager, job_id)
        assert (job.state, job.reason, job.stop_note) == (JobState.CANCELLED, "cancelled", "")


async def test_what_never_was_confirmed_is_said_and_remembered(tmp_path: Path) -> None:
    workers = SlowWorkers()
    said = "cancelled; 2 workers did not confirm and may have billed until their 120 s limit"
    async with open_manager(tmp_path, two_at_a_time(), adapter=workers, stitcher=TextStitcher()) as manager:
        job_id = await running(manager, workers, tmp_path / "job")
        await manager.cancel_job(job_id)
        workers.stops[job_id].give_up()
        await until(lambda: not job_in(manager, job_id).stopping)
        assert job_in(manager, job_id).reason == said
    async with open_manager(tmp_path, adapter=workers) as manager:
        assert job_in(manager, job_id).reason == said


async def test_silence_that_ends_before_the_job_is_at_rest_is_not_forgotten(tmp_path: Path) -> None:
    class Lingering(SlowWorkers):
        async def finish(self, job_id: str, *, completed: bool, deleted: bool = False) -> None:
            self.stops[job_id].give_up()
            await asyncio.sleep(0.05)
            await super().finish(job_id, completed=completed, deleted=deleted)

    workers = Lingering()
    async with open_manager(tmp_path, two_at_a_time(), adapter=workers, stitcher=TextStitcher()) as manager:
        job_id = await running(manager, workers, tmp_path / "job")
        await manager.cancel_job(job_id)
        assert job_in(manager, job_id).reason.startswith("cancelled; 2 workers did not confirm")


async def test_local_jobs_say_what_they_always_said(tmp_path: Path) -> None:
    workers = InstantWorkers()
    async with open_manager(tmp_path, two_at_a_time(), adapter=workers, stitcher=TextStitcher()) as manager:
        job_id = await running(manager, workers, tmp_path / "job")
        reasons: list[str] = []
        manager.subscribe(lambda events: reasons.extend(job.reason for job in manager.list_jobs()))
        await manager.cancel_job(job_id)
        assert (job_in(manager, job_id).reason, job_in(manager, job_id).stopping) == ("cancelled", 0)
        assert not any("bill" in reason for reason in reasons)


async def test_a_closing_app_says_whom_it_left_working(tmp_path: Path) -> None:
    workers = SlowWorkers()
    async with open_manager(tmp_path, two_at_a_time(), adapter=workers, stitcher=TextStitcher()) as manager:
        cancelled = await running(manager, workers, tmp_path / "cancelled")
        await manager.cancel_job(cancelled)
        interrupted = await running(manager, workers, tmp_path / "interrupted")
        last = {}
        manager.subscribe(lambda events: last.update({job.id: job for job in manager.list_jobs()}))
    assert last[interrupted].state is JobState.INTERRUPTED
    assert last[interrupted].stop_note.startswith("2 workers had not confirmed when the app was closed")
    async with open_manager(tmp_path, adapter=workers) as manager:
        left = "2 workers had not confirmed when the app was closed, and may bill until "
        assert job_in(manager, cancelled).reason.startswith(f"cancelled; {left}")
        words = "The app was closed while the job was running. " + left[:1] + left[1:]
        assert job_in(manager, interrupted).reason.startswith(words)


async def test_a_job_that_runs_again_has_other_things_to_say(tmp_path: Path) -> None:
    workers = SlowWorkers()
    async with open_manager(tmp_path, two_at_a_time(), adapter=workers, stitcher=TextStitcher()) as manager:
        job_id = await running(manager, workers, tmp_path / "job")
        await manager.cancel_job(job_id)
        first = workers.stops[job_id]
        workers.acts = {}
        await manager.resume_job(job_id)
        assert job_in(manager, job_id).stopping == 0
        await manager.wait_job(job_id)
        first.give_up()
        (tmp_path / "another").mkdir()
        another = await manager.submit_job(text_job(2), JobExecutionOptions(job_dir=tmp_path / "another"))
        await manager.wait_job(another)  # whatever the late news leads to has happened by then
        job = job_in(manager, job_id)
        assert (job.state, job.stopping, job.stop_note) == (JobState.COMPLETED, 0, "")


async def test_what_an_earlier_run_left_elsewhere_is_removed_when_the_job_is_cancelled(tmp_path: Path) -> None:
    workers = InstantWorkers()
    async with open_manager(tmp_path, two_at_a_time(), adapter=workers, stitcher=TextStitcher()) as manager:
        job_id = await running(manager, workers, tmp_path / "job")
    assert workers.finished == [], "an interrupted job goes on where it stopped"
    async with open_manager(tmp_path, two_at_a_time(), adapter=workers, stitcher=TextStitcher()) as manager:
        await manager.cancel_job(job_id)
        assert job_in(manager, job_id).state is JobState.CANCELLED
        assert workers.finished == [(job_id, False, False)]


async def test_a_job_cancelled_while_paused_is_finished_once(tmp_path: Path) -> None:
    workers, gate = InstantWorkers(), Gate()
    async with open_manager(tmp_path, two_at_a_time(), adapter=workers, stitcher=TextStitcher()) as manager:
        (tmp_path / "job").mkdir()
        workers.acts = {0: gate}
        job_id = await manager.submit_job(text_job(4), JobExecutionOptions(job_dir=tmp_path / "job", concurrency=1))
        await until(lambda: gate.waiting)
        await manager.pause_job(job_id)
        gate.open()
        assert (await manager.wait_job(job_id)).state is JobState.PAUSED
        assert workers.finished == []
        await manager.cancel_job(job_id)
        await manager.cancel_job(job_id)
        assert workers.finished == [(job_id, False, False)]
        never = await manager.submit_job(text_job(1), JobExecutionOptions(job_dir=tmp_path / "job"), start=False)
        await manager.cancel_job(never)
        assert workers.finished == [(job_id, False, False)], "of a job that never ran nothing is anywhere else"


async def test_workers_that_cannot_be_followed_are_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Lost(Stop):
        async def follow(self, on_change: Callable[[], None]) -> UnconfirmedStops:
            raise ZeroDivisionError("oops")

    class LostWorkers(SlowWorkers):
        def stopping(self, job_id: str) -> Stop:
            return Lost(2)

    workers = LostWorkers()
    async with open_manager(tmp_path, two_at_a_time(), adapter=workers, stitcher=TextStitcher()) as manager:
        job_id = await running(manager, workers, tmp_path / "job")
        await manager.cancel_job(job_id)
        await until(lambda: STILL not in job_in(manager, job_id).reason and job_in(manager, job_id).reason)
        assert job_in(manager, job_id).state is JobState.CANCELLED
        assert "2 workers" in job_in(manager, job_id).reason
    assert f"the workers of job {job_id} cannot be followed" in caplog.text
