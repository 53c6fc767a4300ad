"""A job in memory while the engine works with it. Every change of its state passes through here, with a reason."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from helios_gui.orchestrator.job_messages import with_stop_note
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.meters import CostMeter, SpeedMeter, WorkMeter
from helios_gui.orchestrator.silent_listener import SilentListener
from helios_gui.orchestrator.states import JobIntent, JobPhase, intent_behind, roll_up
from helios_gui.translation import tr
from helios_gui.types import (
    Attempt,
    ChunkState,
    JobExecutionOptions,
    JobSpec,
    JobState,
    JobStatus,
    JobSummary,
    MadeFile,
    NotFoundError,
)
from helios_gui.types.waits import WaitReason
from helios_gui.utils.scouting import in_render_order


class ChangeListener(Protocol):
    """Is told of every change of a job: at once, on the event loop, after all fields have their new values."""

    def job_changed(self, job: LiveJob) -> None:
        """Handle a change of a field of the job."""

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None:
        """Handle a change of a chunk's state (``durable``) or only of its progress."""

    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None:
        """Handle the beginning or the end of an attempt."""


class LiveJob:
    """One job, its chunks and its totals.

    What can change is read through properties and changed by the methods below them. Each of these methods first
    sets all fields, then tells the listener.

    Args:
        job_id: The job's id.
        spec: The job.
        options: How it was submitted.
        output: The stitched file's absolute path.
        name: The job's name for people.
        listener: What is told of changes; ``None`` means nothing.
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
        self.output = output
        self.name = name
        self.chunks = tuple(LiveChunk(chunk, index) for index, chunk in enumerate(spec.chunks))
        self.frames_total = sum(chunk.frame_count for chunk in spec.chunks)
        self._by_id = {chunk.spec.id: chunk for chunk in self.chunks}
        self._listener: ChangeListener = listener or SilentListener()
        self._options = options
        self._counts: Counter[ChunkState] = Counter({ChunkState.PENDING: len(self.chunks)})
        self._frames_done = 0
        self._intent, self._phase, self._delivered = JobIntent.HOLD, JobPhase.WAITING, False
        self._problem = self._reason = self._report = self._note = self._blocked = self._stop_note = ""
        self._held_up = self._short_of_room = False
        self._wait: WaitReason | None = None
        self._stitch_progress = self._cost = 0.0
        self._position = self._unconfirmed_workers = 0
        self._added_at = time.time()
        self._started_at: float | None = None
        self._finished_at: float | None = None
        self._requested: set[LiveChunk] = set()
        self._unverified: set[LiveChunk] = set()
        self._outputs: dict[LiveChunk, Path] = {}
        self._speed, self._cost_of_run, self._work = SpeedMeter(), CostMeter(), WorkMeter()

    @classmethod
    def restore(cls, status: JobStatus, listener: ChangeListener) -> LiveJob:
        """Return the job as the journal has it. The listener is told of later changes only."""
        job = cls(status.summary.id, status.spec, status.options, status.summary.output, name=status.summary.name)
        job.load(status)
        job.set_listener(listener)
        return job

    @property
    def options(self) -> JobExecutionOptions:
        """How the job is to be run."""
        return self._options

    @property
    def counts(self) -> Mapping[ChunkState, int]:
        """How many chunks are in each state."""
        return self._counts

    @property
    def frames_done(self) -> int:
        """The frames of completed chunks and of running attempts."""
        return self._frames_done

    @property
    def intent(self) -> JobIntent:
        """What people want of the job."""
        return self._intent

    @property
    def phase(self) -> JobPhase:
        """What the engine is doing with the job."""
        return self._phase

    @property
    def delivered(self) -> bool:
        """Whether everything that was asked for is there and verified."""
        return self._delivered

    @property
    def problem(self) -> str:
        """Why the job failed, as a sentence for a person; empty if it did not."""
        return self._problem

    @property
    def position(self) -> int:
        """The place in the queue, from 0."""
        return self._position

    @property
    def started_at(self) -> float | None:
        """When the job last began to run (seconds since the epoch); ``None`` if it never did."""
        return self._started_at

    @property
    def unverified(self) -> Collection[LiveChunk]:
        """The chunks whose state must be compared with the files and workers that are there before the job runs."""
        return self._unverified

    @property
    def cost(self) -> float:
        """What all attempts have cost so far, in US dollars."""
        return self._cost

    @property
    def blocked(self) -> str:
        """What only a person can repair before the job can continue; empty if nothing."""
        return self._blocked

    @property
    def state(self) -> JobState:
        """The state, computed from intent, phase and chunks."""
        return roll_up(self._intent, self._phase, self._counts, delivered=self._delivered, problem=bool(self._problem))

    @property
    def wants_to_run(self) -> bool:
        """Whether chunks may be started."""
        return self._intent is JobIntent.RUN

    @property
    def is_busy(self) -> bool:
        """Whether the engine is rendering or stitching the job now."""
        return self._phase in (JobPhase.EXECUTING, JobPhase.STITCHING)

    @property
    def is_idle(self) -> bool:
        """Whether nothing will happen to the job until somebody asks for it."""
        return not self.is_busy and not (self.wants_to_run and self._phase is JobPhase.WAITING and not self._held_up)

    @property
    def files(self) -> frozenset[Path]:
        """Every file that the job writes."""
        return frozenset({self.output, *map(self.output_of, self.chunks)})

    def output_of(self, chunk: LiveChunk) -> Path:
        """Return the path of the chunk's finished output: always the same object, made when it is first wanted."""
        if chunk not in self._outputs:
            self._outputs[chunk] = self._options.job_dir / chunk.spec.output_file
        return self._outputs[chunk]

    def selected_chunks(self) -> Collection[LiveChunk]:
        """Return the chunks that the options select: all, unless they name some."""
        chosen = self._options.chunk_ids
        return self.chunks if chosen is None else [chunk for chunk in self.chunks if chunk.spec.id in chosen]

    def chunks_of(self, chunk_ids: Collection[int]) -> list[LiveChunk]:
        """Return the chunks of these ids.

        Raises:
            NotFoundError: The job has no chunk of one of the ids.
        """
        unknown = ", ".join(str(chunk_id) for chunk_id in chunk_ids if chunk_id not in self._by_id)
        if unknown:
            raise NotFoundError(tr("“{name}” has no chunk {unknown}.", name=self.name, unknown=unknown))
        return [self._by_id[chunk_id] for chunk_id in chunk_ids]

    def chunks_to_render(self) -> list[LiveChunk]:
        """Return the requested chunks that are pending, in the order in which they start."""
        waiting = [one.index for one in self.chunks if one.state is ChunkState.PENDING and one in self._requested]
        return [self.chunks[index] for index in in_render_order(waiting, len(self.chunks), self._options.scout)]

    def chunks_in(self, *states: ChunkState) -> list[LiveChunk]:
        """Return the chunks in any of these states, in playing order."""
        return [chunk for chunk in self.chunks if chunk.state in states]

    def set_listener(self, listener: ChangeListener) -> None:
        """Replace what is told of changes."""
        self._listener = listener

    def load(self, status: JobStatus) -> None:
        """Take over what the journal has (so nothing has to be written). Outputs are *unverified*: not yet checked."""
        summary = status.summary
        self.output = summary.output
        for chunk, stored in zip(self.chunks, status.chunks, strict=True):
            chunk.load(stored)
        self._counts = Counter(chunk.state for chunk in self.chunks)
        self._frames_done = sum(chunk.counted_frames for chunk in self.chunks)
        self._intent, self._options, self._blocked = intent_behind(summary.state), status.options, ""
        self._unconfirmed_workers, self._stop_note, self._held_up = 0, "", False
        self._phase = JobPhase.ENDED if summary.state.is_finished else JobPhase.WAITING
        self._delivered = summary.state is JobState.COMPLETED
        self._problem = summary.reason if summary.state is JobState.FAILED else ""
        self._reason, self._report, self._cost = summary.reason, summary.report, summary.cost
        self._added_at, self._started_at, self._finished_at = summary.added_at, summary.started_at, summary.finished_at
        self._work = WorkMeter(summary.work_seconds)
        given_up = (ChunkState.FAILED, ChunkState.CANCELLED)
        self._unverified = {chunk for chunk in self.chunks if chunk.state not in given_up}
        if self._phase is JobPhase.ENDED:
            self._requested.clear()
        for chunk in self.chunks:
            self._listener.chunk_changed(self, chunk, durable=False)

    def move_chunk(self, chunk: LiveChunk, state: ChunkState, reason: str = "") -> None:
        """Change a chunk's state.

        Raises:
            IllegalTransitionError: The state machine does not have this transition.
        """
        before, frames_before = chunk.state, chunk.counted_frames
        chunk.move(state, reason)
        self._counts[before] -= 1
        self._counts[state] += 1
        self._frames_done += chunk.counted_frames - frames_before
        self._listener.chunk_changed(self, chunk, durable=True)

    def set_made(self, chunk: LiveChunk, made: MadeFile | None) -> None:
        """Set what is recorded of a chunk's output. Unless it is completed, the listener hears of it when it is."""
        chunk.set_made(made)
        if chunk.state is ChunkState.COMPLETED:
            self._listener.chunk_changed(self, chunk, durable=True)

    def set_chunk_progress(self, chunk: LiveChunk, frames_done: int) -> None:
        """Set how many frames a running attempt has rendered. This is never written to the journal."""
        if chunk.state is ChunkState.RUNNING and frames_done != chunk.frames_done:
            self._frames_done += frames_done - chunk.frames_done
            chunk.set_progress(frames_done)
            self._listener.chunk_changed(self, chunk, durable=False)

    def set_chunk_remark(self, chunk: LiveChunk, remark: str) -> None:
        """Say what is remarkable about a running attempt; empty for nothing. This is never written to the journal."""
        if chunk.state is ChunkState.RUNNING and remark != chunk.reason:
            chunk.set_reason(remark)
            self._listener.chunk_changed(self, chunk, durable=False)

    def set_intent(self, intent: JobIntent, reason: str = "", *, blocked: str = "") -> None:
        """Set what people want of the job, and why. This ends a block, unless ``blocked`` says what blocks it."""
        self._intent, self._reason, self._blocked = intent, reason, blocked
        self._unconfirmed_workers, self._stop_note, self._held_up = 0, "", False
        self._listener.job_changed(self)

    def block(self, cause: str) -> None:
        """Pause the job because only a person can repair the ``cause``; does nothing to a job that is being stopped."""
        if self.wants_to_run:
            self.set_intent(JobIntent.PAUSE, cause, blocked=cause)

    def set_unconfirmed_workers(self, count: int, note: str) -> None:
        """Set how many workers of a stopped job have not confirmed their end, and what that means in words."""
        if self._intent in (JobIntent.CANCEL, JobIntent.INTERRUPT):
            self._unconfirmed_workers, self._stop_note = count, note
            self._listener.job_changed(self)

    def set_reason(
        self, reason: str, *, held_up: bool = False, short_of_room: bool = False, keep: bool = False
    ) -> None:
        """Say what the job waits for (if ``held_up``: a person) or what is done for it. Ignored if it is idle.

        One that is to ``keep`` is said again when another is over, and in the job's report.
        """
        self._note = reason if keep else self._note
        reason = reason or self._note
        before = self._reason, self._held_up, self._short_of_room
        if (reason, held_up, short_of_room) != before and (self._held_up or not self.is_idle):
            self._reason, self._held_up, self._short_of_room = reason, held_up, short_of_room
            self._listener.job_changed(self)

    def set_wait(self, wait: WaitReason | None) -> None:
        """Say what the job waits for by the rules of its profile; ``None`` for nothing. Ignored once it is idle."""
        if wait != self._wait and not self.is_idle:
            self._wait, self._reason = wait, "" if wait is None else wait.reason
            self._listener.job_changed(self)

    def add_cost(self, amount: float, frames: int = 0) -> None:
        """Add the cost of an attempt (US dollars) that finished so many frames (0 if it failed)."""
        if amount:
            self._cost += amount
            self._cost_of_run.add(amount, frames)
            self._listener.job_changed(self)

    def enter_phase(self, phase: JobPhase, *, reason: str = "", problem: str = "") -> None:
        """Set what the engine does with the job from now on; a ``problem`` makes a job that ends *failed*."""
        now = time.time()
        if phase is JobPhase.ENDED:
            self._finished_at = now
            self._requested.clear()
        else:
            self._finished_at, self._delivered, self._report, self._stitch_progress = None, False, "", 0.0
        if phase is JobPhase.EXECUTING:
            self._started_at, self._speed, self._cost_of_run = now, SpeedMeter(), CostMeter()
        self._phase, self._problem, self._reason = phase, problem, problem or reason
        self._work.set_running(self.is_busy)
        self._held_up = self._short_of_room = False
        self._listener.job_changed(self)

    def end_early(self) -> None:
        """Leave the current phase before the job is done; the intent decides what the job is now."""
        if self._intent is JobIntent.CANCEL:
            for chunk in self.chunks_in(ChunkState.PENDING, ChunkState.RETRYING, ChunkState.UNKNOWN):
                self.move_chunk(chunk, ChunkState.CANCELLED)
            self.enter_phase(JobPhase.ENDED, reason="cancelled")
        else:
            reason = self._blocked if self._intent is JobIntent.PAUSE else self._reason
            self.enter_phase(JobPhase.WAITING, reason=reason)

    def set_stitch_progress(self, fraction: float) -> None:
        """Set how far the stitcher has come, 0 to 1."""
        self._stitch_progress = fraction
        self._listener.job_changed(self)

    def deliver(self, report: str) -> None:
        """Mark everything that was asked for as there; ``report`` says what was made."""
        self._delivered, self._report = True, "; ".join(filter(None, (report, self._note)))
        self._listener.job_changed(self)

    def set_position(self, position: int) -> None:
        """Set the place in the queue, from 0. The queue tells the journal of it, for all jobs at once."""
        self._position = position

    def set_options(self, options: JobExecutionOptions, output: Path | None = None) -> None:
        """Set how the job is run next time (its folder stays), and where its video is. A new profile ends a block."""
        self.output = output or self.output
        if options.profile != self._options.profile:
            self._blocked = ""
        self._options = options
        self._listener.job_changed(self)

    def request_chunks(self, chunks: Iterable[LiveChunk], reason: str = "") -> list[LiveChunk]:
        """Have chunks rendered (again) in this run or the next.

        Returns:
            The chunks that were not waiting to be rendered anyway.
        """
        added = [chunk for chunk in dict.fromkeys(chunks) if chunk.state.is_settled or chunk not in self._requested]
        self._requested.update(added)
        for chunk in added:
            if chunk.state.is_settled:
                self.move_chunk(chunk, ChunkState.PENDING, reason)
        return added

    def mark_outputs_unverified(self) -> None:
        """Have the outputs of completed chunks verified before the job runs again."""
        self._unverified.update(self.chunks_in(ChunkState.COMPLETED))

    def mark_attempts_unverified(self) -> None:
        """Have earlier attempts at pending chunks looked for before the job runs: they may still be running."""
        self._unverified.update(chunk for chunk in self.chunks_in(ChunkState.PENDING) if chunk.attempts)

    def mark_verified(self, chunks: Iterable[LiveChunk]) -> None:
        """Take chunks as they are: they were verified, or are rendered anew whatever is there."""
        self._unverified.difference_update(chunks)

    def sample_speed(self, now: float) -> None:
        """Record progress for the speed; ``now`` is in seconds on a monotonic clock."""
        if self._phase is JobPhase.EXECUTING:
            self._speed.sample(now, self._frames_done)

    def record_attempt(self, attempt: Attempt) -> None:
        """Tell the listener that an attempt began or ended."""
        self._listener.attempt_changed(self, attempt)

    def summary(self) -> JobSummary:
        """Return a snapshot of the job without its chunks."""
        executing = self._phase is JobPhase.EXECUTING
        return JobSummary(
            id=self.id,
            name=self.name,
            state=self.state,
            profile=self._options.profile,
            job_dir=self._options.job_dir,
            output=self.output,
            frames_total=self.frames_total,
            chunks_total=len(self.chunks),
            added_at=self._added_at,
            position=self._position,
            reason=self._stop_note if self._unconfirmed_workers else with_stop_note(self._reason, self._stop_note),
            source=self._options.source,
            frames_done=self._frames_done,
            counts={state: count for state, count in self._counts.items() if count},
            stitch_progress=self._stitch_progress,
            frames_per_second=self._speed.frames_per_second() if executing else None,
            eta=self._speed.eta(self.frames_total - self._frames_done) if executing else None,
            started_at=self._started_at,
            finished_at=self._finished_at,
            report=self._report,
            in_line=not self.is_idle and self._phase is JobPhase.WAITING,
            cost=self._cost,
            expected_cost=self._expected_cost() if executing else None,
            blocked=bool(self._blocked),
            stopping=self._unconfirmed_workers,
            stop_note=self._stop_note,
            standing=self._options.standing,
            held_up=self._held_up,
            waits_for=self._wait.kind if self._wait is not None and self.wants_to_run and not self.is_idle else None,
            scout=self._options.scout,
            short_of_room=self._short_of_room and self.wants_to_run,
            work_seconds=self._work.seconds,
        )

    def status(self) -> JobStatus:
        """Return a snapshot of the job with all its chunks."""
        return JobStatus(self.summary(), self.spec, self._options, tuple(chunk.status() for chunk in self.chunks))

    def _expected_cost(self) -> float | None:
        """Return what the job will have cost in all. Called too often to look at each chunk: all count as equal."""
        if self._options.chunk_ids is not None:
            return None  # not all chunks that are left will be rendered
        left = sum(self._counts[state] for state in ChunkState if not state.is_settled)
        return self._cost_of_run.expected_total(self._cost, self.frames_total * left / len(self.chunks))
