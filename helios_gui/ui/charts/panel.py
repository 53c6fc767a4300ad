"""The charts of a job, side by side or one below the other."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from helios_gui.translation import localized, tr, tr_count
from helios_gui.ui.charts.chart import Chart, ChartContent
from helios_gui.ui.charts.figures import Curve, Histogram, JobFigures
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE
from helios_gui.utils.format import format_duration, format_money

_LEAST_CHART = 280
"""Pixels of width; where three of them have no room side by side, they stand one below the other."""


@guarded()
class ChartsPanel(QWidget):
    """Frames per second, seconds per frame and cost; each is hidden while there is nothing to show of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.speed = Chart("running")
        self.frame_times = Chart("completed")
        self.cost = Chart("retrying")
        self._layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._layout.setContentsMargins(0, SPACE, 0, 0)
        self._layout.setSpacing(SPACE)
        for chart in (self.speed, self.frame_times, self.cost):
            self._layout.addWidget(chart, 1, Qt.AlignmentFlag.AlignTop)
        self.show_figures(JobFigures())

    def show_figures(self, figures: JobFigures) -> None:
        """Show these figures of a job."""
        for chart, content in (
            (self.speed, _speed(figures.speed)),
            (self.frame_times, _frame_times(figures.frame_times)),
            (self.cost, _cost(figures.cost)),
        ):
            chart.setVisible(content is not None)
            if content is not None:
                chart.show_content(content)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        shown = sum(not chart.isHidden() for chart in (self.speed, self.frame_times, self.cost))
        is_wide = self.width() >= shown * _LEAST_CHART + (shown - 1) * SPACE
        way = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        if way != self._layout.direction():
            self._layout.setDirection(way)


def _speed(curve: Curve) -> ChartContent | None:
    if not curve.values:
        return None
    mean = sum(curve.values) / len(curve.values)

    def tip(place: int) -> str:
        return tr(
            "{speed} frames/s at {time}", speed=_number(curve.values[place]), time=format_duration(curve.times[place])
        )

    headline = tr("{speed} frames/s on average", speed=_number(mean))
    return ChartContent(tr("Frames per second"), headline, curve.times, curve.values, format_duration, _number, tip)


def _frame_times(histogram: Histogram) -> ChartContent | None:
    if not histogram.frames:
        return None
    edges = histogram.edges

    def tip(place: int) -> str:
        frames = tr_count("{number} frame", "{number} frames", histogram.frames[place])
        low, high = _number(edges[place]), _number(edges[place + 1])
        if histogram.is_open and place == len(histogram.frames) - 1:
            return tr("{frames} took {low} s or more", frames=frames, low=low)
        if low == high:
            return tr("{frames} took about {low} s", frames=frames, low=low)
        return tr("{frames} took {low} to {high} s", frames=frames, low=low, high=high)

    headline = tr("half took at most {seconds} s", seconds=_number(histogram.median))
    return ChartContent(
        tr("Seconds per frame"), headline, edges, histogram.frames, _seconds, _whole_number, tip, bars=True
    )


def _cost(curve: Curve) -> ChartContent | None:
    if not curve.values:
        return None

    def tip(place: int) -> str:
        return tr(
            "{cost} until {time}", cost=format_money(curve.values[place]), time=format_duration(curve.times[place])
        )

    headline = tr("{cost} at today's prices", cost=format_money(curve.values[-1]))
    return ChartContent(
        tr("Cost"), headline, curve.times, curve.values, format_duration, format_money, tip, stepped=True
    )


def _number(value: float) -> str:
    """Format a value with about three digits."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 or value == 0 else 3
    text = f"{value:,.{digits}f}"
    return localized(text.rstrip("0").rstrip(".") if "." in text else text)


def _seconds(value: float) -> str:
    return tr("{seconds} s", seconds=_number(value))


def _whole_number(value: float) -> str:
    return localized(f"{value:,.0f}") if value == int(value) else ""
