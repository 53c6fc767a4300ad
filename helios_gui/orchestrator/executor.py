"""Runs one job from its chunks to its finished file."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path

from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs
from helios_gui.orchestrator.attempts import AttemptRunner
from helios_gui.orchestrator.chunk_places import OutputRecords, finished_by_notes, refuse_others_files
from helios_gui.orchestrator.concurrency_gate import ConcurrencyGate
from helios_gui.orchestrator.delivery import Delivery
from helios_gui.orchestrator.execution_callbacks import CallbackListener, ExecutionCallbacks
from helios_gui.orchestrator.job_files import ends_as_frames
from helios_gui.orchestrator.job_messages import upload_in_words, with_kept_note, with_replaced_note
from helios_gui.orchestrator.job_run import JobRun
from helios_gui.orchestrator.kept_outputs import find_written_in_place
from helios_gui.orchestrator.leftovers import clear_leftovers, end_orphans
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import ChangeListener, LiveJob
from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.orchestrator.output_leases import lease_of
from helios_gui.orchestrator.preflight import check_places
from helios_gui.orchestrator.reconcile import (
    accept_completed,
    keep_finished,
    reconcile,
    renew_replaced,
    stop_leftover_workers,
)
from helios_gui.orchestrator.replacements import (
    Claim,
    VideoRecords,
    claim_place,
    completes_job,
    record_delivery,
    refuse_replacement,
    restore_earlier,
    settle_claim,
)
from helios_gui.orchestrator.same_outputs import with_same_outputs_note
from helios_gui.orchestrator.states import JobIntent, JobPhase
from helios_gui.stitcher.workspace import WORK_FOLDER, remove_delivered
from helios_gui.translation import tr, tr_count
from helios_gui.types import (
    ChunkState,
    CredentialsError,
    ExecutionPolicy,
    FrameVerifier,
    HeliosError,
    JobContext,
    JobExecutionOptions,
    JobSpec,
    JobState,
    VideoStitcher,
    WorkerAdapter,
    WorkerPool,
)
from helios_gui.types.errors import error_in_words
from helios_gui.types.protocols import costs_nothing
from helios_gui.types.waits import WaitReason
from helios_gui.utils.failed_chunks import failed_chunks_in_words
from helios_gui.utils.shielded import shielded

_logger = logging.getLogger(__name__)
_LEASE_SECONDS = 0.5


async def nothing_to_write() -> bool:
    """Return at once: there is no journal."""
    return True


class RenderFailedError(HeliosError):
    """A job did not come to its end; the message says which chunk failed and why."""


class JobExecutor:
    """Runs jobs through one adapter, also for programs that need no queue and no journal.

    ``await JobExecutor(LocalAdapter(), MediaVerifier(), FfmpegStitcher()).execute(spec, options)``

    ``policy`` is what counts where a job's options leave something open; ``environment`` is added to every chunk's;
    ``local`` runs merge commands we do not recognise (default: the adapter). ``records`` remembers which job made which
    video, and ``outputs`` what chunks have made; without them, they replace whatever is in their places. ``written``
    waits until the journal has what has happened so far, and says whether it has.
    """

    def __init__(
        self,
        adapter: WorkerAdapter,
        verify: FrameVerifier,
        stitcher: VideoStitcher,
        *,
        policy: ExecutionPolicy | None = None,
        environment: Mapping[str, str] | None = None,
        price_of: Callable[[float], float] = costs_nothing,
        local: WorkerAdapter | None = None,
        gate: ConcurrencyGate | None = None,
        log_root: Path | None = None,
        written: Callable[[], Awaitable[bool]] = nothing_to_write,
        records: VideoRecords | None = None,
        outputs: OutputRecords | None = None,
    ) -> None:
        self._adapter = adapter
        self._verify = verify
        self._stitcher = stitcher
        self._policy = policy or ExecutionPolicy()
        self._environment = environment or {}
        self._price_of = price_of
        self._local = local or adapter
        self._gate = gate
        self._log_root = log_root
        self._written = written
        self._records = records
        self._outputs = outputs
        self._notes = outputs.notes if outputs is not None else None
        self._are_notes_new = False
        self._replaced = 0
        self._run: JobRun | None = None
        self._wait: WaitReason | None = None
        self._prepared = False
        self._callbacks = ExecutionCallbacks()

    @property
    def adapter(self) -> WorkerAdapter:
        """What renders."""
        return self._adapter

    async def execute(
        self,
        job: JobSpec,
        options: JobExecutionOptions | None = None,
        listener: ChangeListener | None = None,
        *,
        callbacks: ExecutionCallbacks | None = None,
        completed_chunk_ids: Collection[int] = (),
    ) -> None:
        """Render and stitch a job; returns when what was asked for is there and verified.

        While another job writes the same files, in this process or another, it waits.

        Args:
            job: The job.
            options: How to run it.
            listener: Is told of every change.
            callbacks: Are called for progress, for lines that renderers print, and for finished chunks.
            completed_chunk_ids: Chunks that were rendered before. They are not rendered again if their outputs verify.

        Raises:
            RenderFailedError: It does not come to that. Chunks that are done stay on disk.
            UserInputError: Options or chunk ids do not fit the job.
        """
        self._callbacks = callbacks or ExecutionCallbacks()
        heard = CallbackListener(self._callbacks, listener)
        live = make_live_job(secrets.token_hex(4), job, options or JobExecutionOptions(), heard)
        kept = await accept_completed(live, completed_chunk_ids, self._verify)
        live.request_chunks([chunk for chunk in live.selected_chunks() if chunk not in kept])
        live.set_intent(JobIntent.RUN)
        lease = lease_of(live)
        try:
            while await shielded(asyncio.to_thread(lease.take)) is not None:  # noqa: ASYNC110 - another process ends it
                await asyncio.sleep(_LEASE_SECONDS)
            if lease.lack:
                live.set_reason(lease.lack, keep=True)
            await self.run(live)
        finally:
            await shielded(asyncio.to_thread(lease.release))
        if live.state is JobState.FAILED or live.blocked:
            raise RenderFailedError(live.problem or live.blocked)

    async def run(self, job: LiveJob) -> None:
        """Render what is asked of the job as long as it wants to run, then stitch if it is complete.

        Failures end up in the job's state, not in an exception. Cancelling the task stops all workers; what the
        job is then follows from its intent (*cancel* or *interrupt*).
        """
        try:
            await self._run_to_end(job, self._render_and_deliver(job))
        finally:
            if self._prepared and job.phase is JobPhase.ENDED:
                await shielded(self._finish(job))

    async def stitch(self, job: LiveJob, *, reencode: bool = False) -> None:
        """Stitch a job whose chunks are all completed. Problems end up in the job's state."""
        await end_orphans(job, self._local)
        await self._run_to_end(job, self._stitch(job, reencode=reencode))

    async def clean_up_attempts(self, job: LiveJob) -> None:
        """Stop what an app that died left running of a cancelled job, and remove what its runs left elsewhere."""
        if job.unverified:
            await stop_leftover_workers(job, self._adapter, self._local)
        await clear_leftovers(job, self._local, self._verify)
        await asyncio.to_thread(lease_of(job).find_holder)  # which clears the leases of the dead away
        if job.started_at is not None:
            await self._finish(job)

    def add(self, chunks: Collection[LiveChunk]) -> None:
        """Have the run under way take along chunks newly asked for. Also called when a pause was taken back."""
        if self._run is not None:
            self._run.add(chunks)

    def wake(self) -> None:
        """Have waiting chunks look at the job's intent, which has changed."""
        if self._run is not None:
            self._run.wake()

    def hold(self, job: LiveJob, wait: WaitReason | None) -> None:
        """Start no more chunks for now, because of a ``wait``; ``None``: go on. Those that run are finished."""
        self._wait = wait
        job.set_wait(wait)
        if self._run is not None:
            self._run.hold(wait is not None)

    async def _run_to_end(self, job: LiveJob, work: Awaitable[None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            job.end_early()
            raise
        except CredentialsError as error:
            job.block(error_in_words(error))
            job.end_early()
        except HeliosError as error:
            job.enter_phase(JobPhase.ENDED, problem=error_in_words(error))

    async def _render_and_deliver(self, job: LiveJob) -> None:
        last_start = job.started_at
        self._prepared = last_start is not None  # perhaps: by a run before this one
        job.enter_phase(JobPhase.EXECUTING)
        await asyncio.to_thread(check_places, job, self._stitcher)
        if job.unverified:
            await stop_leftover_workers(job, self._adapter, self._local)
        if self._records is not None and (completes_job(job) or ends_as_frames(job)):
            await refuse_replacement(job, self._records)
        if self._records is not None and ends_as_frames(job):
            await claim_place(job, self._records)
        finished = {} if self._notes is None else await asyncio.to_thread(finished_by_notes, job, self._notes)
        finished |= await asyncio.to_thread(find_written_in_place, job)
        await clear_leftovers(job, self._local, self._verify)
        if job.unverified:
            await reconcile(job, self._verify, finished)
        if job.options.keep_finished:
            await keep_finished(job, self._verify)
        self._replaced = len(await renew_replaced(job))
        if self._outputs is not None:
            await self._written()
            await refuse_others_files(job, self._outputs)
            self._are_notes_new = await self._settle_notes(job)
        if job.wants_to_run and job.chunks_to_render():
            await self._prepare(job)
        stopped = ""
        # What is asked for again when the slots are about to close is rendered in another round.
        while job.wants_to_run and not stopped and (chunks := job.chunks_to_render()):
            stopped = await self._render(job, chunks)
        if job.wants_to_run:
            await self._conclude(job, stopped)
        else:
            job.end_early()

    async def _prepare(self, job: LiveJob) -> None:
        """Have the adapter bring the job to where its workers are."""
        self._prepared = True
        context = JobContext(
            job_id=job.id,
            spec=job.spec,
            job_dir=job.options.job_dir,
            output=job.output,
            on_progress=lambda progress: job.set_reason(upload_in_words(progress)),
        )
        await self._adapter.prepare(context)
        job.set_reason("")

    async def _finish(self, job: LiveJob) -> None:
        try:
            await self._adapter.finish(job.id, completed=job.delivered)
        except HeliosError as error:
            _logger.warning("what job %s left elsewhere could not be removed: %s", job.id, error_in_words(error))
        except Exception:  # an adapter's defect does not make a job fail whose video is there
            _logger.exception("what job %s left elsewhere could not be removed", job.id)

    async def _render(self, job: LiveJob, chunks: Collection[LiveChunk]) -> str:
        policy = self._policy.merged(job.options)
        workdirs = AttemptWorkdirs(job.options.job_dir, job.id)
        await asyncio.to_thread(workdirs.remove)
        runner = AttemptRunner(
            self._adapter,
            self._verify,
            workdirs,
            self._logs_of(job),
            self._environment,
            self._price_of,
            on_lines=self._callbacks.on_lines,
            notes=self._notes,
        )
        self._run = JobRun(job, chunks, runner, policy, self._gate or ConcurrencyGate(policy.concurrency))
        self._run.hold(self._wait is not None)
        try:
            return await self._run.work()
        finally:
            self._run = None
            await shielded(self._end_attempts(job, runner))

    async def _end_attempts(self, job: LiveJob, runner: AttemptRunner) -> None:
        await runner.clean_up()
        if self._notes is None or not self._are_notes_new:
            await self._settle_notes(job)
        elif await self._written():  # all of this run's attempts: nothing is newer in their notes
            self._notes.remove(job.id)

    async def _settle_notes(self, job: LiveJob) -> bool:
        """Have the journal take over what was noted before it had it; return whether it has.

        Where it cannot be written now, the notes stay.
        """
        if self._outputs is None or not await self._written():
            return False
        try:
            await self._outputs.settle_notes(job.id)
        except HeliosError:
            return False
        return True

    async def _conclude(self, job: LiveJob, stopped: str) -> None:
        """Stitch after the last chunk, or end the job with the reason why it is not stitched."""
        failed = [(chunk.spec.id, chunk.reason) for chunk in job.chunks_in(ChunkState.FAILED)]
        if failed:
            words = failed_chunks_in_words(failed, len(job.chunks))
            job.enter_phase(JobPhase.ENDED, problem=f"{words} ({stopped})" if stopped else words)
        elif job.chunks_to_render():
            job.enter_phase(JobPhase.ENDED, problem=stopped)
        elif job.counts[ChunkState.COMPLETED] < len(job.chunks):
            done = job.counts[ChunkState.COMPLETED]
            job.enter_phase(
                JobPhase.ENDED,
                reason=tr("{done} of {count} chunks rendered, as asked", done=done, count=len(job.chunks)),
            )
        elif job.options.merge:
            await self._stitch(job)
        else:
            report = tr(
                "{chunks}, {frames}, not stitched, as asked",
                chunks=tr_count("{number} chunk", "{number} chunks", len(job.chunks)),
                frames=tr_count("{number} frame", "{number} frames", job.frames_total),
            )
            job.deliver(with_same_outputs_note(with_kept_note(report, _count_kept(job)), job))
            job.enter_phase(JobPhase.ENDED)

    async def _stitch(self, job: LiveJob, *, reencode: bool = False) -> None:
        job.enter_phase(JobPhase.STITCHING)
        replaced = await renew_replaced(job)
        if replaced:
            words = [replaced[0].reason, tr("Render it again."), tr("The rendered chunks are kept.")]
            if len(replaced) > 1:
                words[1] = tr("So it is with others. Render them again.")
            job.enter_phase(JobPhase.ENDED, problem=" ".join(words))
            return
        await restore_earlier(job, self._records)
        claim = Claim()
        if self._records is not None:
            await refuse_replacement(job, self._records)
            claim = await claim_place(job, self._records)
        delivery = Delivery(self._stitcher, self._local, self._verify, self._logs_of(job), self._environment)
        try:
            report = await delivery.deliver(job, reencode=reencode or job.options.reencode)
        except asyncio.CancelledError:
            if self._records is not None:
                with suppress(HeliosError):  # then the claim stays
                    await shielded(settle_claim(job, self._records, claim))
            raise
        except HeliosError as error:
            if self._records is not None:
                await settle_claim(job, self._records, claim)
            job.mark_outputs_unverified()
            job.enter_phase(
                JobPhase.ENDED,
                problem=tr("{problem} The rendered chunks are kept.", problem=error_in_words(error)),
            )
            return
        if self._records is not None:
            await record_delivery(job, self._records)
        await asyncio.to_thread(remove_delivered, job.output, job.id)
        report = with_kept_note(with_replaced_note(report, self._replaced), _count_kept(job))
        job.deliver(with_same_outputs_note(report, job))
        job.enter_phase(JobPhase.ENDED)

    def _logs_of(self, job: LiveJob) -> Path:
        return self._log_root or job.options.job_dir / WORK_FOLDER / "logs"


def _count_kept(job: LiveJob) -> int:
    """Return how many chunks were taken as they were found, where only missing ones were asked for."""
    return sum(not chunk.attempts for chunk in job.chunks) if job.options.keep_finished else 0


def executor_maker(
    verify: FrameVerifier,
    stitcher: VideoStitcher,
    local: WorkerAdapter,
    log_root: Path,
    written: Callable[[], Awaitable[bool]],
    records: VideoRecords,
    outputs: OutputRecords | None,
) -> Callable[[WorkerPool | None, ConcurrencyGate | None], JobExecutor]:
    """Return a function that makes executors: over a profile's pool and gate, or for work that needs neither."""

    def make(pool: WorkerPool | None, gate: ConcurrencyGate | None) -> JobExecutor:
        adapter = pool.adapter if pool else local
        policy, environment = (pool.policy, pool.environment) if pool else (None, None)
        price_of = pool.price_of if pool else costs_nothing
        return JobExecutor(
            adapter,
            verify,
            stitcher,
            policy=policy,
            environment=environment,
            price_of=price_of,
            local=local,
            gate=gate,
            log_root=log_root,
            written=written,
            records=records,
            outputs=outputs,
        )

    return make
