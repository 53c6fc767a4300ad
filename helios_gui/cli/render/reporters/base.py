"""The interface of the reporters of a render, and the data they get at its end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from helios_gui.cli.output import ExitCode
from helios_gui.types import ChunkState, ChunkStatus, JobStatus, JobSummary
from helios_gui.types.cost import CostEstimate


@dataclass(frozen=True, slots=True)
class ChunkFailure:
    """A chunk that failed.

    Attributes:
        chunk: The chunk, with the reason.
        log: The log of its last attempt; ``None`` where there is none.
        log_tail: The last lines of that log; empty where they are not shown.
    """

    chunk: ChunkStatus
    log: Path | None
    log_tail: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a render ended.

    Attributes:
        exit_code: The command's exit code.
        summary: The job at the end of the render.
        resume_command: The command that continues the render.
        video: The stitched video; ``None`` where none was made.
        failures: All chunks that failed.
        merge_log: The log of the job's own merge command, where that failed.
        restitch_command: The command that encodes the chunks anew, where stitching them has failed.
    """

    exit_code: ExitCode
    summary: JobSummary
    resume_command: str
    video: Path | None = None
    failures: tuple[ChunkFailure, ...] = ()
    merge_log: Path | None = None
    restitch_command: str = ""


class Reporter(Protocol):
    """Shows a render. All methods are called on the event loop's thread and return quickly."""

    def estimate(self, estimate: CostEstimate) -> None:
        """Show what the render may cost. Called before the user is asked for permission, and before ``begin``."""
        ...

    def begin(self, status: JobStatus) -> None:
        """Show the job before its first chunk starts; some chunks may be done already."""
        ...

    def chunk_changed(self, chunk: ChunkStatus, before: ChunkState) -> None:
        """Show a change of a chunk's state or progress; ``before`` is the state it had."""
        ...

    def job_changed(self, summary: JobSummary) -> None:
        """Show a change of the job's state, progress or speed. Called after the changes of its chunks."""
        ...

    def note(self, text: str) -> None:
        """Show a message about something that the user should know."""
        ...

    def stopping(self) -> None:
        """Show that all workers are being stopped because the user asked for it."""
        ...

    def tick(self) -> None:
        """Redraw what has changed. Called several times a second."""
        ...

    def end(self, outcome: JobOutcome) -> None:
        """Show how the render ended. Nothing is called after it but ``close``."""
        ...

    def close(self) -> None:
        """Give the terminal back as it was. Can be called more than once."""
        ...
