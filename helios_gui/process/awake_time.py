"""How long something takes while this program is awake: hours in which the machine sleeps are no time to render in.

Linux and macOS stop the monotonic clock while the machine sleeps, but Windows does not, and none does for a program
that is stopped.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

_CHECK_SECONDS = 1.0
"""Seconds between two looks at the clock."""

_AWAY = 3.0
"""Seconds by which a look has to be late to be one after a sleep, and not one of a busy program."""


class AwakeTime:
    """Counts the seconds of a block, as a context, but for those in which this program was stopped or asleep."""

    def __init__(self) -> None:
        self._begun = self._checked_at = 0.0
        self._away = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._limit: asyncio.Timeout | None = None

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        self._schedule_check(self._begun)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return max(0.0, time.monotonic() - self._begun - self._away)

    def limit(self, seconds: float | None) -> asyncio.Timeout:
        """Return a time-out, to be entered at once, that so many seconds awake lead to; ``None`` for none."""
        self._limit = asyncio.timeout(seconds)
        return self._limit

    def _schedule_check(self, now: float) -> None:
        self._checked_at = now
        self._timer = asyncio.get_running_loop().call_at(now + _CHECK_SECONDS, self._check_clock)

    def _check_clock(self) -> None:
        """Check the clock. Timers run in the order of their times: this comes before a limit that is further away."""
        now = time.monotonic()
        late = now - self._checked_at - _CHECK_SECONDS
        if late > _AWAY:
            self._away += late
            when = self._limit.when() if self._limit is not None else None
            if self._limit is not None and when is not None:
                with suppress(RuntimeError):  # it is over
                    self._limit.reschedule(when + late)
        self._schedule_check(now)
