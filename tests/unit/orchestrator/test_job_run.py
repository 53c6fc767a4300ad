"""Lanes over a job's chunks: how many at a time, which come next, what is tried again, when it stops."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs
from helios_gui.orchestrator.attempts import AttemptRunner
from helios_gui.orchestrator.concurrency_gate import ConcurrencyGate
from helios_gui.orchestrator.job_run import JobRun
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.silent_listener import SilentListener
from helios_gui.orchestrator.states import JobIntent
from helios_gui.stitcher import MediaVerifier
from helios_gui.types import (
    ChunkState,
    ExecutionPolicy,
    FailureKind,
    JobExecutionOptions,
    WorkerJob,
    WorkerResult,
)
from tests.support.instant import Gate, InstantWorkers, fails, slow_to_stop
from tests.support.jobs import text_job, until
from tests.support.waiting import PATIENCE

QUICK = ExecutionPolicy(concurrency=2, retries=3, retry_delay=0.001)


class Stand:
    """A run over a job of some chunks."""

    def __init__(self, folder: Path, count: int, policy: ExecutionPolicy = QUICK, slots: int = 100) -> None:
        self.job = LiveJob("job", text_job(count), JobExecutionOptions(job_dir=folder), folder / "out", name="Job")
        self.job.set_intent(JobIntent.RUN)
        self.job.request_chunks(self.job.chunks)
        self.workers = InstantWorkers()
        self.gate = ConcurrencyGate(slots)
        workdirs = AttemptWorkdirs(folder, "job")
        runner = AttemptRunner(self.workers, MediaVerifier(), workdirs, folder / "logs", {}, lambda seconds: 0.25)
        self.run = JobRun(self.job, self.job.chunks_to_render(), runner, policy, self.gate)

    async def work(self) -> str:
        async with asyncio.timeout(PATIENCE):
            stopped = await self.run.work()
        assert self.gate.in_use == 0
        assert not self.workers.in_flight
        return stopped

    @property
    def states(self) -> list[str]:
        return [chunk.state.value for chunk in self.job.chunks]


async def test_every_chunk_once_and_no_more_at_a_time_than_asked(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 9, ExecutionPolicy(concurrency=3))
    assert await stand.work() == ""
    assert set(stand.states) == {"completed"}
    assert stand.workers.runs == dict.fromkeys(range(9), 1)
    assert stand.workers.most_in_flight <= 3


async def test_nothing_to_do(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 1)
    stand.job.set_intent(JobIntent.PAUSE)
    assert await stand.work() == ""
    assert stand.states == ["pending"]
    assert not stand.workers.runs


async def test_a_failure_that_passes(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 3)
    stand.workers.acts = {1: fails(times=2)}
    assert await stand.work() == ""
    assert set(stand.states) == {"completed"}
    assert stand.workers.runs[1] == 3


async def test_too_little_memory_costs_no_try_and_lets_fewer_run(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 8, ExecutionPolicy(concurrency=4, retries=0), slots=4)

    async def needs_half_of_the_memory(job: WorkerJob) -> WorkerResult | None:
        await asyncio.sleep(0.005)
        crowded = len(stand.workers.in_flight) > 2
        return WorkerResult(None, FailureKind.CROWDED, "too little memory") if crowded else None

    stand.workers.acts = dict.fromkeys(range(8), needs_half_of_the_memory)
    assert await stand.work() == ""
    assert set(stand.states) == {"completed"}
    assert stand.workers.runs.total() < 8 + 4, "it went on with as many at a time"
    assert "fewer chunks at a time" in stand.job.summary().reason


async def test_a_fatal_failure_is_not_tried_again(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 3)
    stand.workers.acts = {1: fails(kind=FailureKind.FATAL)}
    await stand.work()
    assert stand.states == ["completed", "failed", "completed"]
    assert stand.workers.runs[1] == 1


async def test_the_same_error_without_progress_ends_before_the_retries(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 1, ExecutionPolicy(retries=50, retry_delay=0.001))
    stand.workers.acts = {0: fails("segmentation fault after 12 ms")}
    await stand.work()
    assert stand.states == ["failed"]
    assert stand.workers.runs[0] == 3


async def test_throttling_costs_no_retry(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 1, ExecutionPolicy(retries=0, retry_delay=0.0001))
    stand.workers.acts = {0: fails("slow down", FailureKind.THROTTLED, times=5)}
    await stand.work()
    assert stand.states == ["completed"]


class History(SilentListener):
    """Every state the chunks went through, with its reason."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, str]] = []

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None:
        if durable:
            self.steps.append((chunk.state.value, chunk.reason))


async def test_a_chunk_nobody_heard_of_shows_as_unknown_until_it_is_tried_again(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 1, ExecutionPolicy(retries=1, retry_delay=0.01))
    stand.workers.acts = {0: fails("no answer", FailureKind.UNKNOWN, times=1)}
    history = History()
    stand.job.set_listener(history)
    await stand.work()
    assert history.steps == [("running", ""), ("unknown", "no answer"), ("running", ""), ("completed", "")]


@pytest.mark.parametrize(("limit", "failed"), [(1, 1), (3, 3), (None, 10)])
async def test_stops_when_the_first_chunks_all_fail(tmp_path: Path, limit: int | None, failed: int) -> None:
    stand = Stand(tmp_path, 10, ExecutionPolicy(concurrency=1, retries=0, stop_after_failures=limit))
    stand.workers.acts = dict.fromkeys(range(10), fails())
    stopped = await stand.work()
    assert stand.states == ["failed"] * failed + ["pending"] * (10 - failed)
    words = "the first chunk that was tried" if failed == 1 else f"the first {failed} chunks that were tried"
    assert stopped.startswith("" if limit is None else f"stopped: {words} failed")
    assert bool(stopped) == (limit is not None)


async def test_twenty_thousand_chunks_that_all_fail_cost_a_few_attempts(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 20_000, ExecutionPolicy(concurrency=4, retries=2, retry_delay=0.02))
    stand.workers.acts = dict.fromkeys(range(20_000), fails())
    assert "the first 5 chunks that were tried failed, and none succeeded" in await stand.work()
    assert stand.states.count("failed") == 5
    assert sum(stand.workers.runs.values()) <= 3 * (5 + 4)
    assert set(stand.states) == {"failed", "pending"}


async def test_a_job_whose_first_chunks_fail_once_goes_on(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 40, ExecutionPolicy(concurrency=4, retries=2, retry_delay=0.01))
    stand.workers.acts = dict.fromkeys(range(10), fails(times=1))
    assert await stand.work() == ""
    assert set(stand.states) == {"completed"}


async def test_throttled_chunks_hold_nothing_back(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 12, ExecutionPolicy(concurrency=12, retries=0, retry_delay=0.01))
    stand.workers.acts = {chunk: fails("slow down", FailureKind.THROTTLED, times=2) for chunk in range(8)}
    assert await stand.work() == ""
    assert set(stand.states) == {"completed"}


@pytest.mark.parametrize(("percent", "failed"), [(20.0, 5), (50.0, 10), (None, 30)])
async def test_stops_at_a_share_of_failed_chunks(tmp_path: Path, percent: float | None, failed: int) -> None:
    stand = Stand(tmp_path, 40, ExecutionPolicy(concurrency=1, retries=0, stop_at_failed_percent=percent))
    stand.workers.acts = dict.fromkeys(range(10, 40), fails())
    stopped = await stand.work()
    assert stand.states == ["completed"] * 10 + ["failed"] * failed + ["pending"] * (30 - failed)
    assert (f"{failed} of {10 + failed} chunks that were tried failed" in stopped) == (percent is not None)


async def test_a_few_failures_among_many_chunks_stop_nothing(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 60, ExecutionPolicy(concurrency=1, retries=0))
    stand.workers.acts = {chunk: fails() for chunk in range(0, 60, 7)}
    assert await stand.work() == ""
    assert stand.states.count("failed") == 9


async def test_a_job_that_is_through_was_not_stopped(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 5, ExecutionPolicy(concurrency=1, retries=0))
    stand.workers.acts = dict.fromkeys(range(5), fails())
    assert await stand.work() == ""
    assert stand.states == ["failed"] * 5


async def test_a_spent_budget_stops_what_runs(tmp_path: Path) -> None:
    gate = Gate()
    stand = Stand(tmp_path, 3, ExecutionPolicy(concurrency=3, retries=0, stop_after_failures=1))

    async def fails_once_others_run(job: WorkerJob) -> WorkerResult:
        await until(lambda: gate.waiting == 2)
        return WorkerResult(1, FailureKind.TRANSIENT, "broken")

    stand.workers.acts = {0: fails_once_others_run, 1: gate, 2: gate}
    assert "stopped" in await stand.work()
    assert stand.states == ["failed", "pending", "pending"]


async def test_a_job_that_has_cost_what_it_may_starts_nothing_more(tmp_path: Path) -> None:
    gate = Gate()
    stand = Stand(tmp_path, 6, ExecutionPolicy(concurrency=2, spend_limit=0.5))
    stand.workers.acts = {0: gate}
    working = asyncio.create_task(stand.work())
    await until(lambda: stand.job.cost == 0.5)
    gate.open()
    assert await working == "stopped: the job has cost $0.75, and may cost $0.50"
    assert stand.states == ["completed"] * 3 + ["pending"] * 3


async def test_a_cause_only_a_person_can_mend_pauses_the_job(tmp_path: Path) -> None:
    gate = Gate()
    stand = Stand(tmp_path, 4, ExecutionPolicy(concurrency=2))
    stand.workers.acts = {0: gate, 1: fails("The sign-in has expired.", FailureKind.BLOCKED, times=1)}
    working = asyncio.create_task(stand.work())
    await until(lambda: stand.job.blocked)
    gate.open()
    await working
    assert stand.job.intent is JobIntent.PAUSE
    assert stand.states == ["completed"] + ["pending"] * 3


async def test_a_blocked_job_that_is_being_stopped_stays_that(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 1)

    async def act(job: WorkerJob) -> WorkerResult:
        stand.job.set_intent(JobIntent.CANCEL, "cancelled")
        return WorkerResult(None, FailureKind.BLOCKED, "The sign-in has expired.")

    stand.workers.acts = {0: act}
    await stand.work()
    assert stand.job.intent is JobIntent.CANCEL
    assert not stand.job.blocked


async def test_a_chunk_asked_for_again_is_no_failure_any_more(tmp_path: Path) -> None:
    gate = Gate()
    stand = Stand(tmp_path, 3, ExecutionPolicy(concurrency=1, retries=0, stop_after_failures=2))
    stand.workers.acts = {0: fails(times=1), 1: gate, 2: fails()}
    working = asyncio.create_task(stand.work())
    await until(lambda: gate.waiting)
    stand.run.add(stand.job.request_chunks([stand.job.chunks[0]]))
    gate.open()
    assert await working == ""
    assert stand.states == ["completed", "completed", "failed"]


async def test_cancelled_while_it_stops_for_its_budget(tmp_path: Path) -> None:
    stopping = asyncio.Event()

    stand = Stand(tmp_path, 2, ExecutionPolicy(concurrency=2, retries=0, stop_after_failures=1))
    stand.workers.acts = {0: slow_to_stop(stopping), 1: fails()}
    working = asyncio.create_task(stand.work())
    await stopping.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert stand.states == ["pending", "failed"]
    assert stand.gate.in_use == 0


async def test_a_pause_wakes_lanes_that_wait_for_a_retry(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 1, ExecutionPolicy(retries=5, retry_delay=600, retry_delay_max=1200))
    stand.workers.acts = {0: fails()}
    working = asyncio.create_task(stand.work())
    await until(lambda: stand.states == ["retrying"])
    stand.job.set_intent(JobIntent.PAUSE)
    stand.run.wake()
    await working
    assert stand.states == ["pending"]


async def test_a_pause_taken_back_at_once_loses_nothing(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 4, ExecutionPolicy(concurrency=1, retries=2, retry_delay=0.01))
    stand.workers.acts = {0: fails(times=2)}
    working = asyncio.create_task(stand.work())
    for _ in range(40):
        stand.job.set_intent(JobIntent.PAUSE)
        stand.run.wake()
        stand.job.set_intent(JobIntent.RUN)
        stand.run.add([])
        await asyncio.sleep(0.001)
    await working
    assert set(stand.states) == {"completed"}
    assert stand.workers.runs == {0: 3, 1: 1, 2: 1, 3: 1}


async def test_cancellation_leaves_chunks_waiting(tmp_path: Path) -> None:
    gate = Gate()
    stand = Stand(tmp_path, 4)
    stand.workers.acts = dict.fromkeys(range(4), gate)
    working = asyncio.create_task(stand.work())
    await until(lambda: gate.waiting == 2)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert stand.states == ["pending"] * 4
    assert stand.job.chunks[0].reason == "stopped before it was finished"


async def test_a_defect_of_ours_ends_the_run(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 4)
    gate = Gate()
    stand.workers.acts = {0: gate, 1: gate}
    working = asyncio.create_task(stand.work())
    await until(lambda: gate.waiting == 2)
    stand.job.move_chunk(stand.job.chunks[3], ChunkState.CANCELLED)  # though the run has it yet to render
    gate.open()
    await until(working.done)
    assert "cannot go from" in str(working.exception())
    assert ChunkState.RUNNING not in {chunk.state for chunk in stand.job.chunks}


async def test_a_thousand_instant_failures_leave_room_for_others(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 1000, ExecutionPolicy(concurrency=4, retries=0, stop_after_failures=None))
    stand.workers.acts = dict.fromkeys(range(1000), fails("no such program", FailureKind.FATAL))
    turns = 0
    working = asyncio.create_task(stand.work())
    while not working.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 200
    assert set(stand.states) == {"failed"}


async def test_one_that_waited_for_a_worker_starts_nothing_while_the_run_is_held(tmp_path: Path) -> None:
    stand = Stand(tmp_path, 2, slots=1)
    gate = Gate()
    stand.workers.acts[0] = gate
    running = asyncio.create_task(stand.work())
    await until(lambda: gate.waiting and len(stand.gate._waiters) == 1)
    stand.run.hold(True)
    gate.open()
    await until(lambda: stand.states[0] == "completed" and stand.gate.in_use == 0)
    await asyncio.sleep(0)
    assert stand.workers.runs == {0: 1}
    stand.run.hold(False)
    assert await running == ""
    assert stand.workers.runs == {0: 1, 1: 1}
