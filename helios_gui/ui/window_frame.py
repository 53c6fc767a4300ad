"""The frame of the main window: it is on screen before what it shows is loaded."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow

from helios_gui import product
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.widgets.styling import resize_on_screen
from helios_gui.ui.window_state import WindowState

_GEOMETRY = "window/geometry"
_SIZE = QSize(1280, 800)


@guarded()
class WindowFrame(QMainWindow):
    """A window at its remembered place, empty until a ``MainWindow`` is put into it.

    Closing never destroys it, nor hides it: whoever made it decides what follows ``close_requested``.
    """

    close_requested = Signal()

    def __init__(self, state: WindowState) -> None:
        super().__init__()
        self.state = state
        self.setWindowTitle(product.NAME)
        self.setMinimumSize(720, 480)
        resize_on_screen(self, _SIZE)
        geometry = state.bytes(_GEOMETRY)
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)

    def remember_place(self) -> None:
        """Put the place and size into the state, which is not saved yet."""
        self.state.set_bytes(_GEOMETRY, self.saveGeometry())

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()
        self.close_requested.emit()
