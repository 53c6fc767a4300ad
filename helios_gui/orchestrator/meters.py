"""Measurements of a job: how fast its present run goes and what it costs per frame, and how long all runs took."""

from __future__ import annotations

import time
from collections import deque

_WINDOW_SECONDS = 20.0
_SAMPLE_SECONDS = 0.25
_TRUST_AFTER_SECONDS = 3.0
"""Before that, a renderer's start counts so much that hours would be said of what takes a minute."""


class SpeedMeter:
    """Measures frames per second over a sliding window of the last 20 seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque()

    def sample(self, now: float, frames_done: int) -> None:
        """Record progress. Fewer frames than in the last sample start the window anew.

        Args:
            now: The time on a monotonic clock, in seconds.
            frames_done: The frames that are done by then.
        """
        samples = self._samples
        if samples and frames_done < samples[-1][1]:
            samples.clear()
        if len(samples) >= 2 and now - samples[-2][0] < _SAMPLE_SECONDS:
            samples[-1] = (now, frames_done)
        else:
            samples.append((now, frames_done))
        while len(samples) > 2 and now - samples[0][0] > _WINDOW_SECONDS:
            samples.popleft()

    def frames_per_second(self) -> float | None:
        """Return the measured speed, or ``None`` before there are enough samples."""
        if len(self._samples) < 2:
            return None
        (start, first), (end, last) = self._samples[0], self._samples[-1]
        if end - start < _TRUST_AFTER_SECONDS or last <= first:
            return None
        return (last - first) / (end - start)

    def eta(self, frames_left: int) -> float | None:
        """Return the seconds until ``frames_left`` more frames are done, or ``None`` while the speed is unknown."""
        speed = self.frames_per_second()
        return frames_left / speed if speed else None


class CostMeter:
    """Measures the cost per finished frame in one run of a job; earlier runs say nothing about what is left."""

    def __init__(self) -> None:
        self._cost = 0.0
        self._frames = 0

    def add(self, amount: float, frames: int) -> None:
        """Record the cost of an attempt.

        Args:
            amount: US dollars.
            frames: The frames that the attempt finished; 0 if it failed.
        """
        self._cost += amount
        self._frames += frames

    def expected_total(self, spent: float, frames_left: float) -> float | None:
        """Return what a job will have cost in US dollars that has cost ``spent`` by now, in all its runs.

        ``None`` before a first chunk is finished, and where nothing costs anything.
        """
        return spent + self._cost / self._frames * frames_left if self._frames and self._cost else None


class WorkMeter:
    """Measures for how long a job is rendered and joined, without the time in which it is paused or waits.

    Args:
        seconds: The time of earlier runs.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self._earlier = seconds
        self._running_since: float | None = None

    @property
    def seconds(self) -> float:
        """The time of all runs, the present one up to now."""
        return self._earlier + (0.0 if self._running_since is None else time.monotonic() - self._running_since)

    def set_running(self, running: bool) -> None:
        """Start or stop; what is so already stays so."""
        if not running:
            self._earlier, self._running_since = self.seconds, None
        elif self._running_since is None:
            self._running_since = time.monotonic()
