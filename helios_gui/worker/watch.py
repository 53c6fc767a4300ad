"""What can end an attempt before its render ends: a cancel object, the time limit, the worker's own end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Self, TypeVar

from helios_gui.types import StorageError

logger = logging.getLogger(__name__)

ResultT = TypeVar("ResultT")

_SMALLEST_RESERVE = 5.0
_SHARE_RESERVED = 0.1
_LAST_SHARE = 0.25
_SHUTDOWN_TIME = 5.0
"""Seconds for log and result after the renderer has ended, when the worker is being shut down."""


class StopReason(StrEnum):
    """Why an attempt has to stop."""

    CANCELLED = "cancelled"
    TIME = "time"
    SHUTDOWN = "shutdown"


class AttemptStoppedError(Exception):
    """The attempt has to stop, and what it was doing has been stopped already."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """How long an attempt may take: ``seconds`` from ``start`` (``time.monotonic()``); ``None`` for any time.

    Rendering ends early enough to still report (a tenth of the time, at least 5 s, at most half of it), storing the
    output early enough to leave the result.
    """

    seconds: float | None
    start: float

    @classmethod
    def begin(cls, *limits: float | None) -> TimeLimit:
        """Return the shortest of the limits, from now on."""
        return cls(min((limit for limit in limits if limit is not None), default=None), time.monotonic())

    @property
    def render_until(self) -> float | None:
        """When the renderer has to be ended."""
        return self._before_end(1.0)

    @property
    def store_until(self) -> float | None:
        """When output and log have to be stored."""
        return self._before_end(_LAST_SHARE)

    @property
    def end(self) -> float | None:
        """When time is up."""
        return self._before_end(0.0)

    def _before_end(self, share: float) -> float | None:
        if self.seconds is None:
            return None
        reserve = min(max(_SMALLEST_RESERVE, self.seconds * _SHARE_RESERVED), self.seconds / 2)
        return self.start + self.seconds - reserve * share


class Watch:
    """Runs work that is stopped when the attempt has to stop. A context: it looks for the cancel object meanwhile.

    ``is_cancelled`` is asked every ``interval`` seconds; ``shutdown`` is set when the worker has to end.
    """

    def __init__(self, is_cancelled: Callable[[], Awaitable[bool]], shutdown: asyncio.Event, interval: float) -> None:
        self._is_cancelled = is_cancelled
        self._shutdown = shutdown
        self._interval = interval
        self._tasks: dict[asyncio.Task[Any], StopReason] = {}

    async def __aenter__(self) -> Self:
        self._tasks[asyncio.create_task(self._shutdown.wait())] = StopReason.SHUTDOWN
        self._tasks[asyncio.create_task(self._wait_for_cancel())] = StopReason.CANCELLED
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def check(self) -> None:
        """Raise ``AttemptStoppedError`` if the attempt has to stop already; ``StorageError`` if that cannot be told."""
        if self._shutdown.is_set():
            raise AttemptStoppedError(StopReason.SHUTDOWN)
        if await self._is_cancelled():
            raise AttemptStoppedError(StopReason.CANCELLED)

    async def guard(self, work: Coroutine[Any, Any, ResultT], until: float | None) -> ResultT:
        """Return what ``work`` returns, unless before that the attempt has to stop or the time is ``until``.

        ``until`` is a ``time.monotonic()``. If one of these comes first, ``work`` is cancelled, and once it has ended,
        ``AttemptStoppedError`` is raised.
        """
        task = asyncio.ensure_future(work)
        try:
            timeout = None if until is None else max(0.0, until - time.monotonic())
            done, _ = await asyncio.wait({task, *self._tasks}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        if not task.cancelled():
            return task.result()
        raise AttemptStoppedError(
            next((self._tasks[stopped] for stopped in done & self._tasks.keys()), StopReason.TIME)
        )

    def last_moment(self, until: float | None) -> float | None:
        """Return ``until``, or sooner when the worker is being shut down."""
        if not self._shutdown.is_set():
            return until
        soon = time.monotonic() + _SHUTDOWN_TIME
        return soon if until is None else min(until, soon)

    async def _wait_for_cancel(self) -> None:
        """Return when the attempt is cancelled."""
        while True:
            await asyncio.sleep(self._interval)
            try:
                if await self._is_cancelled():
                    return
            except StorageError as error:
                logger.warning("Whether the attempt is cancelled cannot be told now: %s", error)
