"""Frame lists as people write them in render managers: ``1-20,40,60-90x2``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.types.sequences import contiguous_ranges

_MOST = 2**31 - 1  # as in job files
_MOST_PARTS = 10_000
_PART = re.compile(r"\s*([0-9]{1,12})\s*(?:[-–]\s*([0-9]{1,12})\s*(?:[x:]\s*([0-9]{1,12})\s*)?)?")


def parse_frame_list(text: str, *, most: int | None = None) -> list[range]:
    """Return the ranges of a frame list, in order and without a frame twice.

    Args:
        text: Numbers and ranges with commas between them. ``60-90x2`` (or ``60-90:2``) is every second frame from 60.
        most: How many frames it may have; ``None`` for any number.

    Raises:
        UserInputError: It is no frame list, the ranges are not in ascending order, or there are too many frames.
    """
    parts = text.split(",")
    if len(parts) > _MOST_PARTS:
        raise UserInputError(tr("A frame list has at most {most} parts.", most=_MOST_PARTS))
    ranges = [_parse_part(part, number, len(parts)) for number, part in enumerate(parts, 1)]
    for before, after in pairwise(ranges):
        if after.start <= before[-1]:
            raise UserInputError(
                tr(
                    "The frames are not in ascending order: {after} follows {before}.",
                    after=after[0],
                    before=before[-1],
                ),
                tr("Name each frame once, the lowest first."),
            )
    if most is not None and sum(map(len, ranges)) > most:
        raise UserInputError(tr("A frame list has at most {most} frames here.", most=most))
    return ranges


def _parse_part(part: str, number: int, parts: int) -> range:
    match = _PART.fullmatch(part)
    hint = tr("Write frames like 1-20,40,60-90x2.")
    if parts > 1:
        hint = " ".join((tr("It is part {number} of {parts} of the list.", number=number, parts=parts), hint))
    if match is None:
        raise UserInputError(tr("“{part}” is no frame and no range of frames.", part=part.strip()), hint)
    first, last, step = int(match[1]), int(match[2] or match[1]), int(match[3] or 1)
    if last < first or step < 1:
        raise UserInputError(tr("“{part}” holds no frame.", part=part.strip()), hint)
    if last > _MOST:
        raise UserInputError(tr("“{part}” goes past frame {most}.", part=part.strip(), most=_MOST), hint)
    count = (last - first) // step + 1
    return range(first, first + count * step, step) if count > 1 else range(first, first + 1)


def split_ranges(ranges: Sequence[range], size: int, *, steps: bool) -> Iterator[range]:
    """Yield the frames of chunks: each at most ``size`` frames of one range.

    Args:
        ranges: The ranges of a frame list.
        size: Frames per chunk.
        steps: Whether a chunk may leave frames out; else every chunk is of consecutive frames.
    """
    for frames in ranges:
        runs = [frames] if steps or frames.step == 1 else list(contiguous_ranges(frames))
        for run in runs:
            for start in range(0, len(run), size):
                yield run[start : start + size]


def list_of(ranges: Sequence[range]) -> str:
    """Return the frame list that means these ranges."""
    return ",".join(map(_part_of, ranges))


def _part_of(frames: range) -> str:
    if len(frames) == 1:
        return str(frames[0])
    return f"{frames[0]}-{frames[-1]}" + (f"x{frames.step}" if frames.step != 1 else "")


def frame_list_text(frames: range) -> str:
    """Return the frames of a chunk as a list with commas: ``60,62,64``, as Blender's ``-f`` takes it."""
    return ",".join(map(str, frames))
