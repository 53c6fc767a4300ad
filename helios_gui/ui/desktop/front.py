"""Bringing a window to the front because somebody asked for it in another program."""

from __future__ import annotations

import os

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from helios_gui.ui.desktop.x11 import activate_on_x11
from helios_gui.utils.single_instance import TOKEN_VARIABLES

_WAYLAND_TOKEN = "XDG_ACTIVATION_TOKEN"


def bring_to_front(window: QWidget, token: str = "") -> None:
    """Show, raise and activate a window, on whatever it was minimised or covered.

    ``token`` is the desktop's leave to do so, given to the program that was started: an XDG activation token on
    Wayland, a start-up notification's id on X11.
    """
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    if token and QGuiApplication.platformName().startswith("wayland"):
        os.environ[_WAYLAND_TOKEN] = token  # where Qt looks for it, once
    window.activateWindow()
    os.environ.pop(_WAYLAND_TOKEN, None)
    if QGuiApplication.platformName() == "xcb":
        activate_on_x11(int(window.winId()), token)


def forget_startup() -> None:
    """Qt has read the desktop's leave for this program's first window: what the program starts must not find it."""
    for name in TOKEN_VARIABLES:
        os.environ.pop(name, None)
