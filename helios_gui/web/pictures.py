"""Which pictures of a page move."""

from __future__ import annotations

import re

_HEAD = 4096
_MOVES = re.compile(rb"<(animate|animateMotion|animateTransform|set)[\s>]|@keyframes")


def type_of_animated(data: bytes) -> str:
    """Return the media type of a GIF, WebP, PNG or AVIF file that has more than one frame; empty for all others."""
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif" if _count_gif_frames(data) > 1 else ""
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X":
        return "image/webp" if data[20] & 0x02 else ""
    if data.startswith(b"\x89PNG"):
        return "image/png" if b"acTL" in data[: data.find(b"IDAT")] else ""
    is_sequence = data[4:8] == b"ftyp" and b"avis" in data[8 : int.from_bytes(data[:4], "big")]
    return "image/avif" if is_sequence else ""


def is_moving_svg(data: bytes) -> bool:
    """Return whether an SVG file moves by itself, with SMIL or CSS."""
    return b"<svg" in data[:_HEAD] and _MOVES.search(data) is not None


def _count_gif_frames(data: bytes) -> int:
    """Return 0, 1 or, for any number above, 2; a damaged file has the frames before the damage."""
    count = 0
    place = 13 + _colours(data[10])
    while place < len(data) and count < 2:
        if data[place] == 0x21:  # an extension
            place += 2
        elif data[place] == 0x2C and place + 9 < len(data):  # an image
            count += 1
            place += 11 + _colours(data[place + 9])
        else:
            break
        while place < len(data) and data[place]:  # blocks of up to 255 bytes, until an empty one
            place += data[place] + 1
        place += 1
    return count


def _colours(flags: int) -> int:
    """Return the size of the colour table in bytes."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
