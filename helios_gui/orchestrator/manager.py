"""The queue's front door: submit, pause, resume, cancel, retry, move, delete, and hear what happens."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from helios_gui.orchestrator.executor import make_live_job
from helios_gui.orchestrator.job_queue import JobQueue
from helios_gui.orchestrator.journal import Journal
from helios_gui.orchestrator.live_job import LiveChunk, LiveJob
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.orchestrator.scheduler import PoolResolver, Scheduler
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.types import (
    Attempt,
    ChunkState,
    Event,
    FrameVerifier,
    JobExecutionOptions,
    JobSpec,
    JobState,
    JobStatus,
    JobSummary,
    NotFoundError,
    QueueReordered,
    UserInputError,
    VideoStitcher,
    WorkerAdapter,
)

_logger = logging.getLogger(__name__)
Subscriber = Callable[[Sequence[Event]], None]


class JobManager:
    """Keeps the queue of jobs and has them rendered. ``open`` first, ``close`` last, all on one event loop.

    ``pools`` resolves a profile's name; ``local`` runs the merge commands we do not recognise; logs of attempts
    go below ``log_root``.
    """

    def __init__(
        self,
        repository: SqliteJobRepository,
        pools: PoolResolver,
        verify: FrameVerifier,
        stitcher: VideoStitcher,
        local: WorkerAdapter,
        log_root: Path,
    ) -> None:
        self._repository = repository
        self._pools = pools
        self._log_root = log_root
        self._queue = JobQueue(repository)
        self._journal = Journal(repository, self._publish)
        self._scheduler = Scheduler(
            pools, repository, self._queue.in_memory, verify, stitcher, local, log_root, on_end=self._job_ended
        )
        self._subscribers: list[Subscriber] = []
        self._pulse = asyncio.Event()
        self._closing = False

    # -- life ------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Read the journal. Jobs another living process works on are left to it and not listed."""
        await self._repository.open()
        stored = await self._repository.stored_jobs()
        ours = [job for job in stored if job.owner in (None, self._repository.owner)]
        self._queue.fill(ours)
        self._journal.start()
        if [job.summary.position for job in ours] != list(range(len(ours))):
            self._journal.reordered(self._queue.order)  # new jobs are numbered after these

    async def close(self) -> None:
        """Stop all work (what runs becomes *interrupted* and can be resumed), write the journal, let go of it."""
        self._closing = True
        await self._scheduler.stop_all(JobIntent.INTERRUPT, "The app was closed while the job was running.")
        await self._journal.close()
        await self._repository.close()

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Have ``callback`` called on the event loop with batches of events; returns how to end that."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    # -- looking -----------------------------------------------------------------------------------------

    def list_jobs(self) -> list[JobSummary]:
        """Every job, in queue order."""
        return self._queue.summaries()

    async def get_job(self, job_id: str) -> JobStatus | None:
        """One job with its chunks, or ``None``."""
        try:
            return (await self._job(job_id)).status()
        except NotFoundError:
            return None

    async def attempts(self, job_id: str, chunk_id: int | None = None) -> list[Attempt]:
        """The attempts at one chunk (or all of the job's), oldest first."""
        await self._journal.flushed()
        return await self._repository.attempts(job_id, chunk_id)

    async def wait_job(self, job_id: str) -> JobSummary:
        """Wait until nothing more happens to the job by itself: finished, paused, held or interrupted."""
        job = await self._job(job_id)
        while self._scheduler.is_running(job_id) or (job.wants_to_run and job.phase is JobPhase.WAITING):
            self._pulse.clear()
            await self._pulse.wait()
        await self._journal.flushed()
        return job.summary()

    # -- commands ----------------------------------------------------------------------------------------

    async def submit_job(self, spec: JobSpec, options: JobExecutionOptions | None = None, *, start: bool = True) -> str:
        """Put a job at the end of the queue and return its id; with ``start=False`` it waits to be resumed.

        Raises ``UserInputError`` for chunk ids the job does not have and for a folder that is not there.
        """
        options = options or JobExecutionOptions()
        unknown = sorted(set(options.chunk_ids or ()) - {chunk.id for chunk in spec.chunks})
        if unknown:
            last = spec.chunks[-1].id
            raise UserInputError(
                f"The job has no chunk {', '.join(map(str, unknown))}.",
                f"Its chunks are {spec.chunks[0].id} to {last}.",
            )
        self._pools(options.profile)
        job = make_live_job(secrets.token_hex(4), spec, options, self._journal)
        if not await asyncio.to_thread(job.options.job_dir.is_dir):
            raise UserInputError(f"The job's folder {job.options.job_dir} does not exist.")
        self._queue.append(job)
        self._journal.job_added(job)
        await self._journal.flushed()
        if start:
            self._run(job, job.asked_chunks())
        return job.id

    async def resume_job(self, job_id: str) -> None:
        """Let a held, paused, interrupted, cancelled or failed job run. What is completed is not rendered again."""
        job = await self._job(job_id)
        if job.state is JobState.COMPLETED:
            raise UserInputError(
                f"“{job.name}” is completed.", "To render it once more, retry its chunks or duplicate it."
            )
        if job.wants_to_run and (job.is_busy or job.phase is JobPhase.WAITING):
            return
        asked = job.asked_chunks()
        job.reset_chunks(chunk for chunk in asked if chunk.state is not ChunkState.COMPLETED)
        if job.is_busy:
            job.want(JobIntent.RUN)
            self._scheduler.enqueue(job, [])
        else:
            self._run(job, asked)

    async def pause_job(self, job_id: str) -> None:
        """Start no more chunks of the job; those that run come to their end."""
        job = await self._job(job_id)
        if job.wants_to_run and job.phase in (JobPhase.WAITING, JobPhase.EXECUTING):
            running = job.counts[ChunkState.RUNNING]
            job.want(JobIntent.PAUSE, f"{running} running chunks will finish" if running else "")
            self._scheduler.stir(job)
            self._pulse.set()

    async def cancel_job(self, job_id: str) -> None:
        """Stop the job's workers at once and give up its chunks; completed ones are kept. Returns when all is quiet."""
        job = await self._job(job_id)
        if job.phase is JobPhase.ENDED:
            return
        job.want(JobIntent.CANCEL, "cancelled")
        await self._scheduler.stop(job)
        if job.state is not JobState.CANCELLED:
            for chunk in job.chunks_in(ChunkState.PENDING):
                job.move_chunk(chunk, ChunkState.CANCELLED)
            job.enter(JobPhase.ENDED, reason="cancelled")
        self._pulse.set()
        await self._journal.flushed()

    async def retry_chunks(self, job_id: str, chunk_ids: Collection[int] | None = None) -> None:
        """Render these chunks (``None``: all that failed) again, whatever became of them, then stitch anew."""
        job = await self._job(job_id)
        if job.phase is JobPhase.STITCHING:
            raise UserInputError(f"“{job.name}” is being stitched.", "Retry when it is done, or cancel it first.")
        if chunk_ids is None:
            chosen = job.chunks_in(ChunkState.FAILED)
        else:
            unknown = [chunk_id for chunk_id in chunk_ids if chunk_id not in job.by_id]
            if unknown:
                raise NotFoundError(f"“{job.name}” has no chunk {', '.join(map(str, unknown))}.")
            chosen = [job.by_id[chunk_id] for chunk_id in chunk_ids]
        reset = job.reset_chunks(chosen, "asked for again")
        if reset and job.phase is JobPhase.EXECUTING:
            self._scheduler.enqueue(job, reset)
        elif reset:
            self._run(job, reset)

    async def restitch(self, job_id: str, *, reencode: bool = False) -> None:
        """Make the final file once more from the chunks as they are; ``reencode`` where they do not match."""
        job = await self._job(job_id)
        if job.is_busy or self._scheduler.is_running(job_id):
            raise UserInputError(f"“{job.name}” is still running.")
        left = len(job.chunks) - job.counts[ChunkState.COMPLETED]
        if left:
            raise UserInputError(f"{left} chunks of “{job.name}” are not rendered yet.", "Render them first.")
        job.want(JobIntent.RUN)
        self._scheduler.start_stitch(job, reencode=reencode)

    async def move_job(self, job_id: str, position: int) -> None:
        """Put the job at another place in the queue (0 is first); it takes effect with the next free worker."""
        await self._job(job_id)
        self._queue.move(job_id, position)
        self._journal.reordered(self._queue.order)
        self._scheduler.kick()
        await self._journal.flushed()

    async def duplicate_job(self, job_id: str) -> str:
        """The same job once more, at the end of the queue, held; returns the new id."""
        job = await self._job(job_id)
        return await self.submit_job(job.spec, job.options, start=False)

    async def set_profile(self, job_id: str, profile: str) -> None:
        """Have the job rendered through another profile from now on; not while it runs."""
        job = await self._job(job_id)
        self._pools(profile)
        if job.is_busy:
            raise UserInputError(f"“{job.name}” is running.", "Pause it before you change its profile.")
        job.change_options(job.options.model_copy(update={"profile": profile}))
        self._scheduler.kick()

    async def delete_job(self, job_id: str) -> None:
        """Cancel the job if it runs, and forget it with its logs. Rendered files stay where they are."""
        await self.cancel_job(job_id)
        self._queue.remove(job_id)
        self._journal.job_removed(job_id)
        self._journal.reordered(self._queue.order)
        await self._journal.flushed()
        await asyncio.to_thread(shutil.rmtree, self._log_root / job_id, ignore_errors=True)

    # -- inside --------------------------------------------------------------------------------------------

    async def _job(self, job_id: str) -> LiveJob:
        return await self._queue.load(job_id, self._journal)

    def _run(self, job: LiveJob, chunks: Sequence[LiveChunk]) -> None:
        job.enter(JobPhase.WAITING)
        job.want(JobIntent.RUN)
        self._scheduler.enqueue(job, chunks)

    def _job_ended(self) -> None:
        self._pulse.set()
        if not self._closing:
            self._scheduler.kick()

    def _publish(self, events: Sequence[Event]) -> None:
        for subscriber in tuple(self._subscribers):
            try:
                subscriber(events)
            except Exception:
                _logger.exception("a subscriber failed")
        if any(not isinstance(event, QueueReordered) for event in events):
            self._pulse.set()
