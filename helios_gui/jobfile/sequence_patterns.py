"""Patterns that renderers replace by frame numbers: names of many files, where a job needs the name of one."""

from __future__ import annotations

import re

_SEQUENCE = re.compile(
    r"%0?\d*[di]"  # FFmpeg, Nuke and printf
    r"|\#\#+|(?<=[._-])\#(?=\.[^./\\]*$)"  # Blender and Nuke
    r"|@@+"  # Shake
    r"|\$F\d*(?![A-Za-z_])"  # Houdini
    r"|<f\d*>|<frame\d*>",  # Arnold and Maya
    re.IGNORECASE,
)


def find_sequence_pattern(name: str) -> str | None:
    """Return the part of a file name that renderers replace by frame numbers, such as ``%04d`` or ``####``."""
    match = _SEQUENCE.search(name)
    return match[0] if match else None


def without_patterns(stem: str) -> str:
    """Return a file name without suffix in which nothing is taken for a pattern, whatever the suffix."""
    return _SEQUENCE.sub("_", f"{stem}.x").removesuffix(".x")
