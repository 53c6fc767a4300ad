"""Starts the jobs whose turn it is, within the limits of their profiles, and sees them to their end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator
from pathlib import Path

from helios_gui.orchestrator.executor import JobExecutor
from helios_gui.orchestrator.live_job import LiveChunk, LiveJob
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.orchestrator.slots import SlotGate
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.types import (
    FrameVerifier,
    HeliosError,
    VideoStitcher,
    WorkerAdapter,
    WorkerPool,
)

_logger = logging.getLogger(__name__)

PoolResolver = Callable[[str], WorkerPool]


class _Running:
    """A job that is being worked on: the task and its executor."""

    def __init__(self, job: LiveJob, executor: JobExecutor, task: asyncio.Task[None]) -> None:
        self.job = job
        self.executor = executor
        self.task = task


class Scheduler:
    """Turns "this job wants to run" into a running executor.

    ``pools`` gives the worker pool of a profile by name; ``waiting`` lists the jobs in queue order.
    """

    def __init__(
        self,
        pools: PoolResolver,
        repository: SqliteJobRepository,
        waiting: Callable[[], Iterator[LiveJob]],
        verify: FrameVerifier,
        stitcher: VideoStitcher,
        local: WorkerAdapter,
        log_root: Path,
        on_end: Callable[[], None],
    ) -> None:
        self._pools = pools
        self._repository = repository
        self._waiting = waiting
        self._verify = verify
        self._stitcher = stitcher
        self._local = local
        self._log_root = log_root
        self._on_end = on_end
        self._gates: dict[str, SlotGate] = {}
        self._running: dict[str, _Running] = {}
        self._chunks: dict[str, list[LiveChunk]] = {}

    def is_running(self, job_id: str) -> bool:
        """Whether a task works on the job."""
        return job_id in self._running

    def enqueue(self, job: LiveJob, chunks: Collection[LiveChunk]) -> None:
        """Have these chunks rendered as soon as it is the job's turn."""
        running = self._running.get(job.id)
        if running is not None and running.executor.add(chunks):
            return
        self._chunks[job.id] = list(chunks)
        self.kick()

    def kick(self) -> None:
        """Start every job that may run now."""
        for job in list(self._waiting()):
            if job.wants_to_run and job.phase is JobPhase.WAITING and job.id not in self._running:
                self._consider(job)

    def stir(self, job: LiveJob) -> None:
        """The job was paused."""
        if job.id in self._running:
            self._running[job.id].executor.stir()

    def start_stitch(self, job: LiveJob, *, reencode: bool) -> None:
        """Stitch the job's finished chunks once more, now."""
        pool = self._pools(job.options.profile)
        executor = self._executor(pool, job)
        self._start(job, executor, lambda: executor.stitch(job, reencode=reencode))

    async def stop(self, job: LiveJob) -> None:
        """End the work on a job; returns when nothing of it runs any more."""
        running = self._running.get(job.id)
        if running is not None:
            running.task.cancel()
            await asyncio.wait([running.task])

    async def stop_all(self, intent: JobIntent, reason: str) -> None:
        """End all work, leaving each job with this intent."""
        running = list(self._running.values())
        for entry in running:
            entry.job.want(intent, reason)
        await asyncio.gather(*(self.stop(entry.job) for entry in running))

    def _consider(self, job: LiveJob) -> None:
        try:
            pool = self._pools(job.options.profile)
        except HeliosError as error:
            job.enter(JobPhase.ENDED, problem=" ".join(filter(None, (f"{error}", error.hint))))
            return
        others = [entry.job for entry in self._running.values()]
        same_profile = [other for other in others if other.options.profile == job.options.profile]
        rival = next((other for other in others if _write_same_files(job, other)), None)
        if rival is not None:
            self._explain(job, f"waits for “{rival.name}”, which writes the same files")
        elif len(same_profile) >= pool.max_jobs:
            self._explain(job, "waits for its turn")
        else:
            executor = self._executor(pool, job)
            chunks = self._chunks.pop(job.id, job.chunks)
            self._start(job, executor, lambda: executor.run(job, chunks))

    def _explain(self, job: LiveJob, reason: str) -> None:
        if job.reason != reason:
            job.want(job.intent, reason)

    def _executor(self, pool: WorkerPool, job: LiveJob) -> JobExecutor:
        """An executor over the profile's slots; a job that asks for more chunks in flight gets the profile more."""
        jobs = [job, *(entry.job for entry in self._running.values() if entry.job.options.profile == pool.name)]
        capacity = max(pool.policy.concurrency, *(other.options.concurrency or 1 for other in jobs))
        gate = self._gates.setdefault(pool.name, SlotGate(capacity))
        gate.resize(capacity)
        return JobExecutor(pool, self._verify, self._stitcher, local=self._local, gate=gate, log_root=self._log_root)

    def _start(self, job: LiveJob, executor: JobExecutor, work: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(self._see_through(job, work), name=f"job {job.id}")
        self._running[job.id] = _Running(job, executor, task)

    async def _see_through(self, job: LiveJob, work: Callable[[], Awaitable[None]]) -> None:
        try:
            if await self._repository.claim(job.id):
                await work()
            else:
                job.want(JobIntent.HOLD, "Another Helios process is rendering this job.")
        except Exception as error:
            # A defect of ours must not leave the job looking alive: end it, and say so.
            _logger.exception("job %s ended by an unexpected error", job.id)
            job.enter(JobPhase.ENDED, problem=f"An unexpected error ended the job: {error!r}")
        finally:
            await asyncio.shield(self._repository.release(job.id))
            del self._running[job.id]
            self._on_end()


def _write_same_files(one: LiveJob, other: LiveJob) -> bool:
    if one.options.job_dir != other.options.job_dir:
        return one.output == other.output
    return not _outputs(one).isdisjoint(_outputs(other))


def _outputs(job: LiveJob) -> set[Path]:
    return {job.output, *(job.output_of(chunk) for chunk in job.chunks)}
