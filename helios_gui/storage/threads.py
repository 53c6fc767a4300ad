"""Blocking transfers on a bounded number of threads of our own, which stop at the next block when cancelled."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from helios_gui.types import StorageError

Answer = TypeVar("Answer")

_PATIENCE = 5.0
"""Seconds a cancelled caller waits for its thread to clean up; one stuck in a socket is left to its time-out."""


class TransferStoppedError(Exception):
    """Raised inside a thread whose caller no longer waits for it."""


class Stop:
    """What a thread looks at between blocks."""

    def __init__(self) -> None:
        self._is_set = False
        self._pausing: threading.Event | None = None

    def set(self) -> None:
        """Ask the thread to give up."""
        self._is_set = True
        if self._pausing is not None:
            self._pausing.set()

    def check(self) -> None:
        """Raise ``TransferStoppedError`` if the caller has gone."""
        if self._is_set:
            raise TransferStoppedError

    def pause(self, seconds: float) -> None:
        """Wait, unless stopped meanwhile: then raise ``TransferStoppedError``."""
        self._pausing = pausing = threading.Event()  # only now: it costs as much as the rest of a short transfer
        self.check()
        pausing.wait(seconds)
        self.check()


class TransferThreads:
    """A bounded pool, started when first needed.

    Unlike with a plain executor, a cancelled ``run`` returns only after its thread has cleaned up, so that
    nothing half-written is left behind (and nothing is still being sent) when the cancellation is passed on.
    """

    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._threads = max(1, threads)
        self._executor: ThreadPoolExecutor | None = None
        self._running: dict[Future[Any], Stop] = {}
        self._closed = False

    async def run(self, work: Callable[[Stop], Answer]) -> Answer:
        """``work(stop)`` on a thread. Raises what it raises, and ``StorageError`` once closed."""
        if self._closed:
            raise StorageError("The storage is closed already.")
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        stop = Stop()
        future = self._executor.submit(work, stop)
        self._running[future] = stop
        future.add_done_callback(self._forget)
        try:
            return await asyncio.wrap_future(future)
        except TransferStoppedError:
            raise StorageError("The storage was closed during a transfer.") from None
        except asyncio.CancelledError:
            stop.set()
            if not future.cancelled():
                ending = asyncio.wrap_future(future)
                ending.add_done_callback(_take_note)
                await asyncio.wait([ending], timeout=_PATIENCE)
            raise

    async def close(self) -> None:
        """Stop all transfers and wait for their threads to end."""
        self._closed = True
        left = list(self._running.items())
        for _, stop in left:
            stop.set()
        if self._executor is None:
            return
        self._executor.shutdown(wait=False, cancel_futures=True)
        if left:
            waiting = [asyncio.wrap_future(future) for future, _ in left]
            for future in waiting:
                future.add_done_callback(_take_note)
            await asyncio.wait(waiting, timeout=_PATIENCE)

    def _forget(self, future: Future[Any]) -> None:
        self._running.pop(future, None)


def _take_note(future: asyncio.Future[Any]) -> None:
    """Look at an error nobody waits for, so that asyncio does not complain about it."""
    if not future.cancelled():
        future.exception()
