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


def later_timecode(timecode: str, frames: int, rate: Fraction) -> str:
    """Return the timecode of so many ``frames`` after that of ``timecode``; as it is where it is none."""
    number = frame_number(timecode, rate)
    match = _TIMECODE.fullmatch(timecode)
    if number is None or match is None or not frames:
        return timecode
    base, separator = round(rate), match[4]
    number += frames
    if separator != ":":
        dropped = round(base / 15)
        tens, rest = divmod(number, base * 600 - 9 * dropped)
        number += 9 * dropped * tens + dropped * max(0, (rest - dropped) // (base * 60 - dropped))
    seconds, frame = divmod(number, base)
    return f"{seconds // 3600 % 24:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{separator}{frame:02}"


def timecodes_follow(timecodes: Sequence[str], frames: Sequence[int], rate: Fraction) -> bool:
    """Return whether the chunks' timecodes are those of one film, or the same in each (each rendered as the first).

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
