"""Notice processes that hang: they print nothing and use no processor."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress

import psutil

from helios_gui.process.child_process import ChildProcess
from helios_gui.process.log_poller import FollowedLog
from helios_gui.process.process_trees import end_tree, processes_of
from helios_gui.types import StallAction, StallPolicy
from helios_gui.utils.shielded import end_tasks

logger = logging.getLogger(__name__)

_LONGEST_PAUSE = 15.0
_LOOKS = 8
"""Looks within the time after which a chunk counts as stalled."""

_IDLE_SHARE = 0.01
"""Of one processor: so much is used by a browser or a Python that only waits."""

_SMALLEST_SHARE = 0.02
"""Seconds of a processor: the system counts in steps of 0.01 s."""


class StallWatch:
    """Watches one process with all it started. ``has_killed`` says whether it ended them.

    Args:
        policy: When they count as stalled, and what is done then.
        child: The process.
        mark: What all of them carry: the attempt's id.
        log: What they print.
        grace: Seconds that they have to end by themselves.
        on_stalled: Is told that they have stalled, and that they have not any more.
    """

    def __init__(
        self,
        policy: StallPolicy,
        child: ChildProcess,
        mark: str,
        log: FollowedLog,
        grace: float,
        on_stalled: Callable[[bool], None] = lambda stalled: None,
    ) -> None:
        self._policy = policy
        self._child = child
        self._mark = mark
        self._log = log
        self._grace = grace
        self._pause = min(policy.after / _LOOKS, _LONGEST_PAUSE)
        self._on_stalled = on_stalled
        self._is_stalled = False
        self.has_killed = False

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch while the context lasts, or until the processes were ended because they have stalled.

        What is done before the first look is due costs no task.
        """
        if self._policy.action is StallAction.OFF:
            yield
            return
        tasks: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        begin = loop.call_later(self._pause, lambda: tasks.append(loop.create_task(self._run(), name="stall-watch")))
        try:
            yield
        finally:
            begin.cancel()
            await end_tasks(tasks)
            for task in tasks:
                if not task.cancelled() and (error := task.exception()) is not None:
                    logger.exception("A process could not be watched", exc_info=error)

    async def _run(self) -> None:
        try:
            await self._watch()
        finally:
            self._set_stalled(stalled=False)

    async def _watch(self) -> None:
        after, pause = self._policy.after, self._pause
        printed, used, quiet, looked_at = self._log.tail.size, None, 0.0, time.monotonic()
        while True:
            before = time.monotonic()
            await asyncio.sleep(pause)
            now = time.monotonic()
            passed, looked_at = now - looked_at, now
            was_away = now - before > 2 * pause + 1  # the machine slept, or this program had no time
            if self._log.tail.size != printed or was_away:
                printed, used, quiet = self._log.tail.size, None, 0.0
                self._set_stalled(stalled=False)
                continue
            measured = await asyncio.to_thread(_processor_seconds, self._child, self._mark)
            quiet += min(passed, 2 * pause)  # what it did while the machine stood still is no sign
            idle = max(_SMALLEST_SHARE, _IDLE_SHARE * quiet)
            if used is None or measured is None or abs(measured - used) > idle:
                used, quiet = measured, 0.0
                self._set_stalled(stalled=False)
            elif quiet >= after:
                self._set_stalled(stalled=True)
                if self._policy.action is StallAction.KILL:
                    self.has_killed = True
                    await end_tree(self._child, self._mark, self._grace)
                    return

    def _set_stalled(self, *, stalled: bool) -> None:
        if stalled is not self._is_stalled:
            self._is_stalled = stalled
            self._on_stalled(stalled)


def _processor_seconds(child: ChildProcess, attempt_id: str) -> float | None:
    """Return the processor time of all processes of an attempt so far, in seconds; ``None`` if it cannot be told.

    It may become less where a process ends that nobody waits for: any change counts as work.
    """
    try:
        return _sum_of(processes_of(child, attempt_id))
    except OSError:  # no file descriptors left to look with
        return None


def _sum_of(processes: Iterable[psutil.Process]) -> float:
    total = 0.0
    for process in processes:
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system
            total += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    return total
