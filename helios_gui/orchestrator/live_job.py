"""A job in memory while the engine works with it. Every change of state passes through here, with a reason."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path

from helios_gui.orchestrator.listener import ChangeListener, SilentListener
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.snapshots import summary_of
from helios_gui.orchestrator.speed import SpeedMeter
from helios_gui.orchestrator.spending import SpendMeter
from helios_gui.orchestrator.states import CHUNK_TRANSITIONS, JobIntent, JobPhase, intent_behind, roll_up
from helios_gui.types import (
    Attempt,
    ChunkState,
    HeliosError,
    JobExecutionOptions,
    JobSpec,
    JobState,
    JobStatus,
    JobSummary,
    NotFoundError,
)


class IllegalTransitionError(HeliosError):
    """The engine tried to move a chunk somewhere the state machine does not allow: a defect of ours."""


class LiveJob:
    """One job, its chunks and its totals. Attributes are read by the engine, changed only by the methods.

    ``asked`` are the chunks somebody wants rendered in this turn; ``doubtful`` those whose state comes from before
    a restart and is yet to be compared with what is there.
    """

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
        self.asked: set[LiveChunk] = set()
        self.doubtful: set[LiveChunk] = set()
        self.meter = SpeedMeter()
        self.spending = SpendMeter()
        self.cost = 0.0
        self.blocked = ""
        self.stopping = 0
        self.aftermath = ""

    @classmethod
    def restore(cls, status: JobStatus, listener: ChangeListener) -> LiveJob:
        """The job as the journal remembers it."""
        summary = status.summary
        job = cls(summary.id, status.spec, status.options, summary.output, name=summary.name)
        job.take_over(status)
        job.listener = listener
        return job

    def take_over(self, status: JobStatus) -> None:
        """Become what the journal says the job is. Its outputs are *doubtful*: to be verified before they count."""
        summary = status.summary
        for chunk, stored in zip(self.chunks, status.chunks, strict=True):
            chunk.restore(stored)
        self.counts = Counter(chunk.state for chunk in self.chunks)
        self.frames_done = sum(chunk.counted_frames for chunk in self.chunks)
        self.intent, self.options, self.blocked = intent_behind(summary.state), status.options, ""
        self.stopping, self.aftermath = 0, ""
        finished = summary.state in (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED)
        self.phase = JobPhase.ENDED if finished else JobPhase.WAITING
        self.delivered = summary.state is JobState.COMPLETED
        self.problem = summary.reason if summary.state is JobState.FAILED else ""
        self.reason, self.report, self.cost = summary.reason, summary.report, summary.cost
        self.added_at, self.started_at, self.finished_at = summary.added_at, summary.started_at, summary.finished_at
        given_up = (ChunkState.FAILED, ChunkState.CANCELLED)
        self.doubtful = {chunk for chunk in self.chunks if chunk.state not in given_up}
        for chunk in self.chunks:
            self.listener.chunk_changed(self, chunk, durable=False)
        self.listener.job_changed(self)

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

    @property
    def is_at_rest(self) -> bool:
        """Nothing more happens to it by itself."""
        return not self.is_busy and not (self.wants_to_run and self.phase is JobPhase.WAITING)

    @cached_property
    def files(self) -> frozenset[Path]:
        """Every file the job writes."""
        return frozenset({self.output, *(self.output_of(chunk) for chunk in self.chunks)})

    def output_of(self, chunk: LiveChunk) -> Path:
        """Where the chunk's finished output belongs."""
        return self.options.job_dir / chunk.spec.output_file

    def asked_for(self) -> list[LiveChunk]:
        """The chunks the submitter asked for: all, unless the options name some."""
        chosen = self.options.chunk_ids
        return self.chunks if chosen is None else [chunk for chunk in self.chunks if chunk.spec.id in chosen]

    def chunks_of(self, chunk_ids: Collection[int]) -> list[LiveChunk]:
        """The chunks of these ids. Raises ``NotFoundError`` for ids the job does not have."""
        unknown = [chunk_id for chunk_id in chunk_ids if chunk_id not in self.by_id]
        if unknown:
            raise NotFoundError(f"“{self.name}” has no chunk {', '.join(map(str, unknown))}.")
        return [self.by_id[chunk_id] for chunk_id in chunk_ids]

    def to_do(self) -> list[LiveChunk]:
        """The chunks that are still to be rendered in this turn, in playing order."""
        return [chunk for chunk in self.chunks if chunk.state is ChunkState.PENDING and chunk in self.asked]

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
        self.intent, self.reason, self.blocked = intent, reason, ""
        self.stopping, self.aftermath = 0, ""
        self.listener.job_changed(self)

    def block(self, cause: str) -> None:
        """Pause the job: only a person can mend the ``cause``. One that is being stopped anyway is left to that."""
        if self.wants_to_run:
            self.want(JobIntent.PAUSE, cause)
            self.blocked = cause

    def tell_of_stop(self, stopping: int, aftermath: str) -> None:
        """So many of its workers have not confirmed their end, and what that means, in words."""
        if self.intent in (JobIntent.CANCEL, JobIntent.INTERRUPT):
            self.stopping, self.aftermath = stopping, aftermath
            self.listener.job_changed(self)

    def explain(self, reason: str) -> None:
        """What it waits for, or what is being done for it. Word that comes when it is at rest comes too late."""
        if reason != self.reason and not self.is_at_rest:
            self.reason = reason
            self.listener.job_changed(self)

    def spend(self, amount: float, frames: int = 0) -> None:
        """An attempt has cost so much, in US dollars, and finished so many frames."""
        if amount:
            self.cost += amount
            self.spending.spend(amount, frames)
            self.listener.job_changed(self)

    def enter(self, phase: JobPhase, *, reason: str = "", problem: str = "") -> None:
        """What the engine does with the job from now on."""
        now = time.time()
        if phase is JobPhase.ENDED:
            self.finished_at = now
            self.asked.clear()
        else:
            self.finished_at, self.delivered, self.report, self.stitch_progress = None, False, "", 0.0
        if phase is JobPhase.EXECUTING:
            self.started_at, self.meter, self.spending = now, SpeedMeter(), SpendMeter()
        self.phase, self.problem, self.reason = phase, problem, problem or reason
        self.listener.job_changed(self)

    def come_to_rest(self) -> None:
        """Nothing works on the job any more, before its end; what is wanted of it says what it is now."""
        if self.intent is JobIntent.CANCEL:
            for chunk in self.chunks_in(ChunkState.PENDING, ChunkState.RETRYING, ChunkState.UNKNOWN):
                self.move_chunk(chunk, ChunkState.CANCELLED)
            self.enter(JobPhase.ENDED, reason="cancelled")
        else:
            self.enter(JobPhase.WAITING, reason=self.blocked if self.intent is JobIntent.PAUSE else self.reason)

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
        """How it is to run next time. Through another profile it goes on when it is asked to."""
        if options.profile != self.options.profile:
            self.blocked = ""
        self.options = options
        self.listener.job_changed(self)

    def ask(self, chunks: Iterable[LiveChunk], reason: str = "") -> list[LiveChunk]:
        """Have these chunks rendered (again) in this turn or the next; those that were not to be anyway."""
        added = []
        for chunk in chunks:
            if chunk.state.is_settled:
                self.move_chunk(chunk, ChunkState.PENDING, reason)
            elif chunk in self.asked:
                continue
            self.asked.add(chunk)
            added.append(chunk)
        return added

    def doubt(self) -> None:
        """The finished outputs may not be what they were: they are verified before the job goes on."""
        self.doubtful.update(self.chunks_in(ChunkState.COMPLETED))

    def doubt_attempts(self) -> None:
        """Nobody here knows what became of attempts at chunks that are not completed: that is found out first."""
        self.doubtful.update(chunk for chunk in self.chunks_in(ChunkState.PENDING) if chunk.attempts)

    def record_attempt(self, attempt: Attempt) -> None:
        """An attempt began or ended."""
        self.listener.attempt_changed(self, attempt)

    # -- how others see it ------------------------------------------------------------------------------

    def summary(self) -> JobSummary:
        """The job's row of the queue, now."""
        return summary_of(self)

    def status(self) -> JobStatus:
        """The job with all its chunks, now."""
        return JobStatus(self.summary(), self.spec, self.options, tuple(chunk.status() for chunk in self.chunks))
