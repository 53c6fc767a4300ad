"""Bring the window to the front when another program or a second start asks for it.

On X11 this needs two messages that Qt does not send. "Activate this window": Qt sends it as a program would, and
desktops that keep programs from stealing the focus then only mark the window as urgent; here it is sent as a pager
would, because a start of the program is a person's wish. "The start-up is over": without it a desktop shows its busy
pointer until it gives up on the second process, which handed its files over and ended.
"""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from helios_gui.utils.single_instance import TOKEN_VARIABLES

_WAYLAND_TOKEN = "XDG_ACTIVATION_TOKEN"
_CLIENT_MESSAGE = 33
_SUBSTRUCTURE = 1 << 20 | 1 << 19  # SubstructureRedirectMask, SubstructureNotifyMask
_PROPERTY_CHANGE = 1 << 22
_AS_A_PAGER = 2  # Extended Window Manager Hints, section "Source indication in requests"
_PART = 20  # bytes of a client message


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
        _activate_on_x11(int(window.winId()), token)


def forget_startup_token() -> None:
    """Remove the desktop's activation token, which Qt has read, so that child processes do not inherit it."""
    for name in TOKEN_VARIABLES:
        os.environ.pop(name, None)


class _ClientMessage(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_byte * (5 * ctypes.sizeof(ctypes.c_long))),
        ("rest", ctypes.c_long * 24),  # an XEvent is at least this long
    )


class _Display:
    """A connection of its own to the X server."""

    def __init__(self, library: ctypes.CDLL, pointer: int) -> None:
        self._library = library
        self._display = ctypes.c_void_p(pointer)
        library.XDefaultRootWindow.restype = ctypes.c_ulong
        library.XCreateSimpleWindow.restype = ctypes.c_ulong
        library.XInternAtom.restype = ctypes.c_ulong
        self._root = library.XDefaultRootWindow(self._display)

    def activate(self, window: int, time: int) -> None:
        values = (ctypes.c_long * 5)(_AS_A_PAGER, time)
        self._send(window, "_NET_ACTIVE_WINDOW", 32, bytes(values), _SUBSTRUCTURE)

    def end_startup(self, identity: str) -> None:
        quoted = identity.replace("\\", "\\\\").replace('"', '\\"')
        message = f'remove: ID="{quoted}"'.encode(errors="replace") + b"\0"
        root, black = ctypes.c_ulong(self._root), ctypes.c_ulong(0)
        sender = self._library.XCreateSimpleWindow(self._display, root, -1, -1, 1, 1, 0, black, black)
        kind = "_NET_STARTUP_INFO_BEGIN"
        for start in range(0, len(message), _PART):
            self._send(sender, kind, 8, message[start : start + _PART], _PROPERTY_CHANGE)
            kind = "_NET_STARTUP_INFO"

    def _send(self, window: int, kind: str, bits: int, data: bytes, mask: int) -> None:
        message = _ClientMessage(type=_CLIENT_MESSAGE, window=window, format=bits)
        message.message_type = self._library.XInternAtom(self._display, kind.encode(), 0)
        ctypes.memmove(message.data, data, len(data))
        root = ctypes.c_ulong(self._root)
        self._library.XSendEvent(self._display, root, 0, ctypes.c_long(mask), ctypes.byref(message))


def _activate_on_x11(window: int, token: str = "") -> None:
    """Ask the window manager to activate a window by its X id; ends the start-up that ``token`` names, if any."""
    with _display() as display:
        if display is None:
            return
        moment = re.search(r"_TIME(\d+)$", token)
        display.activate(window, int(moment[1]) if moment else 0)
        if token:
            display.end_startup(token)


@contextmanager
def _display() -> Iterator[_Display | None]:
    """Connect to the X server; ``None`` if it or its library is missing."""
    try:
        library = ctypes.CDLL("libX11.so.6")
    except OSError:
        yield None
        return
    library.XOpenDisplay.restype = ctypes.c_void_p
    pointer = library.XOpenDisplay(None)
    if not pointer:
        yield None
        return
    try:
        yield _Display(library, pointer)
    finally:
        library.XCloseDisplay(ctypes.c_void_p(pointer))
