"""The timeline as a widget: painted, zoomed, scrolled, clicked."""

from __future__ import annotations

import time
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QHelpEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QToolTip, QWidget

from helios_gui.translation import localized, tr
from helios_gui.types import AttemptState
from helios_gui.ui.chunks.palette import ink_on
from helios_gui.ui.logs.attempts import attempt_label
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, theme
from helios_gui.ui.timeline.axis import Axis
from helios_gui.ui.timeline.bars import Bar, Bars
from helios_gui.ui.widgets.keyboard_frame import KeyboardFrame
from helios_gui.ui.widgets.tooltips import plain_tooltip
from helios_gui.utils.format import format_duration

ROW, GAP = 18, 3
"""Height of a bar and the gap between two rows, in logical pixels."""

_TICK_PIXELS = 90
_SLACK_PIXELS = 3
_ZOOM_STEP = 1.25
_LEAST_LABEL = 28

_TOKENS = {
    AttemptState.RUNNING: "running",
    AttemptState.SUCCEEDED: "completed",
    AttemptState.FAILED: "failed",
    AttemptState.CANCELLED: "cancelled",
    AttemptState.UNKNOWN: "unknown",
}


@guarded()
class TimelineView(QAbstractScrollArea):
    """Shows attempts as bars. Ctrl and the wheel zoom, as + and - do; 0 shows everything; a drag moves what is shown.

    ``chunk_selected`` carries the chunk of a bar that was clicked or reached by a key, ``chunk_activated`` that of a
    double click or Enter.
    """

    chunk_selected = Signal(int)
    chunk_activated = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars = Bars()
        self._zoom = 1.0
        self._chunk: int | None = None
        self._grip: tuple[QPoint, int, int] | None = None
        """Where a drag began, and how far was scrolled then, across and down."""
        self._timer = QTimer(self, interval=1000)
        self._timer.timeout.connect(self._grow)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Attempts over time"))
        self.viewport().setMouseTracking(True)
        KeyboardFrame(self, self.viewport())
        theme().changed.connect(self.viewport().update)

    # -- showing

    def show_bars(self, bars: Bars) -> None:
        """Show the attempts at the chunks of a job; the zoom stays."""
        self.bars = bars
        self._grow()

    def clear(self) -> None:
        """Show nothing, and everything of what comes next."""
        self._zoom, self._chunk = 1.0, None
        self.show_bars(Bars())

    def mark_chunk(self, chunk_id: int | None) -> None:
        """Draw a frame around the attempts at a chunk."""
        self._chunk = chunk_id
        self.viewport().update()

    @property
    def axis(self) -> Axis:
        """The scale as it is now."""
        width = max(1, self.viewport().width() - 2 * SPACE)
        return Axis(self.bars.length(self._now()), width, self._zoom, self.horizontalScrollBar().value())

    def bar_rect(self, bar: Bar) -> QRectF:
        """Return where a bar is, in coordinates of the viewport."""
        axis = self.axis
        left, right = axis.x(bar.start), axis.x(bar.until(self._now()))
        top = self._ruler() + bar.row * (ROW + GAP) - self.verticalScrollBar().value()
        return QRectF(SPACE + left, top, max(1.0, right - left - 1), ROW)

    def bar_at(self, position: QPoint) -> Bar | None:
        """Return the bar under a point of the viewport."""
        if position.y() < self._ruler():
            return None
        row = (position.y() - self._ruler() + self.verticalScrollBar().value()) // (ROW + GAP)
        axis = self.axis
        return self.bars.at(row, axis.seconds(position.x() - SPACE), self._now(), _SLACK_PIXELS / axis.scale)

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Look closer (more than 1) or from further away; the moment at pixel ``x`` (the middle) stays in place."""
        axis = self.axis
        x = axis.width / 2 if x is None else x - SPACE
        moment = axis.seconds(x)
        self._zoom = min(max(1.0, self._zoom * factor), axis.most_zoom)
        self._set_ranges()
        self.horizontalScrollBar().setValue(round(moment * replace(axis, zoom=self._zoom).scale - x))
        self.viewport().update()

    # -- events

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        tokens = theme().tokens
        painter.fillRect(event.rect(), tokens.panel)
        if not self.bars.rows:
            painter.setPen(tokens.muted)
            text = tr("Attempts appear here as bars as soon as chunks are rendered")
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
            return
        axis = self.axis
        self._paint_grid(painter, axis)
        self._paint_bars(painter, axis)
        self._paint_ruler(painter, axis)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._set_ranges()

    def showEvent(self, event: QShowEvent) -> None:
        self._grow()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(_ZOOM_STEP ** (event.angleDelta().y() / 120), event.position().x())
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        point = event.position().toPoint()
        self._grip = point, self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        bar = self.bar_at(point)
        if bar is not None:
            self._select(bar)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is None:
            return
        start, across, down = self._grip
        way = start - event.position().toPoint()
        if self.viewport().cursor().shape() is Qt.CursorShape.ClosedHandCursor or (
            way.manhattanLength() >= QApplication.startDragDistance() and self._can_scroll()
        ):
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            self.horizontalScrollBar().setValue(across + way.x())
            self.verticalScrollBar().setValue(down + way.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self._grip = None
            self.viewport().unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        bar = self.bar_at(event.position().toPoint())
        if bar is not None and event.button() is Qt.MouseButton.LeftButton:
            self.chunk_activated.emit(bar.attempt.chunk_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_ZOOM_STEP)
        elif key is Qt.Key.Key_Minus:
            self.zoom(1 / _ZOOM_STEP)
        elif key is Qt.Key.Key_0:
            self.zoom(0.0)
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(1 if key is Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._chunk is not None:
            self.chunk_activated.emit(self._chunk)
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            bar = self.bar_at(event.pos())
            if bar is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), plain_tooltip(bar_tooltip(bar, self._now())), self)
            return True
        return super().viewportEvent(event)

    # -- inside

    def _can_scroll(self) -> bool:
        return self.horizontalScrollBar().maximum() > 0 or self.verticalScrollBar().maximum() > 0

    def _now(self) -> float:
        return time.time() - self.bars.began

    def _ruler(self) -> int:
        return QFontMetrics(self.font()).height() + SPACE

    def _grow(self) -> None:
        """Follow the clock while an attempt goes on."""
        if self.bars.is_running and self.isVisible():
            self._timer.start()
        else:
            self._timer.stop()
        self._set_ranges()
        self.viewport().update()

    def _set_ranges(self) -> None:
        axis = self.axis
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setPageStep(axis.width)
        across.setSingleStep(max(1, axis.width // 20))
        across.setRange(0, max(0, round(axis.width * (self._zoom - 1))))
        height = self.viewport().height() - self._ruler()
        down.setPageStep(max(1, height))
        down.setSingleStep(ROW + GAP)
        down.setRange(0, max(0, len(self.bars.rows) * (ROW + GAP) + GAP - height))

    def _paint_bars(self, painter: QPainter, axis: Axis) -> None:
        tokens, ruler, scroll = theme().tokens, self._ruler(), self.verticalScrollBar().value()
        now, height = self._now(), self.viewport().height()
        colours = {state: getattr(tokens, name) for state, name in _TOKENS.items()}
        first, last = axis.seconds(-SPACE), axis.seconds(axis.width + SPACE)
        metrics = QFontMetrics(self.font())
        scale, begin = axis.scale, SPACE - axis.offset
        marked: list[QRectF] = []
        labelled: list[tuple[QRectF, Bar]] = []
        rects: dict[AttemptState, list[QRectF]] = {state: [] for state in colours}
        for row in range(max(0, scroll // (ROW + GAP)), len(self.bars.rows)):
            top = ruler + row * (ROW + GAP) - scroll
            if top > height:
                break
            for bar in self.bars.between(row, first, last):  # thousands, so that each costs as little as it can
                start, attempt = bar.start, bar.attempt
                width = (bar.until(now) - start) * scale - 1
                rect = QRectF(begin + start * scale, top, width if width > 1 else 1.0, ROW)
                rects[attempt.state].append(rect)
                if attempt.chunk_id == self._chunk:
                    marked.append(rect)
                if width >= _LEAST_LABEL:
                    labelled.append((rect, bar))
        painter.setPen(Qt.PenStyle.NoPen)
        for state, found in rects.items():
            painter.setBrush(colours[state])
            painter.drawRects(found)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.text, 2))
        for rect in marked:
            painter.drawRect(rect.adjusted(0, 1, 0, -1))
        for rect, bar in labelled:
            self._paint_label(painter, metrics, rect, bar, colours[bar.attempt.state])

    def _paint_label(self, painter: QPainter, metrics: QFontMetrics, rect: QRectF, bar: Bar, colour: QColor) -> None:
        text = str(bar.attempt.chunk_id) if bar.attempt.number == 1 else f"{bar.attempt.chunk_id} ↻{bar.attempt.number}"
        seen = rect.intersected(QRectF(self.viewport().rect()))  # a long bar has its label in view
        if metrics.horizontalAdvance(text) + SPACE <= seen.width():
            painter.setPen(ink_on(colour))
            painter.drawText(seen, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_grid(self, painter: QPainter, axis: Axis) -> None:
        painter.setPen(theme().tokens.line)
        for moment in axis.ticks(_TICK_PIXELS):
            x = SPACE + axis.x(moment)
            painter.drawLine(QPointF(x, 0), QPointF(x, self.viewport().height()))

    def _paint_ruler(self, painter: QPainter, axis: Axis) -> None:
        tokens = theme().tokens
        painter.fillRect(QRect(0, 0, self.viewport().width(), self._ruler() - GAP), tokens.panel)
        painter.setPen(tokens.muted)
        metrics = QFontMetrics(self.font())
        has_tenths = axis.has_tenths(_TICK_PIXELS)
        for moment in axis.ticks(_TICK_PIXELS):
            text = _moment_text(moment, has_tenths=has_tenths)
            x = SPACE + axis.x(moment)
            length = metrics.horizontalAdvance(text)
            left = x - length / 2
            if 0 <= x <= self.viewport().width():  # or two labels stand close together, one beside its line
                left = min(max(SPACE / 2, left), self.viewport().width() - length - SPACE / 2)
            painter.drawText(QPointF(left, metrics.ascent() + 2), text)

    def _select(self, bar: Bar) -> None:
        self.mark_chunk(bar.attempt.chunk_id)
        self.chunk_selected.emit(bar.attempt.chunk_id)

    def _step(self, step: int) -> None:
        """Go to the attempt that began before or after those at the marked chunk."""
        ordered = sorted(self.bars, key=lambda bar: bar.start)
        if not ordered:
            return
        place = next((at for at, bar in enumerate(ordered) if bar.attempt.chunk_id == self._chunk), None)
        place = (0 if step > 0 else len(ordered) - 1) if place is None else min(max(0, place + step), len(ordered) - 1)
        bar = ordered[place]
        rect = self.bar_rect(bar)
        across = self.horizontalScrollBar()
        if rect.left() < 0 or rect.right() > self.viewport().width():
            across.setValue(across.value() + round(rect.center().x() - self.viewport().width() / 2))
        self._select(bar)


def _moment_text(moment: float, *, has_tenths: bool) -> str:
    """Return ``0:07``, or ``0:07.0`` with tenths: on one axis all look alike."""
    tenths = round(moment * 10)
    text = format_duration(tenths // 10)
    return localized(f"{text}.{tenths % 10}") if has_tenths else text


def bar_tooltip(bar: Bar, now: float) -> str:
    """Return what is said about an attempt under the pointer."""
    attempt = bar.attempt
    lines = [
        tr("Chunk {chunk}", chunk=attempt.chunk_id) + " · " + attempt_label(attempt),
        tr(
            "began at {start}, took {time}",
            start=format_duration(bar.start),
            time=format_duration(bar.until(now) - bar.start),
        ),
        attempt.profile,
        attempt.cause,
    ]
    return "\n".join(line for line in lines if line)
