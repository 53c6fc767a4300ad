"""Timecodes (SMPTE ST 12): whether one chunk's follows from the one before."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

_TIMECODE = re.compile(r"(\d+):(\d\d):(\d\d)([:;.])(\d+)")


def frame_number(timecode: str, rate: Fraction) -> int | None:
    """Return the number of the frame that carries ``timecode`` at ``rate`` (frames per second); ``None``: it is none.

    With ``;`` it leaves out two numbers (four at 60) each minute but each tenth: drop frame.
    """
    match = _TIMECODE.fullmatch(timecode)
    if match is None:
        return None
    hours, minutes, seconds, separator, frames = (int(part) if part.isdigit() else part for part in match.groups())
    base = round(rate)
    minutes = int(hours) * 60 + int(minutes)
    number = (minutes * 60 + int(seconds)) * base + int(frames)
    dropped = round(base / 15) if separator != ":" else 0
    return number - dropped * (minutes - minutes // 10)


def follows(timecodes: Sequence[str], frames: Sequence[int], rate: Fraction) -> bool:
    """Whether the chunks' timecodes are those of one film, or the same in each (each rendered as if it were the first).

    Args:
        timecodes: Of each chunk's first frame; empty for none.
        frames: How many frames each chunk has.
        rate: Frames per second.
    """
    if len(set(timecodes)) == 1:
        return True
    expected = frame_number(timecodes[0], rate)
    for timecode, count in zip(timecodes, frames, strict=True):
        if expected is None or frame_number(timecode, rate) != expected:
            return False
        expected += count
    return True
