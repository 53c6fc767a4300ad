"""Blocking work on few threads of our own, which ends soon after nobody waits for it any more."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar

Answer = TypeVar("Answer")


class WorkThreads:
    """A small pool of threads, started when first needed.

    The work is given an event that is set when its caller is cancelled or the pool is closed: it looks at the
    event often and gives up. The loop's own pool is left alone, for one full of probes starves everything else.
    """

    def __init__(self, name: str, threads: int = 2) -> None:
        self._name = name
        self._threads = threads
        self._executor: ThreadPoolExecutor | None = None
        self._running: dict[Future[Any], threading.Event] = {}
        self._closed = False

    async def run(self, work: Callable[[threading.Event], Answer]) -> Answer:
        """``work(stop)`` on a thread of the pool. Raises what it raises, ``RuntimeError`` after closing."""
        if self._closed:
            raise RuntimeError(f"{self._name} is closed")
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        stop = threading.Event()
        future = self._executor.submit(work, stop)
        self._running[future] = stop
        future.add_done_callback(self._forget)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            stop.set()
            raise

    def close(self) -> None:
        """Stop all work and wait for the threads to end (milliseconds, where the work looks at its event)."""
        self._stop()
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    async def aclose(self) -> None:
        """Like ``close``, without blocking the event loop."""
        self._stop()
        left = [asyncio.wrap_future(future) for future in self._running]
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        await asyncio.gather(*left, return_exceptions=True)
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _stop(self) -> None:
        self._closed = True
        for stop in list(self._running.values()):
            stop.set()

    def _forget(self, future: Future[Any]) -> None:
        self._running.pop(future, None)
