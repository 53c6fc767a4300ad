"""The legend below the grid: the colour of each state and its number of chunks."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from helios_gui.translation import localized
from helios_gui.types import ChunkState
from helios_gui.ui.chunks.palette import cell_colours
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, TEXT_SMALL, state_style, theme
from helios_gui.ui.widgets.tooltips import set_tooltip

_SWATCH = 12
_ORDER = (
    ChunkState.COMPLETED,
    ChunkState.RUNNING,
    ChunkState.RETRYING,
    ChunkState.FAILED,
    ChunkState.UNKNOWN,
    ChunkState.CANCELLED,
    ChunkState.PENDING,
)


@guarded()
class ChunkLegend(QWidget):
    """Swatch with glyph, word and count for each state that occurs; empty when there are no chunks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: dict[ChunkState, int] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def set_counts(self, counts: Mapping[ChunkState, int]) -> None:
        """Show so many chunks per state; states without chunks are left out."""
        shown = {state: counts[state] for state in _ORDER if counts.get(state)}
        if shown != self._counts:
            self._counts = shown
            words = (f"{localized(f'{count:,}')} {state_style(state).word}" for state, count in shown.items())
            self.setAccessibleName(", ".join(words))
            set_tooltip(self, self.accessibleName())
            self.update()

    @guarded(QSize(100, 24))
    def sizeHint(self) -> QSize:
        return QSize(320, 3 * SPACE)

    @guarded(QSize(60, 24))
    def minimumSizeHint(self) -> QSize:
        return QSize(60, 3 * SPACE)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = float(SPACE)
        for state, count in self._counts.items():
            x = self._paint_entry(painter, x, state, count)

    def _paint_entry(self, painter: QPainter, x: float, state: ChunkState, count: int) -> float:
        """Draw one entry with its left edge at ``x``; where the next one begins."""
        style, colours, tokens = state_style(state), cell_colours(state), theme().tokens
        waiting = state is ChunkState.PENDING
        swatch = QRectF(x, (self.height() - _SWATCH) / 2, _SWATCH, _SWATCH)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.track if waiting else colours.full)
        painter.drawRoundedRect(swatch, 2.5, 2.5)
        painter.setFont(self._font(TEXT_SMALL - 2))
        painter.setPen(colours.track_ink if waiting else colours.ink)
        painter.drawText(swatch, Qt.AlignmentFlag.AlignCenter, style.glyph)
        x = swatch.right() + SPACE * 0.75
        x = self._paint_word(painter, x, localized(f"{count:,}"), tokens.text) + SPACE / 2
        return self._paint_word(painter, x, style.word, tokens.muted) + SPACE * 2

    def _paint_word(self, painter: QPainter, x: float, text: str, colour: QColor) -> float:
        painter.setFont(self._font(TEXT_SMALL))
        painter.setPen(colour)
        width = painter.fontMetrics().horizontalAdvance(text)
        painter.drawText(QRectF(x, 0, width + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
        return x + width

    def _font(self, pixel_size: int) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(pixel_size)
        return font
