"""Have no player of a QuickTime or MP4 file show subtitles by itself that are not meant so.

FFmpeg marks the first track of each kind as one that is shown where no other is (``enable_tracks`` in its movenc.c),
and has no option to leave that out of subtitles.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_HEADER = 8
_LARGE = 1
"""The size of a box whose true size is in the eight bytes that follow (ISO/IEC 14496-12, 4.2)."""
_SUBTITLES = frozenset({b"sbtl", b"text", b"subt", b"subp", b"clcp"})
"""Kinds of handlers."""
_ENABLED = 0x01
_HANDLER_KIND = 8
"""Bytes into a ``hdlr`` box's content."""


def hide_subtitles(path: Path) -> None:
    """Take from all tracks of subtitles the mark that they are shown (blocking). The file keeps its size."""
    with path.open("r+b") as file:
        file.seek(0, 2)
        for start, end in _boxes(file, b"moov", 0, file.tell()):
            for track in _boxes(file, b"trak", start, end):
                if _is_of_subtitles(file, track):
                    _disable(file, track)


def _boxes(file: BinaryIO, kind: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield where the content of each box of a kind begins and ends."""
    while start + _HEADER <= end:
        file.seek(start)
        head = file.read(16)
        size, begin = int.from_bytes(head[:4], "big"), start + _HEADER
        if size == _LARGE:
            size, begin = int.from_bytes(head[8:16], "big"), start + 16
        size = size or end - start
        if size < _HEADER:
            return
        if head[4:8] == kind:
            yield begin, min(start + size, end)
        start += size


def _is_of_subtitles(file: BinaryIO, track: tuple[int, int]) -> bool:
    for media in _boxes(file, b"mdia", *track):
        for start, _ in _boxes(file, b"hdlr", *media):
            file.seek(start + _HANDLER_KIND)
            return file.read(4) in _SUBTITLES
    return False


def _disable(file: BinaryIO, track: tuple[int, int]) -> None:
    for start, _ in _boxes(file, b"tkhd", *track):
        file.seek(start + 3)  # version, then the flags' three bytes
        flags = file.read(1)[0]
        file.seek(start + 3)
        file.write(bytes([flags & ~_ENABLED]))
