"""The part of a video that is rendered already: chunks as they come, each at its place among all frames."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from pathlib import Path

from helios_gui.types import RenderChunk

_THERE, _MISSING = b"\1", b"\0"


class Footage:
    """Which chunks of a video are there. Chunks are known by their index in playing order, frames are counted from 0.

    The window adds chunks while a thread reads them; each step of both is one on a single byte. A job may have 100,000
    chunks, so that nothing here goes through all of them in Python but the start.

    Args:
        chunks: All chunks, in playing order.
        rate: Frames per second.
        folder: What their outputs are relative to.
    """

    def __init__(self, chunks: Sequence[RenderChunk], rate: Fraction, folder: Path) -> None:
        self.rate = rate
        self._chunks = chunks
        self._folder = folder
        self._there = bytearray(len(chunks))

    @cached_property
    def _starts(self) -> list[int]:
        """The first frame of each chunk, and the number of all: nobody asks before the first chunk is there."""
        return list(accumulate((chunk.frame_count for chunk in self._chunks), initial=0))

    @property
    def frames(self) -> int:
        """How many frames the video will have."""
        return self._starts[-1]

    @property
    def is_empty(self) -> bool:
        """Whether no chunk is there."""
        return _THERE not in self._there

    @property
    def last(self) -> int:
        """The index of the last frame that is there; -1 for none."""
        return self._starts[self._there.rfind(_THERE) + 1] - 1

    def add(self, indexes: Iterable[int]) -> bool:
        """Take further chunks. Returns whether one of them is new."""
        new = [index for index in indexes if not self._there[index]]
        for index in new:
            self._there[index] = 1
        return bool(new)

    def remove(self, indexes: Iterable[int]) -> None:
        """Forget chunks, which are rendered again. Nothing may read them any more."""
        for index in indexes:
            self._there[index] = 0

    def has(self, index: int) -> bool:
        """Return whether a chunk is there."""
        return bool(self._there[index])

    def start(self, index: int) -> int:
        """Return the first frame of a chunk."""
        return self._starts[index]

    def chunk_at(self, frame: int) -> int:
        """Return the index of the chunk that a frame is in."""
        return min(bisect_right(self._starts, frame), len(self._chunks)) - 1

    def nearest(self, frame: int) -> int:
        """Return the frame itself if it is there, else the next one that is, else the last one."""
        chunk = self.chunk_at(frame)
        if self._there[chunk]:
            return frame
        following = self._there.find(_THERE, chunk)
        return self._starts[following] if following >= 0 else self.last

    def ranges(self) -> list[tuple[int, int]]:
        """Return the first and last frames of what can be played without a gap."""
        found = []
        begin = self._there.find(_THERE)
        while begin >= 0:
            end = self._there.find(_MISSING, begin)
            end = len(self._there) if end < 0 else end
            found.append((self._starts[begin], self._starts[end] - 1))
            begin = self._there.find(_THERE, end)
        return found

    def file(self, index: int) -> tuple[Path, Sequence[int] | None, int]:
        """Return the output of a chunk, the numbers of its files if it is an image sequence, and how many frames."""
        chunk = self._chunks[index]
        return self._folder / chunk.output_file, None if chunk.pattern is None else chunk.frames, chunk.frame_count
