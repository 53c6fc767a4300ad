"""A job in memory while the engine works with it. Every change of state passes through here, with a reason."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from helios_gui.orchestrator.speed import SpeedMeter
from helios_gui.orchestrator.states import CHUNK_TRANSITIONS, JobIntent, JobPhase, roll_up
from helios_gui.types import (
    Attempt,
    ChunkState,
    ChunkStatus,
    HeliosError,
    JobExecutionOptions,
    JobSpec,
    JobState,
    JobStatus,
    JobSummary,
    RenderChunk,
)


class IllegalTransitionError(HeliosError):
    """The engine tried to move a chunk somewhere the state machine does not allow: a defect of ours."""


class ChangeListener(Protocol):
    """Hears of every change of a job, at once and on the event loop."""

    def job_changed(self, job: LiveJob) -> None: ...
    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None: ...
    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None: ...


class SilentListener:
    """Nobody listens: a job run without journal or window."""

    def job_changed(self, job: LiveJob) -> None:
        """Ignored."""

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None:
        """Ignored."""

    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None:
        """Ignored."""


class LiveChunk:
    """The changing half of a chunk; ``spec`` is what the job file says of it."""

    __slots__ = ("attempts", "finished_at", "frames_done", "index", "reason", "spec", "started_at", "state")

    def __init__(self, spec: RenderChunk, index: int) -> None:
        self.spec = spec
        self.index = index
        self.state = ChunkState.PENDING
        self.reason = ""
        self.frames_done = 0
        self.attempts = 0
        self.started_at: float | None = None
        self.finished_at: float | None = None

    @property
    def counted_frames(self) -> int:
        """Frames that count as done towards the job."""
        return self.spec.frame_count if self.state is ChunkState.COMPLETED else self.frames_done

    def restore(self, status: ChunkStatus) -> None:
        """Take over what the journal says."""
        self.state, self.reason, self.attempts = status.state, status.reason, status.attempts
        self.started_at, self.finished_at = status.started_at, status.finished_at

    def status(self) -> ChunkStatus:
        """The chunk now, as others see it."""
        return ChunkStatus(
            id=self.spec.id,
            index=self.index,
            start_frame=self.spec.start_frame,
            frame_count=self.spec.frame_count,
            state=self.state,
            reason=self.reason,
            frames_done=self.counted_frames,
            attempts=self.attempts,
            started_at=self.started_at,
            finished_at=self.finished_at,
        )


class LiveJob:
    """One job, its chunks and its totals. Attributes are read by the engine, changed only by the methods."""

    def __init__(
        self,
        job_id: str,
        spec: JobSpec,
        options: JobExecutionOptions,
        output: Path,
        *,
        name: str,
        listener: ChangeListener | None = None,
    ) -> None:
        self.id = job_id
        self.spec = spec
        self.options = options
        self.output = output
        self.name = name
        self.listener: ChangeListener = listener or SilentListener()
        self.chunks = [LiveChunk(chunk, index) for index, chunk in enumerate(spec.chunks)]
        self.by_id = {chunk.spec.id: chunk for chunk in self.chunks}
        self.counts: Counter[ChunkState] = Counter({ChunkState.PENDING: len(self.chunks)})
        self.frames_total = sum(chunk.frame_count for chunk in spec.chunks)
        self.frames_done = 0
        self.intent = JobIntent.HOLD
        self.phase = JobPhase.WAITING
        self.delivered = False
        self.problem = ""
        self.reason = ""
        self.report = ""
        self.stitch_progress = 0.0
        self.position = 0
        self.added_at = time.time()
        self.started_at: float | None = None
        self.finished_at: float | None = None
        self.needs_reconciling = False
        self.stitch_only = False
        self.meter = SpeedMeter()

    @classmethod
    def restore(cls, status: JobStatus, intent: JobIntent, listener: ChangeListener) -> LiveJob:
        """The job as the journal remembers it. Its outputs are to be verified before they are trusted."""
        summary = status.summary
        job = cls(summary.id, status.spec, status.options, summary.output, name=summary.name, listener=listener)
        for chunk, stored in zip(job.chunks, status.chunks, strict=True):
            chunk.restore(stored)
        job.counts = Counter(chunk.state for chunk in job.chunks)
        job.frames_done = sum(chunk.counted_frames for chunk in job.chunks)
        job.intent = intent
        finished = summary.state in (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED)
        job.phase = JobPhase.ENDED if finished else JobPhase.WAITING
        job.delivered = summary.state is JobState.COMPLETED
        job.problem = summary.reason if summary.state is JobState.FAILED else ""
        job.reason, job.report, job.position = summary.reason, summary.report, summary.position
        job.added_at, job.started_at, job.finished_at = summary.added_at, summary.started_at, summary.finished_at
        job.needs_reconciling = True
        return job

    @property
    def state(self) -> JobState:
        """Rolled up anew from intent, phase and chunks."""
        return roll_up(self.intent, self.phase, self.counts, delivered=self.delivered, problem=bool(self.problem))

    @property
    def wants_to_run(self) -> bool:
        """Chunks may be started."""
        return self.intent is JobIntent.RUN

    @property
    def is_busy(self) -> bool:
        """The engine is working on it now."""
        return self.phase in (JobPhase.EXECUTING, JobPhase.STITCHING)

    def output_of(self, chunk: LiveChunk) -> Path:
        """Where the chunk's finished output belongs."""
        return self.options.job_dir / chunk.spec.output_file

    def asked_chunks(self) -> list[LiveChunk]:
        """The chunks the submitter asked for: all, unless the options name some."""
        chosen = self.options.chunk_ids
        return self.chunks if chosen is None else [chunk for chunk in self.chunks if chunk.spec.id in chosen]

    def chunks_in(self, *states: ChunkState) -> list[LiveChunk]:
        """The chunks in any of these states, in playing order."""
        return [chunk for chunk in self.chunks if chunk.state in states]

    # -- the only ways to change a job ---------------------------------------------------------------

    def move_chunk(self, chunk: LiveChunk, state: ChunkState, reason: str = "") -> None:
        """The transition of a chunk. Raises ``IllegalTransitionError`` where the state machine has no such way."""
        if state not in CHUNK_TRANSITIONS[chunk.state]:
            raise IllegalTransitionError(f"chunk {chunk.spec.id} cannot go from {chunk.state} to {state}")
        before = chunk.counted_frames
        self.counts[chunk.state] -= 1
        self.counts[state] += 1
        chunk.state, chunk.reason = state, reason
        now = time.time()
        if state is ChunkState.RUNNING:
            chunk.attempts += 1
            chunk.started_at, chunk.finished_at, chunk.frames_done = now, None, 0
        elif state is ChunkState.PENDING:
            chunk.frames_done = 0
        elif chunk.started_at is not None and chunk.finished_at is None:
            chunk.finished_at = now
        if state is not ChunkState.RUNNING and state is not ChunkState.UNKNOWN:
            chunk.frames_done = 0
        self.frames_done += chunk.counted_frames - before
        self.listener.chunk_changed(self, chunk, durable=True)

    def progress_chunk(self, chunk: LiveChunk, frames_done: int) -> None:
        """The running attempt has done so many frames. Never written to the journal."""
        if chunk.state is ChunkState.RUNNING and frames_done != chunk.frames_done:
            self.frames_done += frames_done - chunk.frames_done
            chunk.frames_done = frames_done
            self.listener.chunk_changed(self, chunk, durable=False)

    def want(self, intent: JobIntent, reason: str = "") -> None:
        """What is wanted of the job from now on, and why."""
        self.intent, self.reason = intent, reason
        self.listener.job_changed(self)

    def enter(self, phase: JobPhase, *, reason: str = "", problem: str = "") -> None:
        """What the engine does with the job from now on."""
        now = time.time()
        if phase is JobPhase.EXECUTING:
            self.started_at, self.finished_at, self.meter = now, None, SpeedMeter()
            self.delivered, self.report, self.stitch_progress = False, "", 0.0
        elif phase is JobPhase.ENDED:
            self.finished_at = now
        self.phase, self.problem, self.reason = phase, problem, problem or reason
        self.listener.job_changed(self)

    def progress_stitch(self, fraction: float) -> None:
        """The stitcher has come so far, 0 to 1."""
        self.stitch_progress = fraction
        self.listener.job_changed(self)

    def deliver(self, report: str) -> None:
        """Everything asked for is there; ``report`` says what was made."""
        self.delivered, self.report = True, report
        self.listener.job_changed(self)

    def place(self, position: int) -> None:
        """The job's place in the queue, from 0. The queue itself tells of it, all jobs at once."""
        self.position = position

    def change_options(self, options: JobExecutionOptions) -> None:
        """How it is to run next time."""
        self.options = options
        self.listener.job_changed(self)

    def reset_chunks(self, chunks: Iterable[LiveChunk], reason: str = "") -> list[LiveChunk]:
        """Ask for these chunks again, unless they are waiting or being worked on; those that were reset."""
        reset = [chunk for chunk in chunks if chunk.state.is_settled]
        for chunk in reset:
            self.move_chunk(chunk, ChunkState.PENDING, reason)
        return reset

    def record_attempt(self, attempt: Attempt) -> None:
        """An attempt began or ended."""
        self.listener.attempt_changed(self, attempt)

    # -- how others see it ------------------------------------------------------------------------------

    def summary(self) -> JobSummary:
        """The job's row of the queue, now."""
        executing = self.phase is JobPhase.EXECUTING
        return JobSummary(
            id=self.id,
            name=self.name,
            state=self.state,
            profile=self.options.profile,
            job_dir=self.options.job_dir,
            output=self.output,
            frames_total=self.frames_total,
            chunks_total=len(self.chunks),
            added_at=self.added_at,
            position=self.position,
            reason=self.reason,
            source=self.options.source,
            frames_done=self.frames_done,
            counts={state: count for state, count in self.counts.items() if count},
            stitch_progress=self.stitch_progress,
            frames_per_second=self.meter.frames_per_second() if executing else None,
            eta=self.meter.eta(self.frames_total - self.frames_done) if executing else None,
            started_at=self.started_at,
            finished_at=self.finished_at,
            report=self.report,
        )

    def status(self) -> JobStatus:
        """The job with all its chunks, now."""
        return JobStatus(self.summary(), self.spec, self.options, tuple(chunk.status() for chunk in self.chunks))
