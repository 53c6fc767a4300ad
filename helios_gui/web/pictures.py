"""What pictures of a page would show on their own time."""

from __future__ import annotations


def is_animated(data: bytes) -> bool:
    """Return whether a GIF, WebP, PNG or AVIF file has more than one frame."""
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _count_gif_frames(data) > 1
    if data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X":
        return bool(data[20] & 0x02)
    if data.startswith(b"\x89PNG"):
        return b"acTL" in data[: data.find(b"IDAT")]
    return data[4:8] == b"ftyp" and b"avis" in data[8 : int.from_bytes(data[:4], "big")]


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
