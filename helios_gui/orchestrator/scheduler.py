"""Starts the jobs whose turn it is, within the limits of their profiles, and sees them to their end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helios_gui.orchestrator.cancellation import CancellationMonitor
from helios_gui.orchestrator.claimed_names import Places, places_meet, places_of
from helios_gui.orchestrator.concurrency_gate import ConcurrencyGate
from helios_gui.orchestrator.condition_monitor import ConditionMonitor
from helios_gui.orchestrator.executor import JobExecutor
from helios_gui.orchestrator.job_files import job_frames
from helios_gui.orchestrator.job_repository import Claim, JobRepository
from helios_gui.orchestrator.journal import Journal
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.output_leases import LeaseHolder, lease_of
from helios_gui.orchestrator.standings import Obstacle
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.orchestrator.traces import Traces
from helios_gui.translation import tr
from helios_gui.types import HeliosError, JobState, UserInputError, WorkerAdapter, WorkerPool
from helios_gui.types.errors import error_in_words
from helios_gui.types.waits import WaitReason
from helios_gui.utils.shielded import end_tasks, shielded

_logger = logging.getLogger(__name__)
_LONGEST_HOLD_SECONDS = 1.0  # for which many commands together keep jobs from starting
_LEASE_SECONDS = 0.5  # after which is looked again whether another process still keeps a job from starting

PoolResolver = Callable[[str], WorkerPool]
ExecutorMaker = Callable[[WorkerPool | None, ConcurrencyGate | None], JobExecutor]
Work = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Running:
    """A job that is being worked on: through which profile, the executor and its task."""

    job: LiveJob
    profile: str
    executor: JobExecutor
    task: asyncio.Task[None]


class Scheduler:
    """Turns "this job wants to run" into a running executor.

    ``pools`` gives the worker pool of a profile by name; ``waiting`` lists the jobs in queue order; ``obstacle`` says
    why a job may not start yet; ``on_end`` is called when the work on a job is over.
    """

    def __init__(
        self,
        pools: PoolResolver,
        make_executor: ExecutorMaker,
        repository: JobRepository,
        journal: Journal,
        waiting: Callable[[], Iterator[LiveJob]],
        obstacle: Callable[[LiveJob], Obstacle | None],
        on_end: Callable[[], None],
    ) -> None:
        self._pools = pools
        self._make_executor = make_executor
        self._repository = repository
        self._journal = journal
        self._waiting = waiting
        self._obstacle = obstacle
        self._on_end = on_end
        self._gates: dict[str, ConcurrencyGate] = {}
        self._running: dict[str, _Running] = {}
        self._rendered_by: dict[str, WorkerAdapter] = {}
        self._cancellations = CancellationMonitor()
        self._traces = Traces()
        self._places_by_job: dict[str, tuple[Path, Places]] = {}
        self._not_before: dict[str, float] = {}
        self._conditions = ConditionMonitor(pools, waiting, self._hold)
        self._closed = False
        self._holds = 0
        self._held_until = 0.0

    def is_running(self, job_id: str) -> bool:
        """Return whether a task works on the job."""
        return job_id in self._running

    def enqueue(self, job: LiveJob, chunks: Collection[LiveChunk]) -> None:
        """Run a job: newly requested chunks join the run under way, or the job starts in its turn."""
        running = self._running.get(job.id)
        if running is not None:
            running.executor.add(chunks)
        self.start_due()

    def start_due(self) -> None:
        """Start every job that may run now."""
        if self._closed or (self._holds and time.monotonic() < self._held_until):
            return
        pools = functools.cache(self._pools)
        waiting = filter(self._waits_to_start, self._waiting())
        for job in sorted(waiting, key=lambda job: job.options.standing.priority.rank):
            if self._waits_to_start(job):  # also after what the jobs before it have changed
                self._start_or_hold(job, pools)

    @contextlib.contextmanager
    def start_once(self) -> Iterator[None]:
        """Start jobs at the end of the context, and none within it: to look through the whole queue takes its time.

        Where the context waits for something, other jobs may start after a moment.
        """
        if not self._holds:
            self._held_until = time.monotonic() + _LONGEST_HOLD_SECONDS
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self.start_due()

    def wake(self, job: LiveJob) -> None:
        """Have a running job look at its intent, which has changed."""
        if job.id in self._running:
            self._running[job.id].executor.wake()

    def start_stitch(self, job: LiveJob, *, reencode: bool, output: Path | None = None) -> None:
        """Stitch the job's finished chunks once more, now, into ``output`` if one is given.

        The job keeps its former output unless the new one is made. ``UserInputError`` while another writes its files.
        """
        former = job.output, job.options
        conflicting = self._job_with_same_files(job, output)
        if conflicting is not None:
            raise UserInputError(
                tr("“{conflicting}” writes the same files now.", conflicting=conflicting.name),
                tr("Stitch when it is done."),
            )
        executor, profile = self._executor_without_slots(job)
        job.set_intent(JobIntent.RUN)
        if output is not None:
            job.set_options(job.options.model_copy(update={"output": output}), output)
        job.enter_phase(JobPhase.STITCHING)

        async def stitch() -> None:
            try:
                await self._lease(job, lambda: executor.stitch(job, reencode=reencode))
            finally:
                if output is not None and job.state is not JobState.COMPLETED:
                    output_before, options = former
                    job.set_options(options, output_before)

        self._start(job, profile, executor, stitch)

    async def clean_up_attempts(self, job: LiveJob) -> None:
        """Stop and remove what earlier runs left of a cancelled job at rest; nothing else works on it meanwhile."""
        if self._closed or job.id in self._running or (job.started_at is None and not job.unverified):
            return
        executor, profile = self._executor_without_slots(job)

        async def clean_up() -> None:
            if await self._traces.may_be_left(job):
                await self._work_on(job, executor.adapter, lambda: executor.clean_up_attempts(job))

        self._follow(job, profile, executor, clean_up())
        await self.wait_idle(job)
        self._cancellations.follow(job, executor.adapter)

    async def dispose(self, job: LiveJob) -> None:
        """Have the profile remove what it keeps elsewhere of a job that leaves the queue."""
        self._rendered_by.pop(job.id, None)
        self._places_by_job.pop(job.id, None)
        self._not_before.pop(job.id, None)
        if job.started_at is not None:
            try:
                adapter = self._pools(job.options.profile).adapter
                await adapter.finish(job.id, completed=job.delivered, deleted=True)
            except HeliosError as error:
                _logger.warning("what job %s left elsewhere could not be removed: %s", job.id, error_in_words(error))
            except Exception:  # nor may an adapter's defect keep a job in the queue for ever
                _logger.exception("what job %s left elsewhere could not be removed", job.id)

    async def wait_idle(self, job: LiveJob) -> None:
        """Wait until nothing works on the job."""
        running = self._running.get(job.id)
        if running is not None:
            await asyncio.wait([running.task])
            self._forget(running)

    async def stop(self, job: LiveJob) -> None:
        """End the work on a job; returns when nothing of it runs any more."""
        running = self._running.get(job.id)
        if running is not None:
            running.task.cancel()
            self._cancellations.follow(job, running.executor.adapter)
            await self.wait_idle(job)

    async def stop_all(self, reason: str) -> None:
        """End all work for good: what was in the middle of it is *interrupted*, for this ``reason``.

        Cancelling this puts everybody in a hurry; it is passed on when nothing runs any more.
        """
        self._closed = True
        for job in self._waiting():
            if job.wants_to_run and job.is_busy:
                job.set_intent(JobIntent.INTERRUPT, reason)
            elif job.wants_to_run and not job.is_idle:
                job.set_intent(JobIntent.HOLD)
        for entry in self._running.values():
            self._cancellations.follow(entry.job, entry.executor.adapter)
        try:
            await end_tasks(entry.task for entry in self._running.values())
        finally:
            await shielded(self._conditions.close())
            await shielded(self._cancellations.close())

    def _waits_to_start(self, job: LiveJob) -> bool:
        return self._is_in_line(job) and job.id not in self._running

    @staticmethod
    def _is_in_line(job: LiveJob) -> bool:
        return job.wants_to_run and job.phase is JobPhase.WAITING

    def _start_or_hold(self, job: LiveJob, pools: PoolResolver) -> None:
        """Start a job, or leave it in line and say what it waits for."""
        if time.monotonic() < self._not_before.get(job.id, 0.0):
            return
        obstacle = self._obstacle(job)
        if obstacle is not None:
            job.set_wait(None)
            job.set_reason(obstacle.reason, held_up=obstacle.lasting)
            return
        try:
            pool = pools(job.options.profile)
        except HeliosError as error:
            job.enter_phase(JobPhase.ENDED, problem=error_in_words(error))
            return
        if sum(entry.profile == pool.name for entry in self._running.values()) >= pool.max_jobs:
            job.set_wait(None)
            job.set_reason(tr("waits for its turn"))
            return
        conflicting = self._job_with_same_files(job)
        if conflicting is not None:
            job.set_wait(None)
            job.set_reason(tr("waits for “{conflicting}”, which writes the same files", conflicting=conflicting.name))
            return
        if not self._conditions.may_start(job, pool):
            return
        executor = self._make_executor(pool, self._gate_of(pool, job))
        if self._rendered_by.setdefault(job.id, pool.adapter) is not pool.adapter:
            self._rendered_by[job.id] = pool.adapter
            job.mark_attempts_unverified()  # what became of them, this adapter has to find out
        self._start(job, pool.name, executor, lambda: self._lease(job, lambda: executor.run(job)))

    def _hold(self, job: LiveJob, wait: WaitReason | None) -> None:
        """Start no chunk of a job while it has to wait; ``None``: go on."""
        running = self._running.get(job.id)
        if running is not None:
            running.executor.hold(job, wait)
        else:
            self.start_due()

    def _job_with_same_files(self, job: LiveJob, output: Path | None = None) -> LiveJob | None:
        """Return a job that is being worked on and writes a file that this job writes too, or ``None``.

        ``output`` is where the job's video is going to be, if that is not where it was.
        """
        own = self._places_of(job)
        if output is not None:
            own = places_of({*map(job.output_of, job.chunks), output}, job_frames(job))
        others = [entry.job for entry in self._running.values() if entry.job is not job]
        return next((other for other in others if places_meet(own, self._places_of(other))), None)

    def _places_of(self, job: LiveJob) -> Places:
        output, places = self._places_by_job.get(job.id, (None, {}))
        if output != job.output:  # which can change between two runs
            places = places_of(job.files, job_frames(job))
            self._places_by_job[job.id] = job.output, places
        return places

    def _gate_of(self, pool: WorkerPool, job: LiveJob) -> ConcurrencyGate:
        """Return the profile's gate, with room for jobs that ask for more concurrency than the profile."""
        jobs = [job, *(entry.job for entry in self._running.values() if entry.profile == pool.name)]
        capacity = max(pool.policy.concurrency, *(other.options.concurrency or 1 for other in jobs))
        gate = self._gates.setdefault(pool.name, ConcurrencyGate(capacity))
        gate.resize(capacity)
        return gate

    def _executor_without_slots(self, job: LiveJob) -> tuple[JobExecutor, str]:
        """Return an executor for work without workers, also where the profile is gone, and the profile's name."""
        pool = None
        with contextlib.suppress(HeliosError):
            pool = self._pools(job.options.profile)
        return self._make_executor(pool, None), pool.name if pool else job.options.profile

    def _start(self, job: LiveJob, profile: str, executor: JobExecutor, work: Work) -> None:
        self._follow(job, profile, executor, self._work_on(job, executor.adapter, work))

    def _follow(self, job: LiveJob, profile: str, executor: JobExecutor, work: Coroutine[Any, Any, None]) -> None:
        """Have a task work on a job, and nothing else meanwhile."""
        task = asyncio.create_task(work, name=f"job {job.id}")
        running = _Running(job, profile, executor, task)
        self._cancellations.leave(job)
        self._running[job.id] = running
        # Not in the task itself: one that is cancelled before its first step never gets to any of its lines.
        task.add_done_callback(lambda _: self._forget(running))

    def _forget(self, running: _Running) -> None:
        if self._running.get(running.job.id) is running:
            del self._running[running.job.id]
            self._on_end()

    async def _work_on(self, job: LiveJob, adapter: WorkerAdapter, work: Work) -> None:
        try:
            await self._journal.flushed()
            claim = await self._repository.claim(job.id, self._journal.revision_of(job.id))
            if claim is Claim.TAKEN:
                self._journal.hold(job.id)
                await work()
            elif claim is Claim.CHANGED and self._is_in_line(job):
                self._start_later(job)  # what another process made of it is taken over by then
            else:
                is_worked_on = claim is Claim.WORKED_ON
                job.set_intent(
                    JobIntent.HOLD,
                    tr("Another Helios process is rendering this job.")
                    if is_worked_on
                    else tr("Another Helios process has changed this job."),
                )
                job.end_early()
        except asyncio.CancelledError:
            if job.is_busy:  # it was not the executor's yet
                job.end_early()
            raise
        except HeliosError as error:
            job.enter_phase(JobPhase.ENDED, problem=error_in_words(error))
        except Exception as error:
            # A defect of ours must not leave the job looking alive: end it, and say so.
            _logger.exception("job %s ended by an unexpected error", job.id)
            job.enter_phase(JobPhase.ENDED, problem=tr("An unexpected error ended the job: {error!r}", error=error))
        finally:
            if job.phase is JobPhase.ENDED:
                self._cancellations.follow(job, adapter)
            self._journal.release(job.id)

    async def _lease(self, job: LiveJob, work: Work) -> None:
        """Work on a job while no other process writes its files. While one does, the job waits for its end."""
        lease = lease_of(job)
        try:
            holder = await shielded(asyncio.to_thread(lease.take))
            if holder is None:
                self._not_before.pop(job.id, None)
                if lease.lack:
                    job.set_reason(lease.lack, keep=True)
                await work()
            elif job.phase is JobPhase.STITCHING:
                raise UserInputError(
                    tr(
                        "“{name}” of another Helios process (number {process}) writes the same files now.",
                        name=holder.job_name,
                        process=holder.process,
                    ),
                    tr("Stitch when it is done."),
                )
            else:
                self._wait_for(job, holder)
        finally:
            await shielded(asyncio.to_thread(lease.release))

    def _wait_for(self, job: LiveJob, holder: LeaseHolder) -> None:
        job.set_reason(
            tr(
                "waits for “{name}” of another Helios process (number {process}), which writes the same files",
                name=holder.job_name,
                process=holder.process,
            )
        )
        self._start_later(job)

    def _start_later(self, job: LiveJob) -> None:
        self._not_before[job.id] = time.monotonic() + _LEASE_SECONDS
        asyncio.get_running_loop().call_later(_LEASE_SECONDS, self.start_due)
