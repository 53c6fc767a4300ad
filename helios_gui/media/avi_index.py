"""What the index of an AVI file says of places without a frame, of which FFmpeg tells nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

_HEAD = 8
"""Bytes of a chunk's name and size."""
_ENTRY = 16
"""Bytes of an entry of ``idx1``: the chunk's name, flags, place and size."""
_INDEX_HEAD = 24
"""Bytes before the entries of ``indx`` and ``ix##`` (OpenDML AVI File Format Extensions 1.02, section 3)."""
_OF_INDEXES = b"\0"
"""The kind of ``indx`` that says where the ``ix##`` are, each of which says where a part of the frames is."""
_SIZE = 0x7FFF_FFFF
"""The bits of a size in ``ix##``; the last one says that it is no key frame."""


def empty_slots_at_end(path: Path, stream: int) -> int:
    """Return after how many places at the end of a video there is no frame, so that the one before is shown on.

    It is 0 where the file has no index, or not all of it. Blocking.

    Args:
        path: An AVI file, which may be larger than a gigabyte (OpenDML).
        stream: The number of the video in it.
    """
    with path.open("rb") as file:
        sizes = _sizes_backwards(file, stream)
        return sum(1 for _ in takewhile(lambda size: not size, sizes))


def _sizes_backwards(file: BinaryIO, stream: int) -> Iterable[int]:
    """Return how many bytes each frame of the video has, the last one first; nothing where that is not all there."""
    if file.read(4) != b"RIFF":
        return
    file.seek(12)
    old = b""
    for name, size in _chunks(file, None):
        if name == b"LIST" and file.read(4) == b"hdrl":
            parts = _parts(file, stream, file.tell() + size - 4)
            if parts:
                yield from _sizes_in_parts(file, parts)
                return
        elif name == b"idx1":
            old = index if len(index := file.read(size)) == size else b""
    yield from _sizes_in_old_index(old, stream)


def _chunks(file: BinaryIO, end: int | None) -> Iterator[tuple[bytes, int]]:
    """Yield the name and the size of each chunk up to ``end`` (``None``: of the file), which can be read then."""
    place = file.tell()
    while end is None or place < end:
        file.seek(place)
        header = file.read(_HEAD)
        if len(header) < _HEAD:
            return
        size = int.from_bytes(header[4:], "little")
        yield header[:4], size
        place += _HEAD + size + size % 2


def _parts(file: BinaryIO, stream: int, end: int) -> list[int]:
    """Return where the parts of the index of a stream are, in order; none where the file has no such index."""
    number = -1
    for name, size in _chunks(file, end):
        if name != b"LIST" or file.read(4) != b"strl":
            continue
        number += 1
        if number != stream:
            continue
        for inner, length in _chunks(file, file.tell() + size - 4):
            if inner == b"indx":
                index = file.read(length)
                return [entry for entry, _ in _entries(index, 8)] if index[3:4] == _OF_INDEXES else []
    return []


def _entries(index: bytes, of_place: int) -> list[tuple[int, int]]:
    """Return the place, which has ``of_place`` bytes, and the size in each entry that is in use."""
    length, used = 4 * int.from_bytes(index[:2], "little"), int.from_bytes(index[4:8], "little")
    if length < of_place + 4:
        return []
    starts = range(_INDEX_HEAD, min(len(index), _INDEX_HEAD + used * length) - length + 1, length)
    middles = ((start, start + of_place) for start in starts)
    return [
        (int.from_bytes(index[start:middle], "little"), int.from_bytes(index[middle : middle + 4], "little"))
        for start, middle in middles
    ]


def _sizes_in_parts(file: BinaryIO, parts: list[int]) -> Iterator[int]:
    for place in reversed(parts):
        file.seek(place)
        header = file.read(_HEAD)
        length = int.from_bytes(header[4:], "little")
        index = file.read(length)
        if header[:2] != b"ix" or len(index) < length:
            return
        for _, size in reversed(_entries(index, 4)):
            yield size & _SIZE


def _sizes_in_old_index(index: bytes, stream: int) -> Iterator[int]:
    names = {f"{stream:02}dc".encode(), f"{stream:02}db".encode()}
    for place in reversed(range(0, len(index) - _ENTRY + 1, _ENTRY)):
        if index[place : place + 4] in names:
            yield int.from_bytes(index[place + 12 : place + _ENTRY], "little")
