"""What is handed to a worker for one attempt, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from helios_gui.types.job import JobSpec, RenderChunk


class FailureKind(StrEnum):
    """What a failed attempt means for the next one.

    ``TRANSIENT`` may pass by itself; ``FATAL`` will not; ``THROTTLED`` means that the service asks to wait, and
    costs no retry; ``UNKNOWN`` means the worker started and no result came: reconcile first. ``BLOCKED`` (a
    sign-in that has expired, a permission that is missing) concerns all attempts alike, and only a person can fix
    it: it costs no retry, and there is no use in going on before. ``CROWDED`` means that this machine has too little
    memory for as many as ran at a time: it costs no retry, and fewer are to run from then on.
    """

    TRANSIENT = "transient"
    FATAL = "fatal"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    CROWDED = "crowded"


class StallAction(StrEnum):
    """What is done about a chunk that has stalled: nothing, saying so, or ending the attempt as failed."""

    OFF = "off"
    WARN = "warn"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class StallPolicy:
    """When a chunk counts as stalled: it has printed nothing and used no processor for ``after`` seconds."""

    action: StallAction = StallAction.OFF
    after: float = 600.0


class RendererPriority(StrEnum):
    """How much of the processors and disks renderers get beside other programs: their share, less, or what is left."""

    NORMAL = "normal"
    LOW = "low"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What the processes of a chunk may take of this machine.

    ``memory`` is what all processes of a chunk may use together, in bytes; ``keep_free`` is what has to stay free on
    the machine, in bytes; ``None`` sets no limit.
    """

    priority: RendererPriority = RendererPriority.NORMAL
    memory: float | None = None
    keep_free: float | None = None


def ignore_stall(stalled: bool) -> None:
    """Ignore it: the default of ``WorkerJob.on_stalled``."""


def ignore_worker(name: str) -> None:
    """Ignore it: the default of ``WorkerJob.on_worker``."""


def ignore_lines(lines: Sequence[str]) -> None:
    """Ignore the lines: the default of ``WorkerJob.on_lines``."""


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """One attempt at one chunk.

    ``command`` is an argument list (never a shell line) whose output argument already names ``output``, the
    attempt's own file; it runs in ``job_dir``. Finding its program is up to whoever runs it. Everything it prints
    goes to ``log_path``. ``timeout`` is in seconds. ``on_lines`` is called on the event loop with new output lines
    while the chunk runs. ``stall`` says when it counts as stalled; ``on_stalled`` is called on the event loop with
    ``True`` when it does, and with ``False`` when it goes on. ``limits`` are for workers on this machine.
    ``on_worker`` is told what renders the chunk, such as ``GPU 1``, where that is known.
    """

    job_id: str
    attempt_id: str
    chunk: RenderChunk
    chunk_index: int
    command: tuple[str, ...]
    job_dir: Path
    output: Path
    log_path: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float | None = None
    on_lines: Callable[[Sequence[str]], None] = ignore_lines
    stall: StallPolicy = field(default_factory=StallPolicy)
    on_stalled: Callable[[bool], None] = ignore_stall
    limits: ProcessLimits = field(default_factory=ProcessLimits)
    on_worker: Callable[[str], None] = ignore_worker


@dataclass(frozen=True, slots=True)
class WorkerResult:
    """How an attempt ended. ``failure`` ``None`` with ``exit_code`` 0 means the worker reports success.

    ``message`` says in words what went wrong; ``tail`` holds the last lines of output, bounded. ``frames`` is how many
    the worker counted in the output, where that is surely the very file it looked into; ``None``: yet to be counted.
    ``sha256`` is the output's, in lower-case hexadecimal, where it was computed as the file was written; empty: the
    file is yet to be read.
    """

    exit_code: int | None
    failure: FailureKind | None = None
    message: str = ""
    tail: tuple[str, ...] = ()
    duration: float = 0.0
    frames: int | None = None
    sha256: str = ""

    @property
    def ok(self) -> bool:
        """The worker reports success; the output is still to be verified."""
        return self.failure is None and self.exit_code == 0


@dataclass(frozen=True, slots=True)
class UnconfirmedStops:
    """Workers that have to stop and have not confirmed it, so that they may still cost something.

    ``workers`` is how many; ``until`` is when the last of them has surely ended (seconds since the epoch), ``limit``
    the longest time any of them may run, in seconds.
    """

    workers: int = 0
    until: float = 0.0
    limit: float = 0.0


@dataclass(frozen=True, slots=True)
class BundleProgress:
    """Files and bytes of a job's bundle. ``bytes_done`` counts what need not be sent (``bytes_skipped``) as done.

    ``bytes_hashed`` runs up to ``bytes_total`` before anything is sent.
    """

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    bytes_skipped: int = 0
    bytes_hashed: int = 0


def ignore_progress(progress: BundleProgress) -> None:
    """Ignore the progress: the default of ``JobContext.on_progress``."""


@dataclass(frozen=True, slots=True)
class JobContext:
    """A job about to be run by an adapter: what it may have to bring to where its workers are.

    ``output`` is the stitched file's path. ``on_progress`` is called on the event loop.
    """

    job_id: str
    spec: JobSpec
    job_dir: Path
    output: Path
    on_progress: Callable[[BundleProgress], None] = ignore_progress
