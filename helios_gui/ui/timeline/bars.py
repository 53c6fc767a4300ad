"""Attempts as bars: which row each takes, and which of them a stretch of time shows."""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from helios_gui.types import Attempt


@dataclass(frozen=True, slots=True)
class Bar:
    """One attempt; ``start`` and ``end`` are seconds since the first one began, ``end`` is ``None`` while it runs."""

    attempt: Attempt
    row: int
    start: float
    end: float | None

    def until(self, now: float) -> float:
        """Return where the bar ends, ``now`` for one that goes on."""
        return max(self.start, now if self.end is None else self.end)


class Bars:
    """The bars of a job, in rows: an attempt takes the first row that is free when it begins.

    Rows are as many as attempts ran at the same time, so that they stand for the workers that were busy.
    """

    def __init__(self, attempts: Sequence[Attempt] = ()) -> None:
        ordered = sorted(attempts, key=lambda attempt: attempt.started_at)
        self.began = ordered[0].started_at if ordered else 0.0
        self.rows: list[list[Bar]] = []
        busy: list[tuple[float, int]] = []
        free: list[int] = []
        for attempt in ordered:
            while busy and busy[0][0] <= attempt.started_at:
                heapq.heappush(free, heapq.heappop(busy)[1])
            row = heapq.heappop(free) if free else len(self.rows)
            if row == len(self.rows):
                self.rows.append([])
            end = attempt.finished_at
            heapq.heappush(busy, (float("inf") if end is None else end, row))
            start = attempt.started_at - self.began
            self.rows[row].append(Bar(attempt, row, start, None if end is None else end - self.began))
        self._starts = [[bar.start for bar in bars] for bars in self.rows]

    def __iter__(self) -> Iterator[Bar]:
        return (bar for bars in self.rows for bar in bars)

    @property
    def is_running(self) -> bool:
        """Whether one of the attempts goes on."""
        return any(bars[-1].end is None for bars in self.rows)

    def length(self, now: float) -> float:
        """Return the seconds from the first beginning to the last end; ``now`` counts from the first beginning, too."""
        return max((bar.until(now) for bars in self.rows for bar in bars[-1:]), default=0.0)

    def between(self, row: int, first: float, last: float) -> Sequence[Bar]:
        """Return the bars of a row that reach into a stretch of time, and perhaps one before it."""
        starts = self._starts[row]
        return self.rows[row][max(0, bisect_right(starts, first) - 1) : bisect_left(starts, last)]

    def at(self, row: int, moment: float, now: float, slack: float) -> Bar | None:
        """Return the bar under a moment, or the nearest within ``slack`` seconds of it."""
        if not 0 <= row < len(self.rows):
            return None
        near = self.between(row, moment - slack, moment + slack)
        return min(
            (bar for bar in near if bar.start - slack <= moment <= bar.until(now) + slack),
            key=lambda bar: max(bar.start - moment, moment - bar.until(now), 0.0),
            default=None,
        )
