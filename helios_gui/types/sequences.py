"""Image sequences: many files with one frame each, whose names differ in the frame's number alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".exr", ".tif", ".tiff", ".webp", ".dpx"})
"""The kinds of files that the frames of a sequence may be."""

_PLACE = re.compile(
    r"\#\#+|(?<=[._-])\#(?=\.[^./\\]*$)"  # Blender and Nuke
    r"|%(?:0\d+)?d"  # FFmpeg, Nuke and printf
    r"|\{frame(?::0?\d+d?)?\}"  # Python
)
_WIDEST = 20  # digits: more than any frame number has


@dataclass(frozen=True, slots=True)
class FramePattern:
    """The name of a sequence's files: ``head``, the number filled up with zeros to ``width`` digits, and ``tail``.

    ``place`` is how the name was written where the number goes: ``####``, ``%04d`` or ``{frame:04}``.
    """

    head: str
    width: int
    tail: str
    place: str

    def __str__(self) -> str:
        return f"{self.head}{self.place}{self.tail}"

    def name_of(self, frame: int) -> str:
        """Return the name of a frame's file."""
        return f"{self.head}{frame:0{self.width}d}{self.tail}"

    def frame_in(self, name: str) -> int | None:
        """Return the number of the frame whose file has that name; ``None`` if it is not one of the sequence."""
        if not name.startswith(self.head) or not name.endswith(self.tail):
            return None
        digits = name[len(self.head) : len(name) - len(self.tail)]
        if not (digits.isascii() and digits.isdigit()):
            return None
        return int(digits) if self.name_of(int(digits)) == name else None

    def is_same(self, other: FramePattern) -> bool:
        """Return whether both name the same files, however they are written."""
        return (self.head, self.width, self.tail) == (other.head, other.width, other.tail)


@dataclass(frozen=True, slots=True)
class FrameSequence:
    """Consecutive frames of an image sequence: its path, whose name is the pattern, and the frames' numbers."""

    path: Path
    frames: range

    @property
    def files(self) -> list[Path]:
        """The files, in order."""
        return frame_files(self.path, self.frames)


@lru_cache(maxsize=1024)
def read_pattern(name: str) -> FramePattern | None:
    """Return the pattern in the name of a picture's file (without folders); ``None`` if it is a plain name.

    A name with two places for the number is none, as nobody could tell which of them counts.
    """
    if name[name.rfind(".") :].lower() not in PICTURE_SUFFIXES:
        return None
    places = list(_PLACE.finditer(name))
    if len(places) != 1:
        return None
    place = places[0]
    digits = re.search(r"\d+", place[0])
    width = len(place[0]) if place[0].startswith("#") else int(digits[0]) if digits else 1
    if not 1 <= width <= _WIDEST:
        return None
    return FramePattern(name[: place.start()], width, name[place.end() :], place[0])


def frame_files(output: Path, frames: range) -> list[Path]:
    """Return the files of an output: one for each of ``frames`` if its name is a pattern, else itself alone."""
    pattern = read_pattern(output.name)
    if pattern is None:
        return [output]
    return [output.with_name(pattern.name_of(frame)) for frame in frames]


def contiguous_ranges(frames: Iterable[int]) -> Iterator[range]:
    """Yield the ranges of numbers without a gap, in order."""
    ordered = sorted(set(frames))
    if not ordered:
        return
    start = ordered[0]
    for number, following in pairwise(ordered):
        if following != number + 1:
            yield range(start, number + 1)
            start = following
    yield range(start, ordered[-1] + 1)
