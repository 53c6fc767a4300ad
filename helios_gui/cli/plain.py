"""A render as lines of text, for pipes, files and logs: few of them, however many chunks there are."""

from __future__ import annotations

import time

from helios_gui.cli.closing import closing_lines
from helios_gui.cli.output import ExitCode, say
from helios_gui.cli.progress_text import FailureTeller, cost, figures, opening
from helios_gui.cli.reporting import Outcome
from helios_gui.types import ChunkState, ChunkStatus, JobState, JobStatus, JobSummary
from helios_gui.types.cost import CostEstimate

_EACH_CHUNK_UP_TO = 50
"""Larger jobs get a line for each percent of their chunks."""

_QUIET_SECONDS = 5.0


class PlainReporter:
    """Prints a line for each finished chunk (or percent), and a summary when nothing was said for five seconds."""

    def __init__(self) -> None:
        self._failures = FailureTeller()
        self._summary: JobSummary | None = None
        self._done = 0
        self._total = 1
        self._percent = 0
        self._said_at = time.monotonic()
        self._last_figures = ""

    def estimate(self, estimate: CostEstimate) -> None:
        """See ``Reporter``."""
        say(cost(estimate), error=True)

    def begin(self, status: JobStatus) -> None:
        """See ``Reporter``."""
        self._summary = status.summary
        self._done, self._total = status.summary.chunks_done, status.summary.chunks_total
        self._percent = self._done * 100 // self._total
        self._say(opening(status))

    def chunk_changed(self, chunk: ChunkStatus, before: ChunkState) -> None:
        """See ``Reporter``."""
        if chunk.state is not before:
            self._done += (chunk.state is ChunkState.COMPLETED) - (before is ChunkState.COMPLETED)
            if chunk.state is ChunkState.COMPLETED:
                self._chunk_done(chunk)
        words = self._failures.words(chunk, before)
        if words:
            self._say(words)

    def job_changed(self, summary: JobSummary) -> None:
        """See ``Reporter``."""
        before = None if self._summary is None else self._summary.state
        if summary.stopping and not (self._summary and self._summary.stopping):
            say(summary.reason, error=True)
        self._summary = summary
        if summary.state is JobState.STITCHING and before is not JobState.STITCHING:
            self._say("Joining the chunks …")

    def note(self, text: str) -> None:
        """See ``Reporter``."""
        say(text, error=True)

    def stopping(self) -> None:
        """See ``Reporter``."""
        say("Stopping … (Ctrl-C once more stops at once)", error=True)

    def tick(self) -> None:
        """See ``Reporter``."""
        summary = self._summary
        if summary is None or time.monotonic() - self._said_at < _QUIET_SECONDS:
            return
        if summary.state is JobState.STITCHING:
            self._say(f"Joining the chunks: {summary.stitch_progress:.0%}")
        elif figures(summary) != self._last_figures:
            self._last_figures = figures(summary)
            self._say(self._last_figures)

    def end(self, outcome: Outcome) -> None:
        """See ``Reporter``."""
        for line in closing_lines(outcome):
            say(line, error=outcome.exit_code is not ExitCode.DONE)

    def close(self) -> None:
        """See ``Reporter``."""

    def _chunk_done(self, chunk: ChunkStatus) -> None:
        share = self._done * 100 // self._total
        if self._total <= _EACH_CHUNK_UP_TO:
            self._say(f"Chunk {chunk.id} done ({self._done}/{self._total})")
        elif share > self._percent:
            self._say(f"{share} %: {self._done}/{self._total} chunks done")
        self._percent = max(self._percent, share)

    def _say(self, text: str) -> None:
        self._said_at = time.monotonic()
        say(text)
