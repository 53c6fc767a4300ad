"""A render on a terminal: a picture that is redrawn in place, failures above it as they happen."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.live import Live
from rich.text import Text

from helios_gui.cli.closing import closing_lines
from helios_gui.cli.frame import DONE, FAILED, RETRYING, Lanes, Look, draw
from helios_gui.cli.output import ExitCode, clean, mute
from helios_gui.cli.progress_text import FailureTeller, cost, opening
from helios_gui.cli.reporting import Outcome
from helios_gui.types import ChunkState, ChunkStatus, JobStatus, JobSummary
from helios_gui.types.cost import CostEstimate

_STYLES = {ExitCode.DONE: DONE, ExitCode.FAILED: FAILED, ExitCode.INTERRUPTED: RETRYING}


class LiveReporter:
    """Keeps the latest state and draws it at each tick, where it differs from what is shown.

    A terminal that is gone (its window was closed) is no error: the render ends or goes on without it.
    """

    def __init__(self) -> None:
        self._console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._live = Live(console=self._console, auto_refresh=False, transient=True, vertical_overflow="crop")
        self._unicode = self._console.encoding.lower().startswith("utf")
        self._failures = FailureTeller()
        self._lanes = Lanes()
        self._summary: JobSummary | None = None
        self._shown: Text | None = None
        self._stopping = False
        self._gone = False

    def estimate(self, estimate: CostEstimate) -> None:
        """See ``Reporter``."""
        self._print(cost(estimate))

    def begin(self, status: JobStatus) -> None:
        """See ``Reporter``."""
        self._summary = status.summary
        if status.summary.chunks_done:
            self._print(opening(status))
        try:
            self._live.start()
        except OSError:
            self._leave()
        self.tick()

    def chunk_changed(self, chunk: ChunkStatus, before: ChunkState) -> None:
        """See ``Reporter``."""
        self._lanes.update(chunk)
        words = self._failures.words(chunk, before)
        if words:
            self._print(words, FAILED if chunk.state is ChunkState.FAILED else RETRYING)

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
        if self._summary is None or self._gone or not self._live.is_started:
            return
        size = self._console.size
        look = Look(size.width, size.height, self._unicode)
        picture = draw(self._summary, self._lanes.arrange(), look, time.time(), stopping=self._stopping)
        if picture == self._shown:
            return
        self._shown = picture
        try:
            self._live.update(picture, refresh=True)
        except OSError:
            self._leave()

    def end(self, outcome: Outcome) -> None:
        """See ``Reporter``."""
        self.close()
        first, *rest = closing_lines(outcome)
        word, space, text = first.partition(" ")
        self._print(Text.assemble((word, f"bold {_STYLES[outcome.exit_code]}"), space, clean(text)))
        for line in rest:
            self._print(line, "dim" if line.startswith("  | ") else "")

    def close(self) -> None:
        """See ``Reporter``."""
        try:
            self._live.stop()
        except OSError:
            self._leave()

    def _print(self, text: str | Text, style: str = "") -> None:
        try:
            self._console.print(clean(text) if isinstance(text, str) else text, style=style)
        except OSError:
            self._leave()

    def _leave(self) -> None:
        """Nobody looks any more."""
        self._gone = True
        mute(sys.stdout)
