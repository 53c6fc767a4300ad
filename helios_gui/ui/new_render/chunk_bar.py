"""The planned chunks as parts of a bar, with the frame that is looked at."""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from helios_gui.jobfile.plan_words import describe_chunks
from helios_gui.translation import tr
from helios_gui.types import JobSpec
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import theme

_HEIGHT = 14
_NARROWEST = 4.0
"""Pixels of a chunk up to which gaps are drawn between chunks."""


@guarded()
class ChunkBar(QWidget):
    """Shows how the frames of a job are divided."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edges: list[float] = []
        self._starts: list[int] = []
        self._steps: list[int] = []
        self._total = 1
        self._frame = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Planned chunks"))

    def show_plan(self, spec: JobSpec | None) -> None:
        """Show the chunks of a job; nothing for ``None``."""
        self._edges = []
        if spec is not None:
            self._starts = [chunk.start_frame for chunk in spec.chunks]
            self._steps = [chunk.frame_step for chunk in spec.chunks]
            self._total = sum(chunk.frame_count for chunk in spec.chunks)
            done, edges = 0, [0.0]
            for chunk in spec.chunks:
                done += chunk.frame_count
                edges.append(done / self._total)
            self._edges = edges
        self.setAccessibleDescription(describe_chunks(spec) if spec is not None else "")
        self.update()

    def show_frame(self, frame: int) -> None:
        """Mark the frame that is looked at."""
        self._frame = frame
        self.update()

    @guarded(QSize(200, _HEIGHT))
    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    @guarded(QSize(80, _HEIGHT))
    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def _place(self) -> float:
        """Return where the frame is, as a share of the width: in its chunk, or at the end of the one before it."""
        if not self._edges:
            return 0.0
        chunk = max(0, bisect_right(self._starts, self._frame) - 1)
        start, end = self._edges[chunk], self._edges[chunk + 1]
        inside = (self._frame - self._starts[chunk] + 0.5) / self._steps[chunk] / self._total
        return min(max(start, start + inside), end - 0.5 / self._total)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme().tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        width = float(self.width())
        bar = QRectF(0, 3, width, _HEIGHT - 6)
        painter.setBrush(tokens.line)
        painter.drawRoundedRect(bar, 2, 2)
        place = self._place()
        painter.setBrush(tokens.pending)
        if len(self._edges) > 1 and width / (len(self._edges) - 1) >= _NARROWEST:
            for start, end in pairwise(self._edges):
                painter.setBrush(tokens.accent if start <= place < end else tokens.pending)
                painter.drawRoundedRect(QRectF(start * width, 3, (end - start) * width - 2, _HEIGHT - 6), 2, 2)
        elif self._edges:
            painter.drawRoundedRect(bar, 2, 2)
        if self._edges and 0 <= place <= 1:
            painter.setBrush(tokens.text)
            painter.drawRoundedRect(QRectF(min(place * width, width - 2), 0, 2, _HEIGHT), 1, 1)
        painter.end()
