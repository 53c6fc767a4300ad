"""Which frame shows when."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

FALLBACK_RATE = Fraction(25)


@dataclass(frozen=True, slots=True)
class Timeline:
    """The frames of a video in time; times are seconds from the start of the first frame.

    ``rate`` is frames per second, ``frames`` how many there are (at least 1). ``starts`` has every frame's
    start where they are not evenly spaced, and is empty otherwise.
    """

    rate: Fraction = FALLBACK_RATE
    frames: int = 1
    starts: tuple[float, ...] = ()

    @classmethod
    def from_starts(cls, starts: tuple[float, ...]) -> Timeline:
        """Create a timeline from the start times of its frames (ascending, at least one); ``rate`` is their average."""
        first, last = starts[0], starts[-1]
        shifted = tuple(start - first for start in starts)
        rate = Fraction((len(starts) - 1) / (last - first)) if last > first else FALLBACK_RATE
        return cls(rate.limit_denominator(1001), len(starts), shifted)

    @property
    def last(self) -> int:
        """The index of the last frame."""
        return self.frames - 1

    @property
    def duration(self) -> float:
        """Seconds from the start of the first frame to the end of the last."""
        return self.start(self.last) + float(1 / self.rate)

    def start(self, index: int) -> float:
        """Return when the frame begins to show."""
        if self.starts:
            return self.starts[max(0, min(index, self.last))]
        return float(index / self.rate)

    def middle(self, index: int) -> float:
        """Return a time in the middle of the frame, which rounding does not move to another frame."""
        following = self.start(index + 1) if index < self.last else self.start(index) + float(1 / self.rate)
        return (self.start(index) + following) / 2

    def nearest(self, seconds: float) -> int:
        """Return the frame that starts closest to this time, which may be a rounded time stamp."""
        if not self.starts:
            return self._bounded(round(seconds * self.rate))
        right = bisect_left(self.starts, seconds)
        candidates = range(max(0, right - 1), min(right, self.last) + 1)
        return min(candidates, key=lambda index: abs(self.starts[index] - seconds))

    def showing(self, seconds: float) -> int:
        """Return the frame that is on screen at this time."""
        if not self.starts:
            return self._bounded(int(seconds * self.rate))
        return self._bounded(bisect_right(self.starts, seconds) - 1)

    def _bounded(self, index: int) -> int:
        return max(0, min(index, self.last))


def evenly_spaced(starts: tuple[float, ...], tolerance: float) -> bool:
    """Return whether the frames follow each other at one pace, give or take ``tolerance`` seconds of rounding."""
    if len(starts) < 2:
        return True
    step = (starts[-1] - starts[0]) / (len(starts) - 1)
    return all(abs(later - earlier - step) <= tolerance for earlier, later in pairwise(starts))


def timecode(seconds: float) -> str:
    """Return ``00:04.12``: minutes, seconds and hundredths, with hours in front where there are any.

    Cut, not rounded, as on every clock; a hair is added first so that 4.12 does not show as 4.11.
    """
    hundredths = int(max(0.0, seconds) * 100 + 1e-6)
    minutes, hundredths = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02d}:{hundredths // 100:02d}.{hundredths % 100:02d}"
    return f"{hours}:{text}" if hours else text
