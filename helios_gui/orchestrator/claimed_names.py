"""The names that a job writes in one folder: plain ones, and the frames of image sequences without naming each."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helios_gui.jobfile.output_names import file_identity
from helios_gui.types.sequences import FramePattern, read_pattern

_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class FrameRun:
    """Consecutive frames of an image sequence; the pattern is without letter case."""

    pattern: FramePattern
    frames: range

    def holds(self, name: str) -> bool:
        """Return whether a name, without letter case, is that of one of the frames."""
        frame = self.pattern.frame_in(name)
        return frame is not None and frame in self.frames

    def meets(self, other: FrameRun) -> bool:
        """Return whether one name is in both."""
        mine, theirs = self.pattern, other.pattern
        if (mine.head, mine.tail) == (theirs.head, theirs.tail):
            start, stop = max(self.frames.start, other.frames.start), min(self.frames.stop, other.frames.stop)
            alike = mine.width == theirs.width or len(str(stop - 1)) >= max(mine.width, theirs.width)
            return start < stop and alike
        if not _may_share_a_name(mine, theirs):
            return False
        few, many = sorted((self, other), key=lambda run: len(run.frames))
        return any(many.holds(few.pattern.name_of(frame)) for frame in few.frames)


@dataclass(frozen=True, slots=True)
class ClaimedNames:
    """All names of a job in one folder, without letter case."""

    names: frozenset[str] = frozenset()
    runs: tuple[FrameRun, ...] = ()

    def meets(self, other: ClaimedNames) -> bool:
        """Return whether one name is in both."""
        return (
            not self.names.isdisjoint(other.names)
            or any(run.holds(name) for run in self.runs for name in other.names)
            or any(run.holds(name) for run in other.runs for name in self.names)
            or any(run.meets(theirs) for run in self.runs for theirs in other.runs)
        )

    def to_json(self) -> dict[str, Any]:
        """Return the names as they are written to a file."""
        runs = [
            [run.pattern.head, run.pattern.width, run.pattern.tail, run.frames.start, run.frames.stop]
            for run in self.runs
        ]
        return {"names": sorted(self.names), "frames": runs}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ClaimedNames:
        """Return what ``to_json`` wrote. Raises ``LookupError``, ``TypeError`` or ``ValueError`` for anything else."""
        runs = [
            FrameRun(FramePattern(str(head), int(width), str(tail), ""), range(int(start), int(stop)))
            for head, width, tail, start, stop in content.get("frames", ())
        ]
        return cls(frozenset(map(str, content["names"])), tuple(runs))


Places = Mapping[str, ClaimedNames]
"""Names by their folders, which are real paths."""


def places_of(files: Iterable[Path], frames: range = range(0)) -> Places:
    """Return where files really are, however their folders are reached. Looks at each folder once. Blocking.

    Args:
        files: The files; those whose names are patterns stand for image sequences.
        frames: The numbers of the frames of these.
    """
    real: dict[Path, str] = {}
    names: dict[str, set[str]] = {}
    runs: dict[str, dict[FrameRun, None]] = {}
    for file in files:
        folder = real.get(file.parent)
        if folder is None:
            folder = real[file.parent] = os.path.realpath(file.parent)
        pattern = read_pattern(file.name)
        if pattern is None:
            names.setdefault(folder, set()).add(file_identity(file.name))
        else:
            plain = FramePattern(file_identity(pattern.head), pattern.width, file_identity(pattern.tail), "")
            runs.setdefault(folder, {})[FrameRun(plain, frames)] = None
    return {
        folder: ClaimedNames(frozenset(names.get(folder, ())), tuple(runs.get(folder, ())))
        for folder in names.keys() | runs.keys()
    }


def places_meet(some: Places, others: Places) -> bool:
    """Return whether a file is among both."""
    return any(names.meets(others[folder]) for folder, names in some.items() if folder in others)


def _may_share_a_name(one: FramePattern, other: FramePattern) -> bool:
    """Return ``False`` where already the texts around the numbers tell that no name can fit both patterns.

    One text before the number begins with the other one, and one after it ends with the other one. What is more on one
    side is a part of the other pattern's number; or on both sides it is more than that: ``a_%02d_b1``, ``a_01_b%d``.
    """
    short_head, head = sorted((one.head, other.head), key=len)
    short_tail, tail = sorted((one.tail, other.tail), key=len)
    if not head.startswith(short_head) or not tail.endswith(short_tail):
        return False
    more_before, more_after = head[len(short_head) :], tail[: len(tail) - len(short_tail)]
    return (not more_before.strip(_DIGITS)) == (not more_after.strip(_DIGITS))
