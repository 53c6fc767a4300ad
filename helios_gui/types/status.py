"""Immutable snapshots of jobs, chunks and attempts: what subscribers and callers see.

Times are seconds since the epoch, durations seconds, progress a fraction of 0 to 1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helios_gui.types.job import JobSpec
from helios_gui.types.made import MadeFile
from helios_gui.types.options import JobExecutionOptions
from helios_gui.types.standing import USUAL_STANDING, Standing
from helios_gui.types.states import AttemptState, ChunkState, JobState
from helios_gui.types.waits import WaitKind


@dataclass(frozen=True, slots=True)
class Attempt:
    """One execution of a chunk; ``number`` counts from 1, ``cause`` says in words why it failed.

    ``seconds`` is what it is charged for: the worker's time, without that of waiting for one; ``None`` while it runs.
    ``profile`` is the one it ran through, ``frames`` what it was to render, ``worker`` what rendered it (``GPU 1``),
    where that is known.
    """

    id: str
    chunk_id: int
    number: int
    state: AttemptState
    started_at: float
    log_path: Path
    finished_at: float | None = None
    exit_code: int | None = None
    cause: str = ""
    profile: str = ""
    frames: int = 0
    seconds: float | None = None
    worker: str = ""


@dataclass(frozen=True, slots=True)
class ChunkStatus:
    """One chunk now.

    ``frames_done`` counts the running attempt's frames; ``attempts`` those started so far; ``made`` is what was
    recorded of a finished output.
    """

    id: int
    index: int
    start_frame: int
    frame_count: int
    state: ChunkState
    reason: str = ""
    frames_done: int = 0
    attempts: int = 0
    started_at: float | None = None
    finished_at: float | None = None
    made: MadeFile | None = None
    frame_step: int = 1

    @property
    def end_frame(self) -> int:
        """The last frame of the range, inclusive."""
        return self.start_frame + (self.frame_count - 1) * self.frame_step

    @property
    def progress(self) -> float:
        """0 to 1; a completed chunk is 1 whatever its renderer printed."""
        if self.state is ChunkState.COMPLETED:
            return 1.0
        return min(1.0, self.frames_done / self.frame_count)

    def duration(self, now: float) -> float | None:
        """Return the seconds the last attempt took, or has taken by ``now``; ``None`` before the first."""
        if self.started_at is None:
            return None
        return (self.finished_at if self.finished_at is not None else now) - self.started_at


@dataclass(frozen=True, slots=True)
class JobSummary:
    """One job without its chunks: a row of the queue.

    ``counts`` has every chunk state that occurs; ``eta`` is seconds to go or ``None`` while unknown;
    ``output`` is the stitched file's path, whether or not it exists yet; ``report`` what the stitcher said.
    ``in_line`` tells a pending job that will start by itself from one that waits to be asked; ``cost`` is what its
    attempts have come to so far, in US dollars, and ``expected_cost`` what they will have when all chunks are done
    (``None`` while that is not known). A ``blocked`` job was paused because only a person can fix what
    ``reason`` says, such as a sign-in that has expired. ``stopping`` counts workers that have to stop and have not
    confirmed it, so that they may still cost something; ``stop_note`` says what is known of such workers. ``standing``
    is the job's priority, the jobs it starts after, and its group; one that is ``held_up`` was to run, and does not
    start by itself, because a job that it starts after failed or was stopped: ``reason`` says which.
    ``waits_for`` is what has to come, by the rules of the profile, before more chunks are started; ``None`` if nothing.
    ``scout`` is the order of its chunks, as in its options. One that is ``short_of_room`` goes on once there is room on
    the disk that ``reason`` names. ``work_seconds`` is how long it was rendered and joined so far, in all its runs.
    ``elsewhere`` says that another process of this queue works on it: nothing but looking at it is possible here.
    """

    id: str
    name: str
    state: JobState
    profile: str
    job_dir: Path
    output: Path
    frames_total: int
    chunks_total: int
    added_at: float
    position: int = 0
    reason: str = ""
    source: Path | None = None
    frames_done: int = 0
    counts: Mapping[ChunkState, int] = field(default_factory=dict)
    stitch_progress: float = 0.0
    frames_per_second: float | None = None
    eta: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    report: str = ""
    in_line: bool = False
    cost: float = 0.0
    expected_cost: float | None = None
    blocked: bool = False
    stopping: int = 0
    stop_note: str = ""
    standing: Standing = USUAL_STANDING
    held_up: bool = False
    waits_for: WaitKind | None = None
    scout: int | None = None
    short_of_room: bool = False
    work_seconds: float = 0.0
    elsewhere: bool = False

    @property
    def chunks_done(self) -> int:
        """How many chunks are completed."""
        return self.counts.get(ChunkState.COMPLETED, 0)

    @property
    def progress(self) -> float:
        """0 to 1, weighed by frames."""
        return self.frames_done / self.frames_total if self.frames_total else 0.0

    @property
    def chunks_running(self) -> int:
        """How many chunks are rendered now."""
        return self.counts.get(ChunkState.RUNNING, 0)

    @property
    def is_finishing(self) -> bool:
        """Whether the job was paused, and the chunks that ran then come to their end."""
        return self.state is JobState.PAUSED and self.chunks_running > 0 and not self.elsewhere

    @property
    def can_pause(self) -> bool:
        """Whether it starts chunks now, or will by itself: also after a job that failed is retried, or a sign-in."""
        is_running = self.state is JobState.RUNNING and not self.elsewhere
        return is_running or self.in_line or self.held_up or self.blocked

    @property
    def needs_a_person(self) -> bool:
        """Whether the job does not go on before a person does something: signs in, or makes room on a disk."""
        return self.blocked or self.short_of_room or self.waits_for is WaitKind.DISK

    @property
    def is_at_work(self) -> bool:
        """Whether this process has workers or the stitcher work on the job now, also if it was paused meanwhile."""
        return (self.state.is_active and not self.elsewhere) or self.is_finishing

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing happens to the job, or will by itself, and nobody has paused it."""
        is_still = self.state not in _RESTLESS and not self.in_line and self.waits_for is None
        is_quiet = not (self.stopping or self.blocked or self.held_up or self.chunks_running)
        return is_still and is_quiet and not self.elsewhere

    @property
    def needs_the_computer(self) -> bool:
        """Whether the computer must not fall asleep: also for what begins later, but not to wait on its battery."""
        if self.waits_for is WaitKind.POWER:
            return self.chunks_running > 0
        return self.is_at_work or self.waits_for is not None


_RESTLESS = frozenset({JobState.RUNNING, JobState.STITCHING, JobState.PAUSED})


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One job with its chunks (in playing order), what it was made from, and how it was asked to run.

    ``revision`` counts how often the journal's row had been written when this was read; 0 for what was not read there.
    """

    summary: JobSummary
    spec: JobSpec
    options: JobExecutionOptions
    chunks: tuple[ChunkStatus, ...]
    revision: int = field(default=0, compare=False)

    def has_completed(self, chunk_ids: Collection[int] | None = None) -> bool:
        """Return whether these chunks (``None``: all) are completed."""
        return all(
            chunk.state is ChunkState.COMPLETED for chunk in self.chunks if chunk_ids is None or chunk.id in chunk_ids
        )
