"""The queue's front door: submit, pause, resume, cancel, retry, move, delete, and hear what happens."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from helios_gui.orchestrator.blocked_profile_monitor import BlockedProfileMonitor
from helios_gui.orchestrator.chunk_places import OutputRecords
from helios_gui.orchestrator.deletions import Deletions
from helios_gui.orchestrator.estimates import Estimates
from helios_gui.orchestrator.executor import executor_maker
from helios_gui.orchestrator.job_queue import JobQueue
from helios_gui.orchestrator.job_repository import JobRepository
from helios_gui.orchestrator.journal import Journal
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.orchestrator.option_changes import OptionChanges
from helios_gui.orchestrator.other_processes import OtherProcesses
from helios_gui.orchestrator.removed_jobs import RemovedJobs
from helios_gui.orchestrator.replacements import Replacements, SessionVideoRecords, VideoRecords
from helios_gui.orchestrator.scheduler import PoolResolver, Scheduler
from helios_gui.orchestrator.standings import Standings
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.orchestrator.subscribers import Subscriber, Subscribers
from helios_gui.translation import tr, tr_count
from helios_gui.types import (
    Attempt,
    ChunkState,
    Event,
    FrameVerifier,
    HeliosError,
    JobChanged,
    JobExecutionOptions,
    JobSpec,
    JobState,
    JobStatus,
    JobSummary,
    NotFoundError,
    UserInputError,
    VideoStitcher,
    WorkerAdapter,
)
from helios_gui.utils.shielded import shielded


class JobManager:
    """Keeps the queue of jobs and has them rendered. ``open`` first, ``close`` last, all on one event loop.

    ``pools`` resolves a profile's name; ``local`` runs the merge commands we do not recognise; logs of attempts
    go below ``log_root``.
    """

    def __init__(
        self,
        repository: JobRepository,
        pools: PoolResolver,
        verify: FrameVerifier,
        stitcher: VideoStitcher,
        local: WorkerAdapter,
        log_root: Path,
    ) -> None:
        self._repository = repository
        self._journal = Journal(repository, self._publish)
        self._queue = JobQueue(repository, self._journal)
        records = repository if isinstance(repository, VideoRecords) else SessionVideoRecords()
        outputs = repository if isinstance(repository, OutputRecords) else None
        self.replacements = Replacements(self._queue, records, outputs, self._journal.flushed)
        self.estimates = Estimates(self._queue, repository, self._journal)
        self._pools = pools
        self._removed = RemovedJobs(self._queue, repository, self._journal, log_root)
        make_executor = executor_maker(verify, stitcher, local, log_root, self._journal.flushed, records, outputs)
        self.standings = Standings(self._queue, self._job_to_change, lambda: self._scheduler.start_due())
        waiting, obstacle = self._queue.in_memory, self.standings.obstacle
        self._scheduler = Scheduler(
            pools, make_executor, repository, self._journal, waiting, obstacle, on_end=self._job_ended
        )
        self.options = OptionChanges(pools, self._job_to_change, self._scheduler.is_running, self._scheduler.start_due)
        self._blocked_monitor = BlockedProfileMonitor(pools, self._queue.in_memory, self._continue_blocked)
        self._others = OtherProcesses(repository, self._queue, self._scheduler.is_running, self._scheduler.start_due)
        self._subscribers = Subscribers()
        self._pulse = asyncio.Event()
        self._deletions = Deletions(self._job_to_change, self._end_for_good, self.standings, self._removed)
        self._closing = False

    # -- life ------------------------------------------------------------------------------------------

    async def open(self) -> None:
        """Read the journal. Jobs another living process works on are left to it, and marked as being elsewhere."""
        try:
            await self._repository.open()
            await self._queue.fill()
            await self._removed.open()
        except BaseException:
            await shielded(self._repository.close())
            raise
        self._journal.start()
        self._others.start()

    async def close(self) -> None:
        """Stop all work (what runs becomes *interrupted* and can be resumed), write the journal, let go of it.

        Cancelling this kills at once what would have been given time to end; the journal is written all the same.
        """
        self._closing = True
        try:
            await self._scheduler.stop_all(tr("The app was closed while the job was running."))
        finally:
            self._pulse.set()
            await shielded(self._close_journal())

    def subscribe(self, callback: Subscriber) -> Callable[[], None]:
        """Have ``callback`` called on the event loop with batches of events; returns how to end that."""
        return self._subscribers.add(callback)

    def announce(self, event: Event) -> None:
        """Tell the subscribers something that others have found out."""
        self._publish([event])

    # -- looking -----------------------------------------------------------------------------------------

    def list_jobs(self) -> list[JobSummary]:
        """Return every job, in queue order."""
        return self._queue.summaries()

    def find_jobs(self, job_ids: Collection[str]) -> list[JobSummary]:
        """Return those of some jobs that are in the queue, in its order."""
        return self._queue.find_all(job_ids)

    def find_jobs_where(self, test: Callable[[JobSummary], bool]) -> list[JobSummary]:
        """Return the jobs that pass a test, in queue order. The test must not ask for their positions."""
        return self._queue.find_where(test)

    async def get_job(self, job_id: str) -> JobStatus | None:
        """Return one job with its chunks, or ``None`` if it is not in the queue."""
        try:
            return await self._queue.status(job_id)
        except NotFoundError:
            return None

    async def attempts(self, job_id: str, chunk_id: int | None = None) -> list[Attempt]:
        """Return the attempts at one chunk (``None``: at all chunks of the job), oldest first."""
        await self._journal.flushed()
        return await self._repository.attempts(job_id, chunk_id)

    async def wait_job(self, job_id: str, *, while_blocked: bool = False) -> JobSummary:
        """Wait until nothing more happens to the job by itself: finished, paused, held or interrupted.

        ``while_blocked``: also until somebody has fixed what a blocked job waits for.
        """
        job = await self._queue.load(job_id)
        while self._scheduler.is_running(job_id) or not job.is_idle or (while_blocked and self._may_go_on(job)):
            self._pulse.clear()
            await self._pulse.wait()
        await self._journal.flushed()
        return job.summary()

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Have what many commands change within the context written and told at once. Give them without a break."""
        with self._journal.collecting(), self._scheduler.start_once():
            yield

    # -- commands ----------------------------------------------------------------------------------------

    async def submit_job(self, spec: JobSpec, options: JobExecutionOptions | None = None, *, start: bool = True) -> str:
        """Put a job at the end of the queue and return its id; with ``start=False`` it waits to be resumed.

        Raises:
            NotFoundError: The profile, or a job that it is to start after, does not exist.
            UserInputError: The job has no such chunk, its folder does not exist, or the profile cannot be used.
            HeliosError: The manager is closing.
        """
        options = options or JobExecutionOptions()
        self._pools(options.profile)
        self.standings.check_after(options.standing.after)
        job = make_live_job(secrets.token_hex(4), spec, options, self._journal)
        if not await asyncio.to_thread(job.options.job_dir.is_dir):
            raise UserInputError(tr("The job's folder {job_dir} does not exist.", job_dir=job.options.job_dir))
        self._refuse_when_closing()
        self._queue.append(job)
        if start:
            self._run_job(job, job.request_chunks(job.selected_chunks()))
        await self._journal.flushed()
        return job.id

    async def resume_job(self, job_id: str) -> None:
        """Let a held, paused, interrupted, cancelled or failed job run. What is completed is not rendered again.

        A job of which only some chunks were requested, and are completed, continues with the others.

        Raises:
            NotFoundError: The job is not in the queue.
            UserInputError: The job is completed, or another process is rendering it.
            HeliosError: The manager is closing.
        """
        job = await self._job_to_change(job_id)
        if job.state is JobState.COMPLETED:
            raise UserInputError(
                tr("“{job}” is completed.", job=job.name),
                tr("To render it once more, retry its chunks or duplicate it."),
            )
        if job.wants_to_run and not job.is_idle:
            return
        left = [chunk for chunk in job.chunks if chunk.state is not ChunkState.COMPLETED]
        asked = set(job.selected_chunks())
        self._run_job(job, job.request_chunks([chunk for chunk in left if chunk in asked] or left))

    async def pause_job(self, job_id: str) -> None:
        """Start no more chunks of the job; chunks that are running are finished.

        Raises:
            NotFoundError: The job is not in the queue.
            UserInputError: Another process is rendering the job.
            HeliosError: The manager is closing.
        """
        job = await self._job_to_change(job_id)
        if job.wants_to_run and job.phase in (JobPhase.WAITING, JobPhase.EXECUTING):
            running = job.counts[ChunkState.RUNNING]
            job.set_intent(
                JobIntent.PAUSE,
                tr_count("{number} running chunk will finish", "{number} running chunks will finish", running)
                if running
                else "",
            )
            self._scheduler.wake(job)
            self._pulse.set()
        elif job.blocked:
            job.set_intent(JobIntent.PAUSE)  # and so it stays, whoever signs in
            self._pulse.set()

    async def cancel_job(self, job_id: str) -> None:
        """Stop the job's workers at once and give up its chunks; completed ones are kept. Returns when all is quiet.

        A job that has ended stays as it is.

        Raises:
            NotFoundError: The job is not in the queue.
            UserInputError: Another process is rendering the job.
            HeliosError: The manager is closing.
        """
        job = await self._job_to_change(job_id)
        while not job.state.is_finished:
            await self._cancel(job)
            await self._journal.flushed()
            if job.wants_to_run:
                return  # it was asked to run again in the meantime
            await self._queue.catch_up(job)  # another process may have changed it: then it is cancelled as it is now

    async def retry_chunks(self, job_id: str, chunk_ids: Collection[int] | None = None) -> None:
        """Render these chunks (``None``: all that failed) again, whatever became of them, then stitch anew.

        Chunks that wait or run already stay as they are. A paused job stays paused.

        Raises:
            NotFoundError: The job is not in the queue, or has no such chunk.
            UserInputError: The job is being stitched, or another process is rendering it.
            HeliosError: The manager is closing.
        """
        job = await self._job_to_change(job_id)
        if job.phase is JobPhase.STITCHING:
            raise UserInputError(
                tr("“{job}” is being stitched.", job=job.name), tr("Retry when it is done, or cancel it first.")
            )
        chosen = job.chunks_in(ChunkState.FAILED) if chunk_ids is None else job.chunks_of(chunk_ids)
        asked = job.request_chunks(chosen, tr("asked for again"))
        job.mark_verified(asked)
        if asked and job.intent is JobIntent.PAUSE:
            self._scheduler.enqueue(job, asked)
        elif asked:
            self._run_job(job, asked)

    async def restitch(self, job_id: str, *, reencode: bool = False, output: Path | None = None) -> None:
        """Make the final file once more from the chunks as they are.

        Args:
            job_id: The job.
            reencode: Encode chunks that do not match the others, instead of refusing them.
            output: The final file's absolute path from now on, if it can be made; ``None`` leaves it as it is.

        Raises:
            NotFoundError: The job is not in the queue.
            UserInputError: The job is still running, has chunks that are not rendered, or another job or process
                is writing its files.
            HeliosError: The manager is closing.
        """
        job = await self._job_to_change(job_id)
        if not job.is_idle:
            raise UserInputError(tr("“{job}” is still running.", job=job.name))
        left = len(job.chunks) - job.counts[ChunkState.COMPLETED]
        if left:
            raise UserInputError(
                tr_count(
                    "{number} chunk of “{job}” not rendered yet.",
                    "{number} chunks of “{job}” not rendered yet.",
                    left,
                    job=job.name,
                ),
                tr("Render first."),
            )
        self._scheduler.start_stitch(job, reencode=reencode, output=output)

    async def move_job(self, job_id: str, position: int) -> None:
        """Put the job at another place in the queue (0 is first); it takes effect with the next free worker.

        Raises:
            NotFoundError: The job is not in the queue.
        """
        await self.move_jobs([job_id], position)

    async def move_jobs(self, job_ids: Sequence[str], position: int) -> None:
        """Put jobs side by side, in this order, at another place in the queue (0 is first), counted without them.

        Raises:
            NotFoundError: One of the jobs is not in the queue; none is moved.
        """
        self._queue.move(job_ids, position)
        self._scheduler.start_due()
        await self._journal.flushed()

    async def duplicate_job(self, job_id: str, profile: str = "") -> str:
        """Add the same job once more at the end of the queue, held, and return the new id.

        With a ``profile``, the copy is rendered through that one.

        An agreement to replace a file was given for the one job: it is not copied.

        Raises:
            NotFoundError: The job is not in the queue, or its profile does not exist.
            UserInputError: The job's folder does not exist any more.
            HeliosError: The manager is closing.
        """
        job = await self._queue.load(job_id)
        changes = {"overwrite": False, "profile": profile or job.options.profile}
        options = job.options.model_copy(update=changes)
        return await self.submit_job(job.spec, options, start=False)

    async def delete_job(self, job_id: str, *, restorable: bool = False) -> None:
        """Cancel the job if it runs, and forget it with its logs. Rendered files stay where they are.

        A ``restorable`` job, with its logs, is kept until the manager is closed: see ``restore_jobs``.

        Raises:
            NotFoundError: The job is not in the queue.
            UserInputError: Another process is rendering the job.
            HeliosError: The manager is closing.
        """
        for error in (await self.delete_jobs([job_id], restorable=restorable)).values():
            raise error

    async def delete_jobs(self, job_ids: Collection[str], *, restorable: bool = False) -> dict[str, HeliosError]:
        """Delete many jobs at once; see ``delete_job``.

        Returns:
            By their ids, why jobs cannot be deleted. All others are.
        """
        return await self._deletions.delete(job_ids, restorable=restorable)

    async def restore_jobs(self, job_ids: Sequence[str]) -> None:
        """Bring back restorable jobs that were deleted, to their places in the queue; what ran is to be resumed.

        Raises:
            NotFoundError: One of them cannot be brought back; none is.
            HeliosError: The manager is closing.
        """
        self._refuse_when_closing()
        await self._removed.restore(job_ids)

    def check_blocked(self) -> None:
        """Check now whether what blocks jobs is fixed."""
        self._blocked_monitor.check_now()

    # -- inside --------------------------------------------------------------------------------------------

    async def _job_to_change(self, job_id: str) -> LiveJob:
        """Return the job when nothing of its last run is left to do, in the state other processes have left it in."""
        job = await self._queue.load(job_id)
        if job.is_idle and not self._closing:
            await self._scheduler.wait_idle(job)
        if not (job.is_busy or self._scheduler.is_running(job_id) or self._closing):
            await self._queue.catch_up(job)
        if job_id in self._deletions or job_id not in self._queue:
            raise NotFoundError(tr("“{job}” is being removed from the queue.", job=job.name))
        self._refuse_when_closing()
        return job

    def _run_job(self, job: LiveJob, chunks: Sequence[LiveChunk]) -> None:
        """Have the job run, with these chunks newly asked for: from now on where it is busy, else in its turn."""
        if not job.is_busy:
            job.enter_phase(JobPhase.WAITING)
        job.set_intent(JobIntent.RUN)
        self._scheduler.enqueue(job, chunks)

    async def _cancel(self, job: LiveJob) -> None:
        """Cancel the job, unless it was asked to run again in the meantime."""
        was_busy = job.is_busy
        job.set_intent(JobIntent.CANCEL, tr("is being stopped"))
        await self._scheduler.stop(job)
        if job.intent is JobIntent.CANCEL and (job.unverified or not was_busy):
            await self._scheduler.clean_up_attempts(job)
        if job.intent is JobIntent.CANCEL and job.state is not JobState.COMPLETED:
            job.end_early()
        self._pulse.set()

    async def _end_for_good(self, job: LiveJob) -> None:
        """Stop the job, and have everybody remove what they keep of it."""
        if not job.state.is_finished:
            await self._cancel(job)
        await self._scheduler.dispose(job)

    async def _close_journal(self) -> None:
        try:
            await self._removed.close()
            await self._others.close()
            await self._blocked_monitor.close()
            await self._journal.close()
        finally:
            await self._repository.close()

    def _refuse_when_closing(self) -> None:
        if self._closing:
            raise HeliosError(tr("Helios Render Manager is closing."))

    async def _continue_blocked(self, job: LiveJob) -> None:
        """Resume a job whose block has ended. Chunks that failed for reasons of their own are left alone."""
        with contextlib.suppress(HeliosError):  # another process took it on, or the app is closing
            await self._job_to_change(job.id)
            if job.blocked:
                self._run_job(job, ())

    def _may_go_on(self, job: LiveJob) -> bool:
        return bool(job.blocked or job.summary().held_up) and not self._closing and job.id in self._queue

    def _job_ended(self) -> None:
        self._pulse.set()
        self._scheduler.start_due()

    def _publish(self, events: Sequence[Event]) -> None:
        events = self._queue.as_seen(events)
        self._subscribers.publish(events)
        self.standings.take(events)
        if any(isinstance(event, JobChanged) and event.summary.blocked for event in events):
            self._blocked_monitor.watch()
        self._pulse.set()
