"""What is handed to a worker for one attempt, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from helios_gui.types.job import RenderChunk


class FailureKind(StrEnum):
    """What a failed attempt means for the next one.

    ``TRANSIENT`` may pass by itself; ``FATAL`` will not, whoever tries; ``THROTTLED`` asks for patience and
    costs no retry; ``UNKNOWN`` means the worker started and nobody heard back: reconcile first.
    """

    TRANSIENT = "transient"
    FATAL = "fatal"
    THROTTLED = "throttled"
    UNKNOWN = "unknown"


def ignore_lines(lines: Sequence[str]) -> None:
    """The default of ``WorkerJob.on_lines``: nobody listens."""


@dataclass(frozen=True, slots=True)
class WorkerJob:
    """One attempt at one chunk.

    ``command`` is an argument list (never a shell line) whose output argument already names ``output``, the
    attempt's own file; it runs in ``job_dir``. Everything it prints goes to ``log_path``. ``timeout`` is in
    seconds. ``on_lines`` is called on the event loop with new output lines while the chunk runs.
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


@dataclass(frozen=True, slots=True)
class WorkerResult:
    """How an attempt ended. ``failure`` ``None`` with ``exit_code`` 0 means the worker reports success.

    ``message`` says in words what went wrong; ``tail`` holds the last lines of output, bounded.
    """

    exit_code: int | None
    failure: FailureKind | None = None
    message: str = ""
    tail: tuple[str, ...] = ()
    duration: float = 0.0

    @property
    def ok(self) -> bool:
        """The worker reports success; the output is still to be verified."""
        return self.failure is None and self.exit_code == 0
