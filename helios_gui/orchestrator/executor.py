"""Runs one job from its chunks to its finished file."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Collection
from pathlib import Path

from helios_gui.orchestrator.attempts import AttemptRunner
from helios_gui.orchestrator.benches import WORK_FOLDER, Benches
from helios_gui.orchestrator.delivery import Delivery, failed_chunks_in_words
from helios_gui.orchestrator.job_run import JobRun
from helios_gui.orchestrator.live_job import ChangeListener, LiveChunk, LiveJob
from helios_gui.orchestrator.reconcile import reconcile
from helios_gui.orchestrator.slots import SlotGate
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.types import (
    ChunkState,
    FrameVerifier,
    HeliosError,
    JobExecutionOptions,
    JobSpec,
    JobState,
    UserInputError,
    VideoStitcher,
    WorkerAdapter,
    WorkerPool,
)
from helios_gui.utils.merge_command import file_stem, final_output


class RenderFailedError(HeliosError):
    """A job did not come to its end; the message says which chunk failed and why."""


class JobExecutor:
    """Runs jobs through one worker pool. A program that needs no queue and no journal uses just this:

    ``await JobExecutor(WorkerPool("here", LocalAdapter()), MediaVerifier(), FfmpegStitcher()).execute(spec, options)``
    """

    def __init__(
        self,
        pool: WorkerPool,
        verify: FrameVerifier,
        stitcher: VideoStitcher,
        *,
        local: WorkerAdapter | None = None,
        gate: SlotGate | None = None,
        log_root: Path | None = None,
    ) -> None:
        self._pool = pool
        self._verify = verify
        self._stitcher = stitcher
        self._local = local or pool.adapter
        self._gate = gate or SlotGate(pool.policy.concurrency)
        self._log_root = log_root
        self._run: JobRun | None = None

    async def execute(
        self, job: JobSpec, options: JobExecutionOptions | None = None, listener: ChangeListener | None = None
    ) -> None:
        """Render and stitch a job; returns when its output is there and verified.

        Raises ``RenderFailedError`` when it does not come to that. Chunks that are done stay on disk.
        """
        live = make_live_job(secrets.token_hex(4), job, options or JobExecutionOptions(), listener)
        live.want(JobIntent.RUN)
        await self.run(live, live.asked_chunks())
        if live.state is JobState.FAILED:
            raise RenderFailedError(live.problem)

    async def run(self, job: LiveJob, chunks: Collection[LiveChunk]) -> None:
        """Render ``chunks`` of the job as long as it wants to run, then stitch if it is complete.

        Failures end up in the job's state, not in an exception. Cancelling the task stops all workers; what the
        job is then follows from its intent (*cancel* or *interrupt*).
        """
        job.enter(JobPhase.EXECUTING)
        try:
            await self._check_folder(job)
            if job.needs_reconciling:
                await reconcile(job, self._pool.adapter, self._verify)
            stopped = await self._render(job, chunks)
            await self._conclude(job, stopped)
        except asyncio.CancelledError:
            self._stop(job)
            raise
        except HeliosError as error:
            job.enter(JobPhase.ENDED, problem=" ".join(filter(None, (f"{error}", error.hint))))

    def add(self, chunks: Collection[LiveChunk]) -> bool:
        """More chunks for the run that is under way; ``False`` when there is none that could take them."""
        if self._run is None:
            return False
        self._run.add(chunks)
        return True

    def stir(self) -> None:
        """The job's intent changed: let waiting lanes notice."""
        if self._run is not None:
            self._run.stir()

    async def _render(self, job: LiveJob, chunks: Collection[LiveChunk]) -> str:
        pool = self._pool
        policy = pool.policy.merged(job.options)
        benches = Benches(job.options.job_dir, job.id)
        await asyncio.to_thread(benches.remove)
        runner = AttemptRunner(pool.adapter, self._verify, benches, self._logs_of(job), pool.environment)
        waiting = [chunk for chunk in chunks if chunk.state is ChunkState.PENDING]
        self._run = JobRun(job, waiting, runner, policy, self._gate)
        try:
            return await self._run.work()
        finally:
            self._run = None
            await runner.clean_up()

    async def _conclude(self, job: LiveJob, stopped: str) -> None:
        """What comes after the last chunk: a stitch, or the reason why there is none."""
        if not job.wants_to_run:
            job.enter(JobPhase.WAITING, reason=job.reason)
            return
        failed = [(chunk.spec.id, chunk.reason) for chunk in job.chunks_in(ChunkState.FAILED)]
        if failed:
            words = failed_chunks_in_words(job, failed)
            job.enter(JobPhase.ENDED, problem=f"{words} ({stopped})" if stopped else words)
        elif job.counts[ChunkState.COMPLETED] < len(job.chunks):
            done = job.counts[ChunkState.COMPLETED]
            job.enter(JobPhase.ENDED, reason=f"{done} of {len(job.chunks)} chunks rendered, as asked")
        elif job.options.merge:
            await self.stitch(job)
        else:
            job.deliver(f"{len(job.chunks)} chunks, {job.frames_total} frames, not stitched, as asked")
            job.enter(JobPhase.ENDED)

    async def stitch(self, job: LiveJob, *, reencode: bool = False) -> None:
        """Stitch a job whose chunks are all completed. Problems end up in the job's state."""
        job.enter(JobPhase.STITCHING)
        delivery = Delivery(self._stitcher, self._local, self._verify, self._logs_of(job))
        try:
            report = await delivery.deliver(job, reencode=reencode or job.options.reencode)
        except asyncio.CancelledError:
            self._stop(job)
            raise
        except HeliosError as error:
            problem = " ".join(filter(None, (f"{error}", error.hint)))
            job.enter(JobPhase.ENDED, problem=f"{problem} The rendered chunks are kept.")
            return
        job.deliver(report)
        job.enter(JobPhase.ENDED)

    def _stop(self, job: LiveJob) -> None:
        """The run was cancelled from outside, and nothing runs any more."""
        if job.intent is JobIntent.CANCEL:
            for chunk in job.chunks_in(ChunkState.PENDING):
                job.move_chunk(chunk, ChunkState.CANCELLED)
            job.enter(JobPhase.ENDED, reason=job.reason)
        else:
            job.enter(JobPhase.WAITING, reason=job.reason)

    async def _check_folder(self, job: LiveJob) -> None:
        folder = job.options.job_dir
        writable = await asyncio.to_thread(lambda: folder.is_dir() and os.access(folder, os.W_OK | os.X_OK))
        if not writable:
            raise UserInputError(
                f"The job's folder {folder} is missing or cannot be written to.",
                "Bring it back, or change its permissions, and render again.",
            )

    def _logs_of(self, job: LiveJob) -> Path:
        return self._log_root or job.options.job_dir / f"{WORK_FOLDER}-logs"


def make_live_job(
    job_id: str, spec: JobSpec, options: JobExecutionOptions, listener: ChangeListener | None = None
) -> LiveJob:
    """A new job, named after itself, its file or its folder, in that order."""
    options = options.model_copy(update={"job_dir": options.job_dir.absolute()})
    output = (options.output or final_output(spec, options.job_dir, options.source)).absolute()
    return LiveJob(job_id, spec, options, output, name=_name(spec, options), listener=listener)


def _name(spec: JobSpec, options: JobExecutionOptions) -> str:
    stem = file_stem(options.source.name) if options.source is not None else ""
    if spec.name or stem.lower() not in ("", "job", "render"):
        return spec.name or stem
    return options.job_dir.absolute().name or spec.id or "Job"
