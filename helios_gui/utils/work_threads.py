"""Blocking work on a bounded number of threads, which stops soon after its caller is cancelled."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self, TypeVar

from helios_gui.translation import tr

Result = TypeVar("Result")

_STOP_TIMEOUT = 5.0
"""Seconds to wait for a stopped thread to clean up; one that is blocked in a socket is left to its own timeout."""


class WorkStoppedError(Exception):
    """Raised inside a thread whose caller no longer waits for it."""


class Stop:
    """The request to stop that blocking work checks between blocks."""

    def __init__(self) -> None:
        self._is_set = False
        self._pause: threading.Event | None = None
        self._react: Callable[[], None] | None = None
        self._reacting = threading.Lock()

    def set(self) -> None:
        """Ask the work to stop."""
        self._is_set = True
        if self._pause is not None:
            self._pause.set()
        with self._reacting:  # or it might be called after the context's end, upon the next one's work
            if self._react is not None:
                self._react()

    @contextmanager
    def calling(self, react: Callable[[], None]) -> Iterator[None]:
        """Have ``set`` call ``react`` (which must not block) within the context, to end what cannot check."""
        self._react = react
        try:
            self.check()
            yield
        finally:
            with self._reacting:
                self._react = None

    def check(self) -> None:
        """Raise ``WorkStoppedError`` if the work was asked to stop."""
        if self._is_set:
            raise WorkStoppedError

    def pause(self, seconds: float) -> None:
        """Wait for ``seconds``. Raise ``WorkStoppedError`` as soon as the work is asked to stop."""
        self._pause = pause = threading.Event()  # made late: it costs as much as the rest of a short transfer
        self.check()
        pause.wait(seconds)
        self.check()


class WorkThreads:
    """A bounded pool of threads, started when first needed.

    The event loop's own pool is left alone: a long transfer or probe there would delay everything else. Unlike with a
    plain executor, a cancelled ``run`` returns only after its thread has cleaned up (or after five seconds), so that
    no unfinished file is left behind and nothing is still being sent when the cancellation is passed on.

    Args:
        name: The prefix of the threads' names.
        threads: How many run at once.
        closed_error: Makes the exception that ``run`` raises once the pool is closed, from a message.
    """

    def __init__(self, name: str, threads: int = 2, closed_error: Callable[[str], Exception] = RuntimeError) -> None:
        self._name = name
        self._threads = max(1, threads)
        self._closed_error = closed_error
        self._executor: ThreadPoolExecutor | None = None
        self._running: dict[Future[Any], Stop] = {}
        self._closed = False

    async def run(self, work: Callable[[Stop], Result]) -> Result:
        """Run ``work(stop)`` on a thread and return its result.

        Raises:
            Exception: What ``work`` raises, and ``closed_error`` when the pool is closed or gets closed meanwhile.
        """
        if self._closed:
            raise self._closed_error(tr("{name} is closed.", name=self._name))
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, thread_name_prefix=self._name)
        stop = Stop()
        future = self._executor.submit(work, stop)
        self._running[future] = stop
        future.add_done_callback(self._forget)
        try:
            return await asyncio.wrap_future(future)
        except WorkStoppedError:
            raise self._closed_error(tr("{name} was closed during its work.", name=self._name)) from None
        except asyncio.CancelledError:
            stop.set()
            if not future.cancelled():
                await _wait_for_end([future])
            raise

    def close(self) -> None:
        """Stop all work and wait, blocking, for the threads to end."""
        self._stop_all()
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)

    async def aclose(self) -> None:
        """Stop all work and wait up to five seconds for the threads to end."""
        running = self._stop_all()
        if self._executor is None:
            return
        self._executor.shutdown(wait=False, cancel_futures=True)
        if await _wait_for_end(running):
            self._executor.shutdown(wait=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _stop_all(self) -> list[Future[Any]]:
        self._closed = True
        running = list(self._running.items())
        for _, stop in running:
            stop.set()
        return [future for future, _ in running]

    def _forget(self, future: Future[Any]) -> None:
        self._running.pop(future, None)


async def _wait_for_end(futures: list[Future[Any]]) -> bool:
    """Wait for stopped work. Return whether all of it ended in time."""
    ending = [asyncio.wrap_future(future) for future in futures]
    for each in ending:
        each.add_done_callback(_retrieve_error)
    if not ending:
        return True
    _, pending = await asyncio.wait(ending, timeout=_STOP_TIMEOUT)
    return not pending


def _retrieve_error(future: asyncio.Future[Any]) -> None:
    """Retrieve an exception nobody waits for, so that asyncio does not log it."""
    if not future.cancelled():
        future.exception()
