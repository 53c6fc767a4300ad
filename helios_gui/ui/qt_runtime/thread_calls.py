"""Calls from threads to objects of the window's thread, which may be gone by then.

A thread must not emit a signal of an object that the window may delete meanwhile: PySide finds the object, lets go
of Python's lock, and Qt then reads what has just been freed. Here threads emit a signal of one object that lives as
long as the program, and whether the receiver is still there is asked on the window's thread. When the program ends,
PySide deletes that object as well, while daemon threads still run: from then on they emit nothing.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
from functools import cache, partial
from threading import RLock
from typing import Any, ParamSpec
from weakref import WeakMethod

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

_Parameters = ParamSpec("_Parameters")


class _Relay(QObject):
    called = Signal(object)
    """A function without arguments, to be called on the window's thread."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = RLock()
        self._is_open = True
        self.called.connect(self._call, Qt.ConnectionType.QueuedConnection)
        atexit.register(self._close)  # runs before PySide's own, which was registered earlier

    def post(self, function: Callable[[], object]) -> None:
        """Have the function called on the window's thread; from any thread, and nothing once the program ends."""
        with self._lock:
            if self._is_open:
                self.called.emit(function)

    def _close(self) -> None:
        with self._lock:
            self._is_open = False

    def _call(self, function: Callable[[], object]) -> None:
        function()


@cache
def _relay() -> _Relay:
    return _Relay()


def on_window_thread(method: Callable[_Parameters, object]) -> Callable[_Parameters, None]:
    """Return a function that threads call to have a Qt object's method called on the window's thread, a little later.

    It keeps nothing alive, and does nothing once Qt has deleted the object.

    Args:
        method: A bound method of a ``QObject``. Call ``on_window_thread`` itself on the window's thread.
    """
    relay, target = _relay(), WeakMethod(method)

    def call_soon(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> None:
        relay.post(partial(_call_if_there, target, *args, **kwargs))

    return call_soon


def _call_if_there(target: WeakMethod[Callable[..., object]], *args: Any, **kwargs: Any) -> None:
    method = target()
    if method is not None and shiboken6.isValid(getattr(method, "__self__", None)):
        method(*args, **kwargs)
