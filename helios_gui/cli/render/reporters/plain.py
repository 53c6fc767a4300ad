"""The reporter for pipes, files and logs: lines of text, and few of them however many chunks a job has."""

from __future__ import annotations

import time

from helios_gui.cli.output import ExitCode, print_text
from helios_gui.cli.render.reporters.base import JobOutcome
from helios_gui.cli.render.reporters.outcome_text import outcome_lines
from helios_gui.cli.render.reporters.progress_text import (
    STOP_NOW_HINT,
    FailureMessages,
    estimate_message,
    progress_figures,
    start_message,
)
from helios_gui.translation import tr
from helios_gui.types import ChunkState, ChunkStatus, JobState, JobStatus, JobSummary
from helios_gui.types.cost import CostEstimate

_MAX_LINES_FOR_CHUNKS = 50
"""A job with more chunks gets a line for each percent of its chunks instead of one for each chunk."""

_SUMMARY_SECONDS = 5.0
"""Time without a line after which the job's progress is printed."""


class PlainReporter:
    """Prints a line for each finished chunk (or percent), and the progress after five seconds without a line."""

    def __init__(self) -> None:
        self._failures = FailureMessages()
        self._summary: JobSummary | None = None
        self._done = 0
        self._total = 1
        self._percent = 0
        self._last_line_at = time.monotonic()
        self._last_figures = ""

    def estimate(self, estimate: CostEstimate) -> None:
        """See ``Reporter``."""
        print_text(estimate_message(estimate), error=True)

    def begin(self, status: JobStatus) -> None:
        """See ``Reporter``."""
        self._summary = status.summary
        self._done, self._total = status.summary.chunks_done, status.summary.chunks_total
        self._percent = self._done * 100 // self._total
        self._print_line(start_message(status))

    def chunk_changed(self, chunk: ChunkStatus, before: ChunkState) -> None:
        """See ``Reporter``."""
        if chunk.state is not before:
            self._done += (chunk.state is ChunkState.COMPLETED) - (before is ChunkState.COMPLETED)
            if chunk.state is ChunkState.COMPLETED:
                self._chunk_done(chunk)
        message = self._failures.message(chunk, before)
        if message:
            self._print_line(message)

    def job_changed(self, summary: JobSummary) -> None:
        """See ``Reporter``."""
        before = None if self._summary is None else self._summary.state
        if summary.stopping and not (self._summary and self._summary.stopping):
            print_text(summary.reason, error=True)
        self._summary = summary
        if summary.state is JobState.STITCHING and before is not JobState.STITCHING:
            self._print_line(tr("Stitching the chunks …"))

    def note(self, text: str) -> None:
        """See ``Reporter``."""
        print_text(text, error=True)

    def stopping(self) -> None:
        """See ``Reporter``."""
        print_text(f"Stopping … {tr(STOP_NOW_HINT)}", error=True)

    def tick(self) -> None:
        """See ``Reporter``."""
        summary = self._summary
        if summary is None or time.monotonic() - self._last_line_at < _SUMMARY_SECONDS:
            return
        if summary.state is JobState.STITCHING:
            self._print_line(tr("Stitching the chunks: {stitch_progress:.0%}", stitch_progress=summary.stitch_progress))
        elif (figures := progress_figures(summary)) != self._last_figures:
            self._last_figures = figures
            self._print_line(self._last_figures)

    def end(self, outcome: JobOutcome) -> None:
        """See ``Reporter``."""
        for line in outcome_lines(outcome):
            print_text(line, error=outcome.exit_code is not ExitCode.DONE)

    def close(self) -> None:
        """See ``Reporter``."""

    def _chunk_done(self, chunk: ChunkStatus) -> None:
        share = self._done * 100 // self._total
        if self._total <= _MAX_LINES_FOR_CHUNKS:
            self._print_line(tr("Chunk {id} done ({done}/{total})", id=chunk.id, done=self._done, total=self._total))
        elif share > self._percent:
            self._print_line(
                tr("{share} %: {done}/{total} chunks done", share=share, done=self._done, total=self._total)
            )
        self._percent = max(self._percent, share)

    def _print_line(self, text: str) -> None:
        self._last_line_at = time.monotonic()
        print_text(text)
