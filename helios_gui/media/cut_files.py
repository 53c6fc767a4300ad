"""Tell from the sizes that a file says whether its end is missing, as after a copy that was broken off."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_EBML, _SEGMENT = 0x1A45DFA3, 0x18538067
"""Elements of Matroska (RFC 9559)."""
_LARGE_BOX = 1
_SMALLEST_BOX = 8


def whole_size(path: Path) -> int:
    """Return how many bytes a Matroska, AVI, MP4 or QuickTime file says to have; 0 where it does not. Blocking.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(12)
        file.seek(0)
        if head.startswith(_EBML.to_bytes(4, "big")):
            return _size_of_matroska(file)
        if head.startswith(b"RIFF") and head[8:] == b"AVI ":
            return _size_of_avi(file)
        return _size_of_boxes(file) if head[4:8] in (b"ftyp", b"wide", b"mdat", b"free", b"moov") else 0


def _size_of_matroska(file: BinaryIO) -> int:
    for wanted in (_EBML, _SEGMENT):
        element = int.from_bytes(file.read(4), "big")
        first = file.read(1)
        if element != wanted or not first or not first[0]:
            return 0
        more = 8 - first[0].bit_length()
        size = int.from_bytes(first + file.read(more), "big") & ((1 << 7 * (more + 1)) - 1)
        if size == (1 << 7 * (more + 1)) - 1:
            return 0  # not known: it was not written to its end, or sent while it was made
        if element == _EBML:
            file.seek(size, 1)
    return file.tell() + size


def _size_of_avi(file: BinaryIO) -> int:
    """Follow the parts of a gigabyte each that large files are made of (OpenDML)."""
    end = 0
    while (head := file.read(8)).startswith(b"RIFF") and len(head) == _SMALLEST_BOX:
        size = int.from_bytes(head[4:], "little")
        if not size:
            return 0
        end = file.tell() + size
        file.seek(size + size % 2, 1)
    return end


def _size_of_boxes(file: BinaryIO) -> int:
    end = 0
    while len(head := file.read(16)) >= _SMALLEST_BOX and head[4:8].isalnum():
        size = int.from_bytes(head[:4], "big")
        if size == _LARGE_BOX:
            size = int.from_bytes(head[8:16], "big")
        if size < _SMALLEST_BOX:
            return 0  # up to the end, wherever that is
        end += size
        file.seek(end)
    return end
