"""One timer that follows the logs of all running attempts and hands their new lines on."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from helios_gui.process.log_limit import LOG_LIMIT, BoundedLog, LogLimit
from helios_gui.process.log_tail import LogTail

logger = logging.getLogger(__name__)

_INTERVAL = 0.05
_TIME_PER_TICK = 0.004
"""Seconds of the event loop one tick may take: a quarter of a frame at 60 Hz."""
_KEPT_LINES = 40
_BLOCK = 64 * 1024
_BACKLOG = 1024 * 1024


class FollowedLog:
    """A log being followed, and who is told. It takes no more disk than its limit says."""

    def __init__(self, tail: LogTail, on_lines: Callable[[Sequence[str]], None], limit: LogLimit = LOG_LIMIT) -> None:
        self.tail = tail
        self._on_lines = on_lines
        self._bounded = BoundedLog(tail.path, limit)
        self._giving_back: threading.Thread | None = None

    def poll(self) -> None:
        """Hand on what is new, and have the log made smaller if it has become too large."""
        self.deliver(self.tail.read())
        if not self._bounded.is_too_large(self.tail.size):
            return
        if not self._bounded.has_holes:
            self._cut()
        elif self._giving_back is None or not self._giving_back.is_alive():
            # On a thread: the file system lets whoever floods the file go first.
            self._giving_back = threading.Thread(target=self._give_back, name="helios-log-limit")
            self._giving_back.start()

    def deliver(self, lines: Sequence[str]) -> None:
        """Hand lines to the listener; its errors are logged, not ours to fail of."""
        if not lines:
            return
        try:
            self._on_lines(lines)
        except Exception:
            logger.exception("A listener failed on output of %s", self.tail.path)

    def finish(self) -> tuple[str, ...]:
        """Deliver what is unread, the unfinished last line too; return the last lines of the log."""
        if self._giving_back is not None:
            self._giving_back.join()
        self.deliver(self.tail.read_rest())
        if self._giving_back is not None or self._bounded.is_too_large(self.tail.size):
            try:
                self._bounded.finish()
            except OSError as error:
                logger.warning("The log %s cannot be made smaller: %s", self.tail.path, error)
        return self.tail.lines

    def _cut(self) -> None:
        """Cut the log in one go with the reading of it, which goes on behind the cut."""
        try:
            self.tail.skip_to(self._bounded.cut())
        except OSError as error:
            logger.warning("The log %s cannot be made smaller: %s", self.tail.path, error)

    def _give_back(self) -> None:
        try:
            self._bounded.give_back()
        except OSError as error:
            logger.warning("The log %s cannot be made smaller: %s", self.tail.path, error)


class LogPoller:
    """Reads the followed logs about 20 times a second, while there are any, and keeps each within ``limit``."""

    def __init__(self, limit: LogLimit = LOG_LIMIT) -> None:
        self._limit = limit
        self._logs: deque[FollowedLog] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def follow(self, path: Path, on_lines: Callable[[Sequence[str]], None]) -> Iterator[FollowedLog]:
        """Call ``on_lines`` on the event loop with the log's new lines, until the context ends."""
        log = FollowedLog(LogTail(path, keep=_KEPT_LINES, block=_BLOCK, backlog=_BACKLOG), on_lines, self._limit)
        self._logs.append(log)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_INTERVAL, self._tick)
        try:
            yield log
        finally:
            self._logs.remove(log)
            if not self._logs and self._timer is not None:
                self._timer.cancel()
                self._timer = None

    def _tick(self) -> None:
        """Give every log its turn, or as many as fit into the time; the others come first the next time."""
        self._timer = asyncio.get_running_loop().call_later(_INTERVAL, self._tick)
        stop = time.perf_counter() + _TIME_PER_TICK
        for _ in range(len(self._logs)):
            log = self._logs[0]
            self._logs.rotate(-1)
            log.poll()
            if time.perf_counter() > stop:
                break
