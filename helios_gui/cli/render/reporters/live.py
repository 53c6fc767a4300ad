"""The reporter for a terminal: a progress display that is redrawn in place, with messages printed above it."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.live import Live
from rich.text import Text

from helios_gui.cli.output import ExitCode, discard_output, printable, supports_unicode
from helios_gui.cli.render.reporters.base import JobOutcome
from helios_gui.cli.render.reporters.outcome_text import outcome_lines
from helios_gui.cli.render.reporters.progress_display import (
    DONE,
    FAILED,
    RETRYING,
    RunningChunks,
    TerminalProperties,
    draw_progress,
)
from helios_gui.cli.render.reporters.progress_text import FailureMessages, estimate_message, start_message
from helios_gui.types import ChunkState, ChunkStatus, JobStatus, JobSummary
from helios_gui.types.cost import CostEstimate

_STYLES = {ExitCode.DONE: DONE, ExitCode.FAILED: FAILED, ExitCode.INTERRUPTED: RETRYING}


class LiveReporter:
    """Keeps the latest state and redraws the display at a tick, where it differs from what is shown.

    A terminal that is gone (its window was closed) is no error: the render ends or continues without it. Text of jobs
    and renderers is printed without rich's markup and without control characters.
    """

    def __init__(self) -> None:
        self._console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True, vertical_overflow="crop")
        self._unicode = supports_unicode(sys.stdout)
        self._failures = FailureMessages()
        self._running = RunningChunks()
        self._summary: JobSummary | None = None
        self._shown: Text | None = None
        self._stopping = False
        self._terminal_is_gone = False

    def estimate(self, estimate: CostEstimate) -> None:
        """See ``Reporter``."""
        self._print(estimate_message(estimate))

    def begin(self, status: JobStatus) -> None:
        """See ``Reporter``."""
        self._summary = status.summary
        if status.summary.chunks_done:
            self._print(start_message(status))
        try:
            self._live.start()
        except OSError:
            self._stop_drawing()
        self.tick()

    def chunk_changed(self, chunk: ChunkStatus, before: ChunkState) -> None:
        """See ``Reporter``."""
        self._running.update(chunk)
        message = self._failures.message(chunk, before)
        if message:
            self._print(message, FAILED if chunk.state is ChunkState.FAILED else RETRYING)

    def job_changed(self, summary: JobSummary) -> None:
        """See ``Reporter``."""
        self._summary = summary

    def note(self, text: str) -> None:
        """See ``Reporter``."""
        self._print(text, RETRYING)

    def stopping(self) -> None:
        """See ``Reporter``."""
        self._stopping = True
        self.tick()

    def tick(self) -> None:
        """See ``Reporter``."""
        if self._summary is None or self._terminal_is_gone or not self._live.is_started:
            return
        size = self._console.size
        terminal = TerminalProperties(size.width, size.height, self._unicode)
        running = self._running.in_display_order()
        display = draw_progress(self._summary, running, terminal, time.time(), stopping=self._stopping)
        if display == self._shown:
            return
        self._shown = display
        try:
            self._live.update(display, refresh=True)
        except OSError:
            self._stop_drawing()

    def end(self, outcome: JobOutcome) -> None:
        """See ``Reporter``."""
        self.close()
        first, *rest = outcome_lines(outcome)
        word, space, text = first.partition(" ")
        self._print(Text.assemble((word, f"bold {_STYLES[outcome.exit_code]}"), space, printable(text)))
        for line in rest:
            self._print(line, "dim" if line.startswith("  | ") else "")

    def close(self) -> None:
        """See ``Reporter``."""
        try:
            self._live.stop()
        except OSError:
            self._stop_drawing()

    def _print(self, text: str | Text, style: str = "") -> None:
        try:
            self._console.print(printable(text) if isinstance(text, str) else text, style=style)
        except OSError:
            self._stop_drawing()

    def _stop_drawing(self) -> None:
        """Print nothing from now on: the terminal is gone."""
        self._terminal_is_gone = True
        discard_output(sys.stdout)
