"""Sizes that encoders take, and what keeps them from their faults."""

from __future__ import annotations

_NARROWEST = 64
"""Pixels: x265 writes past its memory with pictures up to 48 wide, as it looks ahead by blocks of half the size."""

_SIDES = {"libx264": (1, 16384), "libx265": (16, 8192), "libsvtav1": (4, 16384)}
"""The shortest and the longest side of a picture, in pixels; these fail at their first frame with others."""

_UNTIMED = 2
"""Frames of a video of which x265 reads the delay from memory that it has not written: B-frames need three."""


def taken_sides(encoder: str, width: int, height: int) -> tuple[int, int] | None:
    """Return the shortest and longest side that ``encoder`` takes where a picture has another one, else ``None``."""
    least, most = _SIDES.get(encoder, (0, 0))
    return (least, most) if most and not (least <= min(width, height) and max(width, height) <= most) else None


def faultless_options(encoder: str, width: int) -> dict[str, str]:
    """Return the options without which ``encoder`` may crash with pictures of this width, as they are stored."""
    return {"x265-params": "cutree=0"} if encoder == "libx265" and width < _NARROWEST else {}


def add_options(options: dict[str, str], more: dict[str, str]) -> None:
    """Add options to others; those that are lists themselves, such as ``x265-params``, become longer."""
    for name, value in more.items():
        options[name] = f"{options[name]}:{value}" if name in options else value


def stores_untimed(encoder: str, frames: int) -> bool:
    """Return whether ``encoder`` makes up at which times so few frames are stored (dts): they are those of showing."""
    return encoder == "libx265" and frames <= _UNTIMED
