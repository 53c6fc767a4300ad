"""What the index of an AVI file says of places without a frame, of which FFmpeg tells nothing."""

from __future__ import annotations

import os
from pathlib import Path

_ENTRY = 16
"""Bytes of an entry of ``idx1``: the chunk's name, flags, place and size."""


def empty_slots_at_end(path: Path, stream: int) -> int:
    """Return after how many places at the end of a video there is no frame, so that the one before is shown on.

    It is 0 where the file has no index, or not all of it. Blocking.

    Args:
        path: An AVI file.
        stream: The number of the video in it.
    """
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return 0
        file.seek(12)
        while len(header := file.read(8)) == 8:
            size = int.from_bytes(header[4:], "little")
            if header[:4] == b"idx1":
                index = file.read(size)
                return _empty_at_end(index, stream) if len(index) == size else 0
            file.seek(size + size % 2, os.SEEK_CUR)
    return 0


def _empty_at_end(index: bytes, stream: int) -> int:
    empty = 0
    names = {f"{stream:02}dc".encode(), f"{stream:02}db".encode()}
    for place in reversed(range(0, len(index) - _ENTRY + 1, _ENTRY)):
        if index[place : place + 4] in names:
            if any(index[place + 12 : place + _ENTRY]):
                break
            empty += 1
    return empty
