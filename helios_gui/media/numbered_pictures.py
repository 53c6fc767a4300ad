"""Image sequences that lie in a folder: which there are, and which of their frames."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from helios_gui.types.sequences import PICTURE_SUFFIXES, FramePattern, contiguous_ranges, read_pattern

_NUMBERED = re.compile(r"(.*?)([0-9]{1,9})(\.[A-Za-z0-9]+)", re.DOTALL)
_SAMPLE = 200_000
"""Names of a folder that are looked at."""


@dataclass(frozen=True, slots=True)
class FoundSequence:
    """An image sequence: its pattern, and the numbers of the frames that are there, in order."""

    pattern: FramePattern
    frames: tuple[int, ...]

    @property
    def ranges(self) -> list[range]:
        """The frames as ranges without a gap."""
        return list(contiguous_ranges(self.frames))


def find_sequences(folder: Path) -> list[FoundSequence]:
    """Return the image sequences of a folder, those with most frames first. It reads the disk.

    Names that end in a number belong together if they differ in it alone. Numbers with zeros before them all have as
    many digits.

    Raises:
        OSError: The folder cannot be read.
    """
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for place, file in enumerate(folder.iterdir()):
        match = _NUMBERED.fullmatch(file.name)
        if match and match[3].lower() in PICTURE_SUFFIXES and not file.name.startswith("."):
            names[match[1], match[3]].append(match[2])
        if place > _SAMPLE:
            break
    found = [_sequence(head, tail, digits) for (head, tail), digits in names.items()]
    return sorted(found, key=lambda one: (-len(one.frames), str(one.pattern)))


def sequence_of(picture: Path) -> FoundSequence | None:
    """Return the sequence that a picture belongs to; ``None`` if its name has no number. It reads the disk.

    Raises:
        OSError: The folder cannot be read.
    """
    found = find_sequences(picture.parent)
    return next((one for one in found if one.pattern.frame_in(picture.name) in one.frames), None)


def picture_of(path: Path) -> Path:
    """Return the first picture of the sequence whose pattern a path's name is; any other path as it is.

    It reads the disk.

    Raises:
        OSError: The folder cannot be read.
    """
    pattern = read_pattern(path.name)
    if pattern is None or path.exists():
        return path
    found = next((one for one in find_sequences(path.parent) if one.pattern.is_same(pattern)), None)
    return path if found is None else path.with_name(pattern.name_of(found.frames[0]))


def is_numbered(picture: Path) -> bool:
    """Return whether a name is that of a frame of a sequence."""
    match = _NUMBERED.fullmatch(picture.name)
    return match is not None and match[3].lower() in PICTURE_SUFFIXES


def one_of_each(paths: Iterable[Path]) -> list[Path]:
    """Return paths with only the first picture of those whose names differ in their number alone."""
    kept: dict[tuple[Path, str, str] | Path, Path] = {}
    for path in paths:
        match = _NUMBERED.fullmatch(path.name) if is_numbered(path) else None
        kept.setdefault((path.parent, match[1], match[3]) if match else path, path)
    return list(kept.values())


def holds_frames(folder: Path) -> bool:
    """Return whether a folder has an image sequence. It reads the disk."""
    try:
        found = find_sequences(folder)
    except OSError:
        return False
    return bool(found) and len(found[0].frames) > 1


def _sequence(head: str, tail: str, digits: list[str]) -> FoundSequence:
    padded = {len(number) for number in digits if number.startswith("0") and len(number) > 1}
    lengths = {len(number) for number in digits}
    width = max(padded) if padded else lengths.pop() if len(lengths) == 1 else 1
    pattern = FramePattern(head, width, tail, "#" * width if width > 1 else "%d")
    kept = (int(number) for number in digits if pattern.name_of(int(number)) == f"{head}{number}{tail}")
    return FoundSequence(pattern, tuple(sorted(set(kept))))
