"""One painted chart: a line over time or bars, with the value under the pointer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from helios_gui.ui.charts.axis import time_ticks, value_ticks
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, TEXT, TEXT_SMALL, theme

HEIGHT = 190
_TOP = 40
_BOTTOM = 22
_LINES = 3


@dataclass(frozen=True, slots=True)
class ChartContent:
    """What a chart shows.

    Attributes:
        title: What the values are.
        headline: The figure that counts most, in words.
        xs: Where each value is: the end of its stretch of time, or the left edge of its bar (and one edge more).
        values: The values.
        bars: Whether they are bars, else a line.
        stepped: Whether the line keeps its height up to the next value.
        x_text: Puts a place on the lower axis in words.
        y_text: Puts a value in words.
        tip: Says what the value of a place is, for the pointer.
    """

    title: str
    headline: str
    xs: Sequence[float]
    values: Sequence[float]
    x_text: Callable[[float], str]
    y_text: Callable[[float], str]
    tip: Callable[[int], str]
    bars: bool = False
    stepped: bool = False


@guarded()
class Chart(QWidget):
    """Paints one ``ChartContent`` in a colour of the theme. The arrow keys go from value to value."""

    def __init__(self, token: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._token = token
        self._content: ChartContent | None = None
        self._place: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_content(self, content: ChartContent) -> None:
        """Show this from now on."""
        self._content = content
        if self._place is not None and self._place >= len(content.values):
            self._place = None
        self.setAccessibleName(content.title)
        self.setAccessibleDescription(content.headline)
        self.update()

    @property
    def tip(self) -> str:
        """What is said of the value under the pointer; empty if it is nowhere."""
        return "" if self._content is None or self._place is None else self._content.tip(self._place)

    def place_at(self, x: float) -> int | None:
        """Return which value is at a pixel."""
        content, plot = self._content, self._plot()
        if content is None or not content.values or not plot.left() <= x <= plot.right():
            return None
        first, last = self._span(content)
        wanted = first + (x - plot.left()) / max(1.0, plot.width()) * (last - first)
        place = bisect_left(content.xs, wanted)
        return min(max(0, place - 1 if content.bars else place), len(content.values) - 1)

    @guarded(QSize(300, HEIGHT))
    def sizeHint(self) -> QSize:
        return QSize(300, HEIGHT)

    @guarded(QSize(220, HEIGHT))
    def minimumSizeHint(self) -> QSize:
        return QSize(220, HEIGHT)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._go_to(self.place_at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:
        self._go_to(None)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._go_to(None)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        count = len(self._content.values) if self._content is not None else 0
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -count, Qt.Key.Key_End: count}
        step = steps.get(Qt.Key(event.key()))
        if step is None or not count:
            super().keyPressEvent(event)
            return
        begin = -1 if step > 0 else count
        self._go_to(min(count - 1, max(0, (begin if self._place is None else self._place) + step)))

    def paintEvent(self, event: QPaintEvent) -> None:
        content = self._content
        if content is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = theme().tokens
        painter.setPen(QPen(tokens.accent if self.hasFocus() else tokens.line, 1))
        painter.setBrush(tokens.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        self._paint_heading(painter, content)
        plot, top = self._plot(), self._highest(content)
        self._paint_axes(painter, content, plot, top)
        if content.bars:
            self._paint_bars(painter, content, plot, top)
        else:
            self._paint_line(painter, content, plot, top)

    def _paint_heading(self, painter: QPainter, content: ChartContent) -> None:
        """Write the title, and at the right the headline or the value under the pointer."""
        tokens, room = theme().tokens, QRectF(1.5 * SPACE, SPACE, self.width() - 3 * SPACE, _TOP - 2 * SPACE)
        painter.setFont(self._font(TEXT_SMALL))
        painter.setPen(tokens.muted)
        metrics = QFontMetricsF(painter.font())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, content.title)
        rest = room.adjusted(metrics.horizontalAdvance(content.title) + SPACE, 0, 0, 0)
        font = self._font(TEXT)
        font.setWeight(QFont.Weight.DemiBold)
        text = self.tip or content.headline
        if QFontMetricsF(font).horizontalAdvance(text) > rest.width():
            font = self._font(TEXT_SMALL)
        painter.setFont(font)
        painter.setPen(tokens.text)
        text = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_axes(self, painter: QPainter, content: ChartContent, plot: QRectF, top: float) -> None:
        tokens = theme().tokens
        painter.setFont(self._font(TEXT_SMALL))
        for value in value_ticks(self._largest(content), _LINES):
            y = plot.bottom() - value / top * plot.height()
            painter.setPen(QPen(tokens.line, 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(tokens.muted)
            label = QRectF(0, y - SPACE, plot.left() - SPACE / 2, 2 * SPACE)
            painter.drawText(label, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, content.y_text(value))
        first, last = self._span(content)
        metrics = QFontMetricsF(painter.font())
        places = _places(content, first, last, max(1, int(plot.width() // 80)))
        for place in places:
            x = plot.left() + (place - first) / max(1e-9, last - first) * plot.width()
            text = content.x_text(place)
            width = metrics.horizontalAdvance(text)
            left = min(max(plot.left() - SPACE, x - width / 2), self.width() - width - SPACE)
            painter.drawText(QPointF(left, plot.bottom() + metrics.ascent() + 4), text)

    def _paint_line(self, painter: QPainter, content: ChartContent, plot: QRectF, top: float) -> None:
        colour = getattr(theme().tokens, self._token)
        points = self._points(content, plot, top)
        line = QPainterPath(points[0])
        for before, point in pairwise(points):
            if content.stepped:
                line.lineTo(point.x(), before.y())
            line.lineTo(point)
        below = QPainterPath(line)
        below.lineTo(points[-1].x(), plot.bottom())
        below.lineTo(points[0].x(), plot.bottom())
        fill = QLinearGradient(plot.topLeft(), plot.bottomLeft())
        fill.setColorAt(0, _with_alpha(colour, 0.35))
        fill.setColorAt(1, _with_alpha(colour, 0.04))
        painter.fillPath(below, fill)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.5))
        painter.drawPath(line)
        if self._place is not None:
            point = points[self._place]
            painter.setPen(QPen(theme().tokens.muted, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(point.x(), plot.top()), QPointF(point.x(), plot.bottom()))
            painter.setPen(QPen(theme().tokens.raised, 2))
            painter.setBrush(colour)
            painter.drawEllipse(point, 4.5, 4.5)

    def _paint_bars(self, painter: QPainter, content: ChartContent, plot: QRectF, top: float) -> None:
        colour = getattr(theme().tokens, self._token)
        width = plot.width() / max(1, len(content.values))
        painter.setPen(Qt.PenStyle.NoPen)
        for place, value in enumerate(content.values):
            height = max(1.5, value / top * plot.height()) if value else 0.0
            rect = QRectF(plot.left() + place * width + 1, plot.bottom() - height, max(1.0, width - 2), height)
            faded = self._place is not None and self._place != place
            painter.setBrush(_with_alpha(colour, 0.45) if faded else colour)
            painter.drawRoundedRect(rect, min(2.0, height / 2), min(2.0, height / 2))

    def _points(self, content: ChartContent, plot: QRectF, top: float) -> list[QPointF]:
        first, last = self._span(content)
        scale = plot.width() / max(1e-9, last - first)
        return [
            QPointF(plot.left() + (x - first) * scale, plot.bottom() - value / top * plot.height())
            for x, value in zip(content.xs, content.values, strict=False)
        ]

    def _span(self, content: ChartContent) -> tuple[float, float]:
        return (content.xs[0] if content.bars else 0.0), content.xs[-1]

    def _largest(self, content: ChartContent) -> float:
        return max(content.values, default=0.0)

    def _highest(self, content: ChartContent) -> float:
        return value_ticks(self._largest(content), _LINES)[-1]

    def _plot(self) -> QRectF:
        """Return where the values are painted; the labels at the left take what they need."""
        left = 3.0 * SPACE
        if self._content is not None:
            metrics = QFontMetricsF(self._font(TEXT_SMALL))
            ticks = value_ticks(self._largest(self._content), _LINES)
            left = SPACE * 1.5 + max(metrics.horizontalAdvance(self._content.y_text(value)) for value in ticks)
        return QRectF(left, _TOP, max(1.0, self.width() - left - 2 * SPACE), self.height() - _TOP - _BOTTOM - SPACE / 2)

    def _go_to(self, place: int | None) -> None:
        if place != self._place:
            self._place = place
            if self._content is not None:
                self.setAccessibleDescription(self.tip or self._content.headline)
            self.update()

    def _font(self, pixel_size: int) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(pixel_size)
        return font


def _places(content: ChartContent, first: float, last: float, lines: int) -> Sequence[float]:
    if not content.bars:
        return time_ticks(last, lines)
    every = max(1, -(-(len(content.xs) - 1) // lines))
    return content.xs[::every]


def _with_alpha(colour: QColor, alpha: float) -> QColor:
    result = QColor(colour)
    result.setAlphaF(alpha)
    return result
