"""The scale of the colours of the grid, where they do not stand for states."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from helios_gui.translation import localized, tr, tr_count
from helios_gui.ui.chunks.chunk_text import duration_text
from helios_gui.ui.chunks.heat import WORKER_COLOURS, Scale
from helios_gui.ui.chunks.heat_mode import HeatMode
from helios_gui.ui.chunks.palette import heat_colours, ink_on
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, TEXT_SMALL, theme
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.utils.format import format_money

_RAMP = 72
_BAR = 10
_SWATCH = 14
_MOST_SWATCHES = 6
_MOST_NAMES = 12


def value_text(mode: HeatMode, value: float, worker_names: Sequence[str] = ()) -> str:
    """Return a value of a scale in words."""
    match mode:
        case HeatMode.DURATION:
            return duration_text(value)
        case HeatMode.COST:
            return localized(f"${value:.2g}") if 0.0001 < value < 0.01 else format_money(value)
        case HeatMode.WORKER:
            number = int(value)
            return worker_names[number] if number < len(worker_names) else tr("worker {number}", number=number + 1)
        case _:
            return localized(f"{value:,.0f}")


@guarded()
class HeatLegend(QWidget):
    """A ramp with the values of its ends, or a swatch for each worker. Hidden while colours stand for states."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scale: Scale | None = None
        self._workers = 0
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.hide()
        theme().changed.connect(self.update)

    def show_scale(self, scale: Scale | None) -> None:
        """Explain this scale; ``None``: hide."""
        self._scale = scale
        self.setVisible(scale is not None)
        if scale is None:
            return
        self._workers = max(scale.facts.workers.values(), default=-1) + 1
        self.setAccessibleName(self._description())
        set_tooltip(self, self.accessibleName())
        self.updateGeometry()
        self.update()

    @guarded(QSize(120, 26))
    def sizeHint(self) -> QSize:
        scale, metrics = self._scale, QFontMetricsF(self._small_font())
        if scale is None:
            return QSize(0, 26)
        if scale.mode is HeatMode.WORKER:
            shown = min(self._workers, _MOST_SWATCHES)
            more = metrics.horizontalAdvance(self._more_text()) + SPACE if self._more_text() else 0
            return QSize(round(shown * (_SWATCH + 2) + more + SPACE), 26)
        low, high = self._ends()
        texts = metrics.horizontalAdvance(low) + metrics.horizontalAdvance(high)
        return QSize(round(_RAMP + texts + 3 * SPACE), 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._scale is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._small_font())
        if self._scale.mode is HeatMode.WORKER:
            self._paint_workers(painter)
        else:
            self._paint_ramp(painter, self._scale.mode)

    def _paint_ramp(self, painter: QPainter, mode: HeatMode) -> None:
        low, high = self._ends()
        metrics = QFontMetricsF(painter.font())
        painter.setPen(theme().tokens.muted)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, 0, self.width(), self.height()), middle, low)
        ramp = QRectF(metrics.horizontalAdvance(low) + SPACE, (self.height() - _BAR) / 2, _RAMP, _BAR)
        painter.drawText(QRectF(ramp.right() + SPACE, 0, self.width(), self.height()), middle, high)
        gradient = QLinearGradient(ramp.topLeft(), QPointF(ramp.right(), ramp.top()))
        colours = heat_colours(mode)
        for level, colour in enumerate(colours):
            gradient.setColorAt(level / (len(colours) - 1), colour)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(ramp, 2.5, 2.5)

    def _paint_workers(self, painter: QPainter) -> None:
        colours, x = heat_colours(HeatMode.WORKER), 0.0
        for worker in range(min(self._workers, _MOST_SWATCHES)):
            colour = colours[worker % WORKER_COLOURS]
            swatch = QRectF(x, (self.height() - _SWATCH) / 2, _SWATCH, _SWATCH)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRoundedRect(swatch, 2.5, 2.5)
            painter.setPen(ink_on(colour))
            painter.drawText(swatch, Qt.AlignmentFlag.AlignCenter, self._sign(worker))
            x = swatch.right() + 2
        painter.setPen(theme().tokens.muted)
        rest = QRectF(x + SPACE / 2, 0, self.width(), self.height())
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, self._more_text())

    def _sign(self, worker: int) -> str:
        """Return the number in a worker's name, or else its place."""
        assert self._scale is not None
        name = value_text(HeatMode.WORKER, worker, self._scale.facts.worker_names)
        digits = re.search(r"\d{1,2}$", name)
        return digits[0] if digits else str(worker + 1)

    def _ends(self) -> tuple[str, str]:
        assert self._scale is not None
        mode, low, high = self._scale.mode, self._scale.low, self._scale.high
        return value_text(mode, low), value_text(mode, high) if high > low else ""

    def _more_text(self) -> str:
        if not self._workers:
            return tr("no attempts yet")
        return tr("… {number}", number=self._workers) if self._workers > _MOST_SWATCHES else ""

    def _description(self) -> str:
        assert self._scale is not None
        low, high = self._ends()
        match self._scale.mode:
            case HeatMode.WORKER:
                count = tr_count("{number} worker", "{number} workers", self._workers)
                names = ", ".join(self._scale.facts.worker_names[:_MOST_NAMES])
                return f"{count}: {names}" if names else count
            case HeatMode.DURATION:
                return tr("Time of the last attempt: {low} to {high}", low=low, high=high or low)
            case HeatMode.COST:
                return tr("Cost of all attempts at today's prices: {low} to {high}", low=low, high=high or low)
            case _:
                return tr("Attempts: {low} to {high}", low=low, high=high or low)

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(TEXT_SMALL)
        return font
