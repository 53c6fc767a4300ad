"""Where a job may be rendered: each profile with the time and the cost to expect."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem, QWidget

from helios_gui.translation import tr
from helios_gui.types.cost import RenderForecast
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.ui.widgets.two_line_delegate import DETAIL, ENTRY_HEIGHT, TwoLineDelegate
from helios_gui.utils.format import format_duration, format_money

_PROFILE = DETAIL + 1
_MOST_ROWS = 3
"""Shown without scrolling."""


@guarded()
class PlaceList(QListWidget):
    """Lists profiles; ``chosen`` tells the name of the one that a person picks."""

    chosen = Signal(str)

    def __init__(self, profiles: Sequence[str], current: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setItemDelegate(TwoLineDelegate(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Where to render"))
        self.setProperty("role", "field")
        for name in profiles:
            item = QListWidgetItem(name)
            item.setData(_PROFILE, name)
            self.addItem(item)
            if name == current:
                self.setCurrentItem(item)
        self.setFixedHeight(min(len(profiles), _MOST_ROWS) * ENTRY_HEIGHT + 2)
        self.currentItemChanged.connect(lambda: self.chosen.emit(self.profile))

    @property
    def profile(self) -> str:
        """The name of the chosen profile."""
        item = self.currentItem()
        return str(item.data(_PROFILE)) if item is not None else ""

    def show_forecast(self, forecast: RenderForecast) -> None:
        """Show what is to be expected of one profile."""
        for row in range(self.count()):
            item = self.item(row)
            if item.data(_PROFILE) == forecast.profile:
                with QSignalBlocker(self):
                    item.setData(DETAIL, forecast_text(forecast))
                text = " ".join((forecast.basis, *forecast.warnings))
                set_tooltip(item, text)
                item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, f"{forecast_text(forecast)} {text}")
        self.viewport().update()

    @guarded(QSize(200, ENTRY_HEIGHT))
    def sizeHint(self) -> QSize:
        return QSize(200, self.height())


def forecast_text(forecast: RenderForecast) -> str:
    """Return the time and the cost in a few words."""
    parts = []
    if forecast.seconds is not None:
        least, most = (format_duration(seconds) for seconds in forecast.seconds)
        parts.append(
            tr("about {time}", time=least) if least == most else tr("{least} to {most}", least=least, most=most)
        )
    else:
        parts.append(tr("time not known yet"))
    if forecast.cost is None:
        parts.append(tr("cost not known yet"))
    elif forecast.cost[1] > 0:
        low, high = (format_money(cost) for cost in forecast.cost)
        parts.append(low if low == high else tr("{least} to {most}", least=low, most=high))
    return " · ".join(parts)
