"""Options that keep encoders from their faults."""

from __future__ import annotations

_NARROWEST = 64
"""Pixels: x265 writes past its memory with pictures up to 48 wide, as it looks ahead by blocks of half the size."""


def faultless_options(encoder: str, width: int) -> dict[str, str]:
    """Return the options without which ``encoder`` may crash with pictures of this width, as they are stored."""
    return {"x265-params": "cutree=0"} if encoder == "libx265" and width < _NARROWEST else {}


def add_options(options: dict[str, str], more: dict[str, str]) -> None:
    """Add options to others; those that are lists themselves, such as ``x265-params``, become longer."""
    for name, value in more.items():
        options[name] = f"{options[name]}:{value}" if name in options else value
