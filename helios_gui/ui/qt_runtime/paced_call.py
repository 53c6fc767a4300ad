"""Do what takes long for a long queue, such as counting it, seldom enough that the window stays quick."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

_SHARE = 10
"""The time between two calls is at least this many times as long as the first of them took."""


class PacedCall(QObject):
    """Calls a function when it is called itself: at once, or a little later if the last call was long and not long ago.

    What has happened last is never missed: of several calls in between, the last is made up for. Once it was stopped,
    the function is called no more.
    """

    def __init__(self, function: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._function = function
        self._not_before = 0.0
        self._is_stopped = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.now)

    def __call__(self) -> None:
        if not self._timer.isActive():
            wait = self._not_before - time.monotonic()
            if wait > 0:
                self._timer.start(math.ceil(wait * 1000))
            else:
                self.now()

    def now(self) -> None:
        """Call the function now."""
        self._timer.stop()
        if self._is_stopped:
            return
        start = time.monotonic()
        self._function()
        end = time.monotonic()
        self._not_before = end + _SHARE * (end - start)

    def stop(self) -> None:
        """Call the function no more, whoever asks for it."""
        self._is_stopped = True
        self._timer.stop()
