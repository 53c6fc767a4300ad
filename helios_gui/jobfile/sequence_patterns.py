"""Patterns that renderers replace by frame numbers: names of many files."""

from __future__ import annotations

import re

from helios_gui.translation import tr
from helios_gui.types.sequences import PICTURE_SUFFIXES, read_pattern

_SEQUENCE = re.compile(
    r"%0?\d*[di]"  # FFmpeg, Nuke and printf
    r"|\#\#+|(?<=[._-])\#(?=\.[^./\\]*$)"  # Blender and Nuke
    r"|@@+"  # Shake
    r"|\$F\d*(?![A-Za-z_])"  # Houdini
    r"|<f\d*>|<frame\d*>",  # Arnold and Maya
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[/\\]")


def find_sequence_pattern(name: str) -> str | None:
    """Return the part of a file name that renderers replace by frame numbers, such as ``%04d`` or ``####``."""
    match = _SEQUENCE.search(name)
    return match[0] if match else None


def check_sequence(name: str) -> str | None:
    """Return why an output of this name cannot be the image sequence that it seems to be; ``None`` if it can.

    Also for a plain name, which is no sequence.
    """
    base = _SEPARATORS.split(name)[-1]
    if read_pattern(base) is not None:
        place = find_sequence_pattern(name[: len(name) - len(base)])
        return None if place is None else tr("has a place for the frame's number ('{place}') in a folder", place=place)
    place = find_sequence_pattern(name)
    if place is None:
        return None
    if base[base.rfind(".") :].lower() not in PICTURE_SUFFIXES:
        return tr(
            "is the pattern of a sequence of files ('{pattern}'), which have to be pictures: .png, .jpg, .exr, .tif, "
            ".webp or .dpx",
            pattern=place,
        )
    return tr(
        "is the pattern of a sequence of files ('{pattern}') that is not known here: name the place of the frame's "
        "number once, as ####, %04d or {{frame:04}}",
        pattern=place,
    )


def without_patterns(stem: str) -> str:
    """Return a file name without suffix in which nothing is taken for a pattern, whatever the suffix."""
    return _SEQUENCE.sub("_", f"{stem}.x").removesuffix(".x")
