"""The asyncio event loop inside Qt's: qasync's, and on Linux one that bears hundreds of open connections.

qasync gives every callback a Qt timer and every socket a Qt notifier, which Qt looks through at every step: with 500
connections open a single event costs 350 µs. Here asyncio keeps its own queue, timers and epoll. Qt is told of these
three only: that there is something in the queue, when the next timer is due, and that epoll reports a file descriptor.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import sys
import time
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple

import qasync
import shiboken6
from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication

_Args = TypeVarTuple("_Args")

SLICE = 0.002
"""Seconds of callbacks before Qt has its turn, to paint and to hear of keys: a fraction of a frame of the screen."""

_LONGEST_TIMER = 2**30
"""Milliseconds: Qt's own limit is not far above."""

_MANY_CANCELLED = 100
_CANCELLED_SHARE = 0.5
"""Timers that nobody waits for any more are thrown out when they are so many, and such a share."""


def make_loop(app: QApplication) -> asyncio.AbstractEventLoop:
    """Create the event loop for the window's thread; running it runs ``app``."""
    return _EpollLoop(app) if sys.platform == "linux" else qasync.QEventLoop(app)


class _EpollLoop(qasync._QEventLoop, asyncio.SelectorEventLoop):  # type: ignore[misc]  # qasync has no types
    """asyncio's own selector loop, run in slices by Qt's; starting, stopping and reporting errors are qasync's.

    Callbacks run first come first served. None runs inside another: a Qt loop nested in one makes the others wait.
    """

    # Not qasync's, which are Qt notifiers.
    _add_reader = asyncio.SelectorEventLoop._add_reader  # type: ignore[attr-defined]
    _remove_reader = asyncio.SelectorEventLoop._remove_reader  # type: ignore[attr-defined]
    _add_writer = asyncio.SelectorEventLoop._add_writer  # type: ignore[attr-defined]
    _remove_writer = asyncio.SelectorEventLoop._remove_writer  # type: ignore[attr-defined]

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _timer_cancelled_count: int

    def __init__(self, app: QApplication) -> None:
        self._turn_timer = QTimer()
        self._wakeup_timer = QTimer()
        self._in_callback = False
        self._may_select = True
        # What Qt was told last: asking it would take longer.
        self._is_busy = False
        self._is_notifying = True
        self._wakeup_time: float | None = None
        super().__init__(app)  # type: ignore[arg-type]  # as above
        self._turn_timer.timeout.connect(self._take_turn)
        self._wakeup_timer.setSingleShot(True)
        self._wakeup_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._wakeup_timer.timeout.connect(self._on_wakeup)
        self._socket_notifier = QSocketNotifier(self._selector.fileno(), QSocketNotifier.Type.Read)
        self._socket_notifier.activated.connect(self._take_turn)

    def close(self) -> None:
        """Release the Qt objects and close the loop for good."""
        if not self.is_closed() and not self.is_running():
            # Now: whoever lets go of this loop last may be another thread, where Qt's objects must not end.
            for thing in (self._turn_timer, self._wakeup_timer, self._socket_notifier):
                shiboken6.delete(thing)
        super().close()

    # -- asking for a callback

    def call_soon(
        self, callback: Callable[[*_Args], object], *args: *_Args, context: Context | None = None
    ) -> asyncio.Handle:
        """Run ``callback`` after all that were asked for before."""
        self._check_closed()
        handle = asyncio.Handle(callback, args, self, context)
        self._add_callback(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[[*_Args], object], *args: *_Args, context: Context | None = None
    ) -> asyncio.Handle:
        """Run ``callback`` like ``call_soon`` does, asked from any thread."""
        self._check_closed()
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        self._write_to_self()
        return handle

    def call_later(
        self,
        delay: float,
        callback: Callable[[*_Args], object],
        *args: *_Args,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Run ``callback`` in ``delay`` seconds."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[[*_Args], object], *args: *_Args, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run ``callback`` when the loop's time has come to ``when``."""
        timer = asyncio.SelectorEventLoop.call_at(self, when, callback, *args, context=context)
        if self._scheduled[0] is timer:
            self._wait_for_timer()
        return timer

    # -- running them

    def _add_callback(self, handle: asyncio.Handle) -> None:
        self._ready.append(handle)
        if not self._in_callback:
            self._set_busy(True)

    def _before_run_forever(self) -> None:
        self._set_busy(True)

    def _after_run_forever(self) -> None:
        self._set_busy(False)

    def _on_wakeup(self) -> None:
        """Run what the earliest timer was set for."""
        self._wakeup_time = None
        self._take_turn()

    def _take_turn(self) -> None:
        """Run what is there for one slice of time."""
        if self._in_callback or not self.is_running():
            self._set_busy(False)
            self._set_notifying(False)
            return
        ready = self._ready
        stop = time.monotonic() + SLICE
        self._in_callback = True
        try:
            self._collect_due()
            while ready:
                handle = ready.popleft()
                if not handle._cancelled:  # faster than to ask
                    handle._run()
                    if time.monotonic() > stop or not self.is_running():
                        break
        finally:
            self._in_callback = False
            self._arm_qt()

    def _collect_due(self) -> None:
        """Put what became due behind what waits: timers, and sockets unless those of the last time wait still."""
        if self._may_select:
            events = self._selector.select(0)
            if events:
                self._may_select = False
                self._process_events(events)
                self._ready.append(asyncio.Handle(self._allow_select, (), self))
        self._drop_cancelled()
        now = self.time() + self._clock_resolution
        while self._scheduled and self._scheduled[0].when() < now:
            timer = heapq.heappop(self._scheduled)
            timer._scheduled = False  # type: ignore[attr-defined]
            self._ready.append(timer)

    def _allow_select(self) -> None:
        self._may_select = True

    def _drop_cancelled(self) -> None:
        """Throw out cancelled timers, as asyncio's own loop does it."""
        scheduled = self._scheduled
        if len(scheduled) > _MANY_CANCELLED and self._timer_cancelled_count / len(scheduled) > _CANCELLED_SHARE:
            for timer in scheduled:
                timer._scheduled = not timer.cancelled()  # type: ignore[attr-defined]
            scheduled[:] = [timer for timer in scheduled if not timer.cancelled()]
            heapq.heapify(scheduled)
            self._timer_cancelled_count = 0
        while scheduled and scheduled[0].cancelled():
            self._timer_cancelled_count -= 1
            heapq.heappop(scheduled)._scheduled = False  # type: ignore[attr-defined]

    def _arm_qt(self) -> None:
        """Tell Qt when to call again."""
        busy = bool(self._ready) and self.is_running()
        self._set_busy(busy)
        self._set_notifying(not busy)  # it would only say so beside the timer
        self._wait_for_timer()

    def _set_busy(self, busy: bool) -> None:
        if busy is not self._is_busy:
            self._is_busy = busy
            if busy:
                self._turn_timer.start()
            else:
                self._turn_timer.stop()

    def _set_notifying(self, listen: bool) -> None:
        if listen is not self._is_notifying:
            self._is_notifying = listen
            self._socket_notifier.setEnabled(listen)

    def _wait_for_timer(self) -> None:
        due = self._scheduled[0].when() if self._scheduled else None
        if due != self._wakeup_time:
            self._wakeup_time = due
            if due is None:
                self._wakeup_timer.stop()
            else:
                self._wakeup_timer.start(min(_LONGEST_TIMER, max(0, math.ceil((due - self.time()) * 1000))))
