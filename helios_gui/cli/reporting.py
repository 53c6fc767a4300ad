"""What a render tells whoever watches, independent of how it is shown."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from helios_gui.cli.output import ExitCode, is_live_terminal
from helios_gui.types import ChunkState, ChunkStatus, JobStatus, JobSummary
from helios_gui.types.cost import CostEstimate


@dataclass(frozen=True, slots=True)
class ChunkFailure:
    """A chunk that failed: why, and its last attempt's log with the end of it (empty where there is none)."""

    chunk: ChunkStatus
    log: Path | None
    tail: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a render ended.

    ``delivered`` is the joined video, where one was made. ``failures`` are all failed chunks, ``log`` is the merge
    command's where that failed. ``resume`` is the command that goes on.
    """

    exit_code: ExitCode
    summary: JobSummary
    resume: str
    delivered: Path | None = None
    failures: tuple[ChunkFailure, ...] = ()
    log: Path | None = None


class Reporter(Protocol):
    """Shows a render. All methods are called on the event loop's thread and return quickly."""

    def estimate(self, estimate: CostEstimate) -> None:
        """What the render may cost, before anything else, and before it is agreed to."""
        ...

    def begin(self, status: JobStatus) -> None:
        """The job as it is before its first chunk runs (some may be done already)."""
        ...

    def chunk_changed(self, chunk: ChunkStatus, before: ChunkState) -> None:
        """A chunk's state (it was ``before``) or its progress changed."""
        ...

    def job_changed(self, summary: JobSummary) -> None:
        """The job's state, progress or speed changed; always after its chunks' changes."""
        ...

    def note(self, text: str) -> None:
        """Something a person should know."""
        ...

    def stopping(self) -> None:
        """Everything is being stopped, as asked."""
        ...

    def tick(self) -> None:
        """Some moments have passed; time to show what has changed."""
        ...

    def end(self, outcome: Outcome) -> None:
        """The last word."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was; may be called again."""
        ...


def choose_reporter(*, as_json: bool) -> Reporter:
    """JSON lines if asked for; else a live display on a terminal, plain lines anywhere else."""
    if as_json:
        from helios_gui.cli.json_lines import JsonReporter

        return JsonReporter()
    if is_live_terminal(sys.stdout):
        from helios_gui.cli.live import LiveReporter

        return LiveReporter()
    from helios_gui.cli.plain import PlainReporter

    return PlainReporter()
