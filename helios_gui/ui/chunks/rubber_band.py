"""Selecting cells by drawing a rectangle around them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QTimer
from PySide6.QtWidgets import QApplication

from helios_gui.ui.chunks.view import CellView

_SCROLL_MS = 30
_SCROLL_SHARE = 0.4
"""Of the pixels that the pointer is beyond the edge: how far the grid scrolls at each step."""


class RubberBand:
    """Follows the pointer from a press on; once it has moved far enough it selects what the rectangle touches."""

    def __init__(self, view: CellView) -> None:
        self._view = view
        self._origin: QPointF | None = None
        self._pointer = QPoint()
        self._before = b""
        self._timer = QTimer(view, interval=_SCROLL_MS)
        self._timer.timeout.connect(self._scroll)

    def press(self, point: QPoint, *, adds: bool) -> None:
        """Begin at a point of the viewport; ``adds``: what is selected stays so."""
        mask = self._view.cells.selection_mask()
        self._before = mask if adds else bytes(len(mask))
        self._origin = self._view.content_point(point)
        self._pointer = point

    def move(self, point: QPoint) -> bool:
        """Go on to a point. Returns whether a rectangle is being drawn."""
        if self._origin is None:
            return False
        far = (self._view.content_point(point) - self._origin).manhattanLength()
        if self._view.band is None and far < QApplication.startDragDistance():
            return False
        self._pointer = point
        self._select(self._origin)
        outside = not 0 <= point.y() < self._view.viewport().height()
        if outside and not self._timer.isActive():
            self._timer.start()
        elif not outside:
            self._timer.stop()
        return True

    def release(self) -> bool:
        """End it; the selection stays. Returns whether there was a rectangle."""
        was_drawn = self._view.band is not None
        self._origin = None
        self._timer.stop()
        self._view.band = None
        self._view.viewport().update()
        return was_drawn

    def _select(self, origin: QPointF) -> None:
        view, layout = self._view, self._view.grid_layout
        band = QRectF(origin, view.content_point(self._pointer)).normalized()
        view.band = band
        view.cells.restore_selection(self._before)
        first = last = -1
        for first_of_row, last in layout.ranges_in(band.left(), band.top(), band.right(), band.bottom()):
            view.cells.select_range(first_of_row, last)
            first = first_of_row if first < 0 else first
        if last >= 0:
            view.selection.place(last, first)
        view.viewport().update()

    def _scroll(self) -> None:
        height = self._view.viewport().height()
        beyond = self._pointer.y() - (height if self._pointer.y() > 0 else 0)
        bar = self._view.verticalScrollBar()
        bar.setValue(bar.value() + round(beyond * _SCROLL_SHARE))
        if self._origin is not None:
            self._select(self._origin)
