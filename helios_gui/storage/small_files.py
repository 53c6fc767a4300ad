"""Small files are written on the event loop as long as the disk is quick: waking a thread takes longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from helios_gui.utils.work_threads import Stop, WorkThreads

ResultT = TypeVar("ResultT")

SMALL = 256 * 1024
"""Bytes that are hashed in a millisecond."""

_QUICK = 0.004
"""Seconds a file may take, a quarter of a frame of the screen."""

_TRUSTED_AFTER = 8
"""Files in a row that were quick on a thread, before one is written on the loop."""


class SmallFiles:
    """Decides for one storage where its files are written, going by how long the last ones took.

    The first ones go to threads, and so do all that are large; after one that was slow, be it because the disk is
    busy or on the other side of a network, the next ones do again.
    """

    def __init__(self, threads: WorkThreads) -> None:
        self._threads = threads
        self._quick_ones = 0

    async def run(self, size: int, work: Callable[[Stop], ResultT]) -> ResultT:
        """Run ``work(stop)``, which writes ``size`` bytes. Raises what it raises."""
        if size > SMALL:
            return await self._threads.run(work)
        if self._quick_ones >= _TRUSTED_AFTER:
            return self._timed(work, Stop())
        return await self._threads.run(lambda stop: self._timed(work, stop))

    def _timed(self, work: Callable[[Stop], ResultT], stop: Stop) -> ResultT:
        begun = time.perf_counter()
        try:
            return work(stop)
        finally:
            quick = time.perf_counter() - begun < _QUICK
            self._quick_ones = self._quick_ones + 1 if quick else 0
