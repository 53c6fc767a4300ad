"""The legend below the grid: the colour of each state and its number of chunks, which also filter the grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from helios_gui.translation import localized, tr
from helios_gui.types import ChunkState
from helios_gui.ui.chunks.palette import cell_colours
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, TEXT_SMALL, state_style, theme
from helios_gui.ui.widgets.tooltips import plain_tooltip

_SWATCH = 12
_PAD = SPACE * 0.75
_ORDER = (
    ChunkState.COMPLETED,
    ChunkState.RUNNING,
    ChunkState.RETRYING,
    ChunkState.FAILED,
    ChunkState.UNKNOWN,
    ChunkState.CANCELLED,
    ChunkState.PENDING,
)


@dataclass(frozen=True, slots=True)
class _Entry:
    state: ChunkState
    rect: QRectF
    word: str
    """The state; empty where there is no room for it."""


@guarded()
class ChunkLegend(QWidget):
    """Swatch with glyph, count and word for each state that occurs; empty when there are no chunks.

    A click on an entry, or Space on the one that the arrow keys chose, shows the chunks in this state alone.
    """

    filter_chosen = Signal(object)
    """The ``ChunkState`` to show alone; ``None``: all chunks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: dict[ChunkState, int] = {}
        self._filter: ChunkState | None = None
        self._hovered: ChunkState | None = None
        self._current = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        theme().changed.connect(self.update)

    def set_counts(self, counts: Mapping[ChunkState, int]) -> None:
        """Show so many chunks per state; states without chunks are left out, except one that is shown alone."""
        shown = {state: counts.get(state, 0) for state in _ORDER if counts.get(state) or state is self._filter}
        if shown != self._counts:
            self._counts = shown
            words = (f"{localized(f'{count:,}')} {state_style(state).word}" for state, count in shown.items())
            self.setAccessibleName(", ".join(words))
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus if len(shown) > 1 else Qt.FocusPolicy.NoFocus)
            self.update()

    def set_filter(self, state: ChunkState | None) -> None:
        """Show that the chunks in one state are shown alone; ``None``: all are."""
        self._filter = state
        description = (
            "" if state is None else tr("Only chunks that are {state} are shown", state=state_style(state).word)
        )
        self.setAccessibleDescription(description)
        self.set_counts({state: count for state, count in self._counts.items() if count})
        self.update()

    def entry_rect(self, state: ChunkState) -> QRectF:
        """Return where the entry of a state is; empty if it has none."""
        return next((entry.rect for entry in self._entries() if entry.state is state), QRectF())

    @property
    def least_width(self) -> int:
        """The width of all entries without their words."""
        entries = self._laid_out(with_words=False)
        return round(entries[-1].rect.right()) if entries else 0

    @guarded(QSize(100, 26))
    def sizeHint(self) -> QSize:
        return QSize(320, 26)

    @guarded(QSize(60, 26))
    def minimumSizeHint(self) -> QSize:
        return QSize(60, 26)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._state_at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        state = self._state_at(event.position().x())
        if state is not None and event.button() is Qt.MouseButton.LeftButton:
            self._toggle(state)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        states = list(self._counts)
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and states:
            self._current = (self._current + (1 if key is Qt.Key.Key_Right else -1)) % len(states)
            self.update()
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current < len(states):
            self._toggle(states[self._current])
        elif key is Qt.Key.Key_Escape and self._filter is not None:
            self._toggle(self._filter)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    @guarded(False)
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            state = self._state_at(event.pos().x())
            QToolTip.showText(event.globalPos(), plain_tooltip(self._tip(state)) if state else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        focused = list(self._counts)[self._current % len(self._counts)] if self.hasFocus() and self._counts else None
        for entry in self._entries():
            self._paint_ground(painter, entry, focused=entry.state is focused)
            self._paint_entry(painter, entry)

    def _paint_ground(self, painter: QPainter, entry: _Entry, *, focused: bool) -> None:
        tokens = theme().tokens
        chosen = entry.state is self._filter
        ground = tokens.selection if chosen else tokens.hover if entry.state is self._hovered else None
        if ground is None and not focused:
            return
        painter.setPen(QPen(tokens.accent, 1) if focused or chosen else Qt.PenStyle.NoPen)
        painter.setBrush(ground if ground is not None else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(entry.rect.adjusted(0.5, 2.5, -0.5, -2.5), 5, 5)

    def _paint_entry(self, painter: QPainter, entry: _Entry) -> None:
        style, colours, tokens = state_style(entry.state), cell_colours(entry.state), theme().tokens
        waiting = entry.state is ChunkState.PENDING
        swatch = QRectF(entry.rect.left() + _PAD, (self.height() - _SWATCH) / 2, _SWATCH, _SWATCH)
        painter.setOpacity(1.0 if self._filter in (None, entry.state) else 0.55)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.track if waiting else colours.full)
        painter.drawRoundedRect(swatch, 2.5, 2.5)
        painter.setFont(self._font(TEXT_SMALL - 2))
        painter.setPen(colours.track_ink if waiting else colours.ink)
        painter.drawText(swatch, Qt.AlignmentFlag.AlignCenter, style.glyph)
        x = swatch.right() + _PAD
        x = self._paint_word(painter, x, localized(f"{self._counts[entry.state]:,}")) + SPACE / 2
        painter.setPen(tokens.muted)
        self._draw(painter, x, entry.word)
        painter.setOpacity(1.0)

    def _paint_word(self, painter: QPainter, x: float, text: str) -> float:
        painter.setFont(self._font(TEXT_SMALL))
        painter.setPen(theme().tokens.text)
        self._draw(painter, x, text)
        return x + painter.fontMetrics().horizontalAdvance(text)

    def _draw(self, painter: QPainter, x: float, text: str) -> None:
        painter.drawText(QRectF(x, 0, self.width(), self.height()), Qt.AlignmentFlag.AlignVCenter, text)

    def _entries(self) -> list[_Entry]:
        """Return the entries with their words if all fit, else with numbers alone."""
        worded = self._laid_out(with_words=True)
        fits = not worded or worded[-1].rect.right() <= self.width()
        return worded if fits else self._laid_out(with_words=False)

    def _laid_out(self, *, with_words: bool) -> list[_Entry]:
        metrics = QFontMetricsF(self._font(TEXT_SMALL))
        x, entries = SPACE - _PAD, []
        for state, count in self._counts.items():
            word = state_style(state).word if with_words else ""
            width = _PAD + _SWATCH + _PAD + metrics.horizontalAdvance(localized(f"{count:,}")) + _PAD
            width += SPACE / 2 + metrics.horizontalAdvance(word) if word else 0
            entries.append(_Entry(state, QRectF(x, 0, width, self.height()), word))
            x += width + SPACE / 2
        return entries

    def _state_at(self, x: float) -> ChunkState | None:
        return next((entry.state for entry in self._entries() if entry.rect.left() <= x < entry.rect.right()), None)

    def _hover(self, state: ChunkState | None) -> None:
        if state is not self._hovered:
            self._hovered = state
            self.setCursor(Qt.CursorShape.ArrowCursor if state is None else Qt.CursorShape.PointingHandCursor)
            self.update()

    def _toggle(self, state: ChunkState) -> None:
        self.filter_chosen.emit(None if state is self._filter else state)

    def _tip(self, state: ChunkState) -> str:
        count, word = localized(f"{self._counts.get(state, 0):,}"), state_style(state).word
        if state is self._filter:
            return tr("{count} {state} – click to show all chunks again", count=count, state=word)
        return tr("{count} {state} – click to show these alone", count=count, state=word)

    def _font(self, pixel_size: int) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(pixel_size)
        return font
