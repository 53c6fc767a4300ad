"""How far attempts in the cloud are: read, with few requests, from what their workers leave in storage."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.storage_layout import AttemptKeys
from helios_gui.types import StorageError

logger = logging.getLogger(__name__)

_PAUSE = 3.0
_LONGEST_PAUSE = 15.0
_GROWTH = 1.5
"""Intervals between two polls of one attempt: more and more while it says nothing new."""
_AT_ONCE = 8
_BETWEEN = 0.25
"""Polls at a time, and seconds between them: however many attempts run, there are no more requests than these."""
_LIMIT = 4096
"""Bytes that are read of what is one line."""


@dataclass(slots=True)
class _Followed:
    """An attempt that runs; ``due`` (the loop's time) is its next poll, ``pause`` the intervals after that."""

    tell: Callable[[Sequence[str]], None]
    due: float
    pause: float = _PAUSE
    told: str = ""


class ProgressWatch:
    """Follows attempts, for one event loop. ``interval`` (seconds) is what its pauses are made of.

    Attempts that end within three intervals cost no request.
    """

    def __init__(self, link: ReconnectingStorage, interval: float) -> None:
        self._link = link
        self._interval = interval
        self._followed: dict[AttemptKeys, _Followed] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._polling: asyncio.Task[None] | None = None

    @contextmanager
    def follow(self, place: AttemptKeys, tell: Callable[[Sequence[str]], None]) -> Iterator[None]:
        """Call ``tell`` while the block runs, with the lines in which the attempt's renderer told of its progress."""
        now = asyncio.get_running_loop().time()
        followed = self._followed[place] = _Followed(tell, now + _PAUSE * self._interval)
        self._schedule_poll()
        try:
            yield
        finally:
            if self._followed.get(place) is followed:
                del self._followed[place]
            if not self._followed:
                self._stop_timer()

    async def close(self) -> None:
        """Stop polling."""
        self._followed.clear()
        self._stop_timer()
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.wait({self._polling})

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule_poll(self) -> None:
        """Poll again when the first one is due, unless that is scheduled already or a poll is running."""
        if self._timer is None and self._polling is None and self._followed:
            loop = asyncio.get_running_loop()
            first = min(followed.due for followed in self._followed.values())
            self._timer = loop.call_later(max(_BETWEEN, first - loop.time()), self._start_poll)

    def _start_poll(self) -> None:
        self._timer = None
        self._polling = asyncio.get_running_loop().create_task(self._poll_due())
        self._polling.add_done_callback(self._end_poll)

    def _end_poll(self, _: asyncio.Task[None]) -> None:
        self._polling = None
        self._schedule_poll()

    async def _poll_due(self) -> None:
        now = asyncio.get_running_loop().time()
        due = [place for place, followed in self._followed.items() if followed.due <= now]
        due.sort(key=lambda place: self._followed[place].due)
        await asyncio.gather(*(self._poll_attempt(place) for place in due[:_AT_ONCE]))

    async def _poll_attempt(self, place: AttemptKeys) -> None:
        line = await self._read_progress(place)
        followed = self._followed.get(place)
        if followed is None:
            return
        is_new = line not in ("", followed.told)
        followed.pause = _PAUSE if is_new else min(_LONGEST_PAUSE, followed.pause * _GROWTH)
        followed.due = asyncio.get_running_loop().time() + followed.pause * self._interval
        if is_new:
            followed.told = line
            followed.tell((line,))

    async def _read_progress(self, place: AttemptKeys) -> str:
        """Return what lies there.

        It is empty when nothing does, or when the storage cannot be asked: those who need it will say so.
        """
        try:
            data = await self._link.storage.read(place.progress, limit=_LIMIT)
        except StorageError as error:
            logger.debug("No progress of %s: %s", place.name, error)
            return ""
        return data.decode("utf-8", "replace").strip()
