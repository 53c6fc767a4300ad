"""The part of a video that is rendered already: chunks as they come, each at its place among all frames."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Segment:
    """The output of one chunk, which shows frames ``first`` to ``last`` of the video, counted from 0.

    ``numbers`` are the numbers of the files if the output is an image sequence.
    """

    first: int
    frames: int
    path: Path
    numbers: Sequence[int] | None = None

    @property
    def last(self) -> int:
        """The index of the last frame."""
        return self.first + self.frames - 1


class Footage:
    """The segments that are there. The window adds to it while a thread reads: each reads or replaces one tuple.

    Args:
        frames: How many frames the video will have.
        rate: Frames per second.
        segments: What is there already.
    """

    def __init__(self, frames: int, rate: Fraction, segments: Iterable[Segment] = ()) -> None:
        self.frames = frames
        self.rate = rate
        self._segments = tuple(sorted(segments, key=lambda segment: segment.first))

    @property
    def segments(self) -> tuple[Segment, ...]:
        """What is there, in playing order."""
        return self._segments

    def add(self, segments: Iterable[Segment]) -> bool:
        """Take further segments. Returns whether one of them is new."""
        known = {segment.first for segment in self._segments}
        new = [segment for segment in segments if segment.first not in known]
        self._segments = tuple(sorted([*self._segments, *new], key=lambda segment: segment.first))
        return bool(new)

    def at(self, index: int) -> Segment | None:
        """Return the segment that a frame is in."""
        segments = self._segments
        place = bisect_right(segments, index, key=lambda segment: segment.first) - 1
        return segments[place] if place >= 0 and index <= segments[place].last else None

    def nearest(self, index: int) -> int:
        """Return the frame itself if it is there, else the next one that is, else the last one."""
        if self.at(index) is not None:
            return index
        segments = self._segments
        place = bisect_right(segments, index, key=lambda segment: segment.first)
        return segments[place].first if place < len(segments) else segments[-1].last

    def ranges(self) -> list[tuple[int, int]]:
        """Return the first and last frames of what can be played without a gap."""
        found: list[tuple[int, int]] = []
        for segment in self._segments:
            if found and found[-1][1] + 1 == segment.first:
                found[-1] = found[-1][0], segment.last
            else:
                found.append((segment.first, segment.last))
        return found
