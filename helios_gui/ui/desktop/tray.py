"""The icon in the desktop's tray: how far the queue is, and a menu for who has closed the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon, QWidget

from helios_gui.translation import tr
from helios_gui.ui.queue.whole_queue import WholeQueueActions
from helios_gui.ui.theme import app_icon, theme
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.utils.queue_progress import QueueProgress

_SIZES = (22, 32, 64)
_STEP = 0.04
"""The smallest progress that can be seen on an icon of 22 pixels."""


class Tray(QObject):
    """The icon and its menu.

    Args:
        window: The owner of the menu.
        whole_queue: The actions that the window has for the whole queue, too.
        is_possible: Returns whether the desktop has a tray.
    """

    show_requested = Signal()
    quit_requested = Signal()

    def __init__(
        self,
        window: QWidget,
        whole_queue: WholeQueueActions,
        is_possible: Callable[[], bool] = QSystemTrayIcon.isSystemTrayAvailable,
    ) -> None:
        super().__init__(window)
        self._is_possible = is_possible
        self._is_wanted = False
        self._shown_step: int | None = None
        self.menu = QMenu(window)
        self.show_action = self.menu.addAction(tr("&Show window"))
        whole_queue.fill(self.menu)
        self.menu.addSeparator()
        self.quit_action = self.menu.addAction(tr("&Quit"))
        self.menu.setDefaultAction(self.show_action)
        self.icon = QSystemTrayIcon(app_icon(), self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.show_action.triggered.connect(self.show_requested)
        self.quit_action.triggered.connect(self.quit_requested)

    @property
    def is_there(self) -> bool:
        """Whether the desktop has a tray and the icon is in it: a window may be closed and found again."""
        return self._is_wanted and self._is_possible()

    def set_wanted(self, wanted: bool) -> None:
        """Show the icon, or take it away."""
        self._is_wanted = wanted
        self.icon.setVisible(wanted and QSystemTrayIcon.isSystemTrayAvailable())

    def take(self, progress: QueueProgress | None, text: str) -> None:
        """Take how far the queue is; ``text`` says it in words."""
        if self.is_there:
            set_tooltip(self.icon, text)
            step = None if progress is None else int(progress.fraction / _STEP)
            if step != self._shown_step:
                self._shown_step = step
                self.icon.setIcon(app_icon() if progress is None else progress_icon(progress.fraction))

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.show_requested.emit()


def progress_icon(fraction: float) -> QIcon:
    """Return the application's icon in a ring that is filled clockwise, from 0 to 1."""
    result = QIcon()
    for size in _SIZES:
        pixmap = QPixmap(size, size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = max(2.0, size / 9)
        inner = round(size - 2 * width - size / 11)
        picture = app_icon().pixmap(inner, inner)
        painter.drawPixmap((size - inner) // 2, (size - inner) // 2, picture)
        ring = QRectF(0, 0, size, size).adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.setPen(QPen(theme().tokens.line_strong, width))
        painter.drawEllipse(ring)
        painter.setPen(QPen(theme().tokens.accent, width, c=Qt.PenCapStyle.FlatCap))
        painter.drawArc(ring, 90 * 16, -round(min(1.0, fraction) * 360 * 16))
        painter.end()
        result.addPixmap(pixmap)
    return result
