"""The scroll bar of the grid: all chunks of the job at once, with the part that is seen marked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import theme

WIDTH = 18
_INSET = 3
_LEAST_WINDOW = 10
_REFRESH_MS = 1000
_URGENT_SHARE = 3
"""One of so many parts of a line is the least that urgent chunks take."""


@dataclass(frozen=True, slots=True)
class OverviewSource:
    """What is summed up.

    ``codes`` has a byte for each cell, less than 128. ``ranks`` lists the bytes to show, each with its colour: what
    comes first is not left out however little there is of it, and the first ``urgent`` of them cannot be overlooked.
    """

    codes: bytes
    columns: int
    ranks: tuple[tuple[int, QColor], ...]
    urgent: int = 0


@guarded()
class OverviewBar(QScrollBar):
    """Shows for each stretch of the job which share of its chunks has which colour; a click goes there.

    Args:
        ask: Returns what is to be summed up, when it is painted anew.
    """

    def __init__(self, ask: Callable[[], OverviewSource], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._ask = ask
        self._image: QImage | None = None
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._timer.timeout.connect(self.forget)
        self.setAccessibleName(tr("Overview of all chunks"))
        theme().changed.connect(self.forget)

    def changed(self) -> None:
        """Say that cells look different now; once a second this is painted."""
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def forget(self) -> None:
        """Paint all anew."""
        self._image = None
        self.update()

    @guarded(QSize(WIDTH, 60))
    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 60)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.forget()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme().tokens
        painter = QPainter(self)
        painter.fillRect(self.rect(), tokens.panel)
        if self._image is None:
            ratio = self.devicePixelRatioF()
            width, height = round((self.width() - 2 * _INSET) * ratio), round(self.height() * ratio)
            self._image = sum_up(self._ask(), max(1, width), max(1, height))
        painter.drawImage(QRectF(_INSET, 0, self.width() - 2 * _INSET, self.height()), self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        window = self.window_rect()
        veil = QColor(tokens.text)
        veil.setAlphaF(0.16 if self.underMouse() or self.isSliderDown() else 0.10)
        painter.setBrush(veil)
        painter.setPen(QPen(tokens.text, 1.5))
        painter.drawRoundedRect(window.adjusted(1, 1, -1, -1), 3, 3)

    def window_rect(self) -> QRectF:
        """Return where the part that is seen is marked."""
        whole = self.maximum() + self.pageStep()
        height = max(_LEAST_WINDOW, self.pageStep() / max(1, whole) * self.height())
        top = self.value() / max(1, self.maximum()) * (self.height() - height)
        return QRectF(0, top, self.width(), height)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._go_to(event.position().y())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.isSliderDown():
            self._go_to(event.position().y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.setSliderDown(False)
        self.update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()  # the menu of scroll bars says nothing that a click does not do

    def _go_to(self, y: float) -> None:
        window = self.window_rect()
        share = (y - window.height() / 2) / max(1.0, self.height() - window.height())
        self.setValue(round(min(1.0, max(0.0, share)) * self.maximum()))


def sum_up(source: OverviewSource, width: int, height: int) -> QImage:
    """Return a picture in which each line shows which share of its chunks has which colour."""
    image_table = [colour.rgba() for _, colour in source.ranks]
    blank = len(image_table)
    order = bytearray([blank] * 256)
    for rank, (code, _) in enumerate(source.ranks):
        order[code] = rank
    ranked = source.codes.translate(bytes(order))
    rows = max(1, -(-len(ranked) // source.columns))
    lines = []
    for y in range(height):
        first = y * rows // height
        last = max(first + 1, (y + 1) * rows // height)
        lines.append(_line(ranked[first * source.columns : last * source.columns], blank, width, source.urgent))
    image = QImage(b"".join(lines), width, height, width, QImage.Format.Format_Indexed8)
    image.setColorTable([*image_table, 0])
    return image.copy()  # owns its pixels


def _line(cells: bytes, blank: int, width: int, urgent: int) -> bytes:
    line = bytearray()
    for rank in sorted(set(cells)):
        least = width // _URGENT_SHARE if rank < urgent else 1
        share = max(least, round(cells.count(rank) / len(cells) * width))
        line += bytes([rank]) * share
    return bytes(line[:width].ljust(width, line[-1:] or bytes([blank])))
