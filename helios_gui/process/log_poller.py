"""One timer that follows the logs of all running attempts and hands their new lines on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from helios_gui.process.log_tail import LogTail

logger = logging.getLogger(__name__)

_INTERVAL = 0.05
_TIME_PER_TICK = 0.004
"""Seconds of the event loop one tick may take: a quarter of a frame at 60 Hz."""
_KEPT_LINES = 40
_BLOCK = 64 * 1024
_BACKLOG = 1024 * 1024


@dataclass(eq=False, slots=True)
class FollowedLog:
    """A log being followed, and who is told."""

    tail: LogTail
    on_lines: Callable[[Sequence[str]], None]

    def deliver(self, lines: Sequence[str]) -> None:
        """Hand lines to the listener; its errors are logged, not ours to fail of."""
        if not lines:
            return
        try:
            self.on_lines(lines)
        except Exception:
            logger.exception("A listener failed on output of %s", self.tail.path)

    def finish(self) -> tuple[str, ...]:
        """Deliver what is unread, the unfinished last line too; the last lines of the log."""
        self.deliver(self.tail.read_rest())
        return self.tail.lines


class LogPoller:
    """Reads the followed logs about 20 times a second, while there are any."""

    def __init__(self) -> None:
        self._logs: deque[FollowedLog] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def follow(self, path: Path, on_lines: Callable[[Sequence[str]], None]) -> Iterator[FollowedLog]:
        """Call ``on_lines`` on the event loop with the log's new lines, until the context ends."""
        log = FollowedLog(LogTail(path, keep=_KEPT_LINES, block=_BLOCK, backlog=_BACKLOG), on_lines)
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
            log.deliver(log.tail.read())
            if time.perf_counter() > stop:
                break
