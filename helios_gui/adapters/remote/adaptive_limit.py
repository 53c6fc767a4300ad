"""How many chunks a cloud is given at a time, found out as the network finds its speed: by what it refuses."""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

_DECREASE = 0.5
_PROBE_INTERVAL = 1.0
"""Seconds between two steps up; a refusal comes long before."""
_HOLD = 30.0
_LONGEST_HOLD = 300.0
_TAKEN_PER_PROBE = 40
"""Calls taken after which one that may be refused is no great waste."""
_FIRST_WAIT = 0.1
_LONGEST_WAIT = 20.0
_LONGEST_ASKED_WAIT = 60.0


@dataclass(eq=False, slots=True)
class Slot:
    """One chunk in flight. Its holder says what became of the call; saying nothing (a broken line) tells nothing."""

    limit: AdaptiveLimit
    sent_at: float
    open: bool = True
    taken: bool = False

    def accepted(self) -> None:
        """Note that the service took the call."""
        if self.open:
            self.open, self.taken = False, True
            self.limit._accept()

    def throttled(self, retry_after: float = 0.0) -> None:
        """Note that the service has enough to do and refused the call, for ``retry_after`` seconds if it said so."""
        if self.open:
            self.open = False
            self.limit._throttle(self.sent_at, retry_after)


class AdaptiveLimit:
    """Bounds the calls in flight, for one event loop: additive increase, multiplicative decrease.

    It starts at ``maximum``. A refusal halves the limit, or brings it down to what the service did take if that is
    less; refusals of calls sent before that only do the latter. What was taken is reached again quickly; more than
    that is tried only after 40 calls, or ``hold`` seconds (doubled whenever that fails), by 1 more, 2 more, 4 more a
    second: so few calls are wasted on a service whose limit does not move. Calls are let go one per turn of the loop.
    """

    def __init__(self, maximum: int, *, hold: float = _HOLD) -> None:
        self._maximum = max(1, maximum)
        self._first_hold = self._hold = hold
        self._limit = float(self._maximum)
        self._ceiling = float(self._maximum)
        self._step = 1.0
        self._in_flight = 0
        self._taken_since = 0
        self._taken_since_probe = 0
        self._refused_at = -math.inf
        self._probe_at = -math.inf
        self._not_before = -math.inf
        self._refusals = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.Handle | None = None

    @property
    def limit(self) -> int:
        """How many calls may be in flight now."""
        return int(self._limit)

    @property
    def in_flight(self) -> int:
        """How many are."""
        return self._in_flight

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Hold a place in flight, first come first served, until the context ends."""
        await self._acquire()
        slot = Slot(self, asyncio.get_running_loop().time())
        try:
            yield slot
        finally:
            self._in_flight -= 1
            self._taken_since += slot.taken
            self._taken_since_probe += slot.taken
            self._schedule_next(0.0)

    async def _acquire(self) -> None:
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        if self._timer is None:
            self._schedule_next(0.0)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                with contextlib.suppress(ValueError):
                    self._waiting.remove(place)
            else:  # it was let go in the same turn
                self._in_flight -= 1
            self._schedule_next(0.0)
            raise

    def _schedule_next(self, delay: float) -> None:
        """Let the next one go (if it may) in ``delay`` seconds, or in the next turn of the loop."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(delay, self._start_next) if delay > 0 else loop.call_soon(self._start_next)

    def _start_next(self) -> None:
        self._timer = None  # whoever leaves the line plans anew: there is one who waits
        now = asyncio.get_running_loop().time()
        if now < self._not_before:
            self._schedule_next(self._not_before - now)
            return
        if self._in_flight >= self.limit and not self._probe(now):
            if self._limit < self._maximum:
                self._schedule_next(self._probe_at - now)
            return
        place = self._waiting.popleft()
        if not place.done():
            self._in_flight += 1
            place.set_result(None)
        self._schedule_next(0.0)

    def _probe(self, now: float) -> bool:
        """Try more than the service took the last time, if it is time to; whether there is room now."""
        due = now >= self._probe_at or self._taken_since_probe >= _TAKEN_PER_PROBE
        if not due or self._limit >= self._maximum:
            return False
        if self._step > 1:
            self._hold = self._first_hold  # the last step up went well
        self._limit = self._ceiling = min(self._maximum, math.floor(self._limit) + self._step)
        self._step *= 2
        self._probe_at = now + _PROBE_INTERVAL
        self._taken_since_probe = 0
        return self._in_flight < self.limit

    def _accept(self) -> None:
        self._refusals = 0
        if self._limit < self._ceiling:
            self._limit = min(self._ceiling, self._limit + 1)

    def _throttle(self, sent_at: float, retry_after: float) -> None:
        now = asyncio.get_running_loop().time()
        new = sent_at >= self._refused_at
        if new:
            self._begin_hold(now)
        # What was taken at one time lies between what still runs and that with what has ended meanwhile.
        running = self._in_flight - 1
        taken = float(max(1, running + self._taken_since))
        self._ceiling = taken if new else min(self._ceiling, taken)
        decreased = self._limit * _DECREASE if new else self._limit
        self._limit = max(1.0, min(decreased, running))
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(self._refusals, 20)) * random.uniform(0.5, 1.0)
        asked = min(retry_after, _LONGEST_ASKED_WAIT) * random.uniform(1.0, 1.1)
        self._not_before = max(self._not_before, now + max(wait, asked))

    def _begin_hold(self, now: float) -> None:
        """Handle the first refusal since the limit was last lowered."""
        self._refusals += 1
        if self._step > 1:  # it was our trying that led to it
            self._hold = min(_LONGEST_HOLD, self._hold * 2)
        self._refused_at = now
        self._probe_at = now + self._hold
        self._step = 1.0
        self._taken_since = self._taken_since_probe = 0
