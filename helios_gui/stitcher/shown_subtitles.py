"""Have no player of a QuickTime or MP4 file show subtitles by itself that are not meant so.

FFmpeg marks the first track of each kind as one that is shown where no other is (``enable_tracks`` in its movenc.c),
and has no option to leave that out of subtitles.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from helios_gui.media.iso_boxes import contents

_SUBTITLES = frozenset({b"sbtl", b"text", b"subt", b"subp", b"clcp"})
"""Kinds of handlers."""
_ENABLED = 0x01
_HANDLER_KIND = 8
"""Bytes into a ``hdlr`` box's content."""


def hide_subtitles(path: Path) -> None:
    """Take from all tracks of subtitles the mark that they are shown (blocking). The file keeps its size."""
    with path.open("r+b") as file:
        file.seek(0, 2)
        for start, end in contents(file, b"moov", 0, file.tell()):
            for track in contents(file, b"trak", start, end):
                if _is_of_subtitles(file, track):
                    _disable(file, track)


def _is_of_subtitles(file: BinaryIO, track: tuple[int, int]) -> bool:
    for media in contents(file, b"mdia", *track):
        for start, _ in contents(file, b"hdlr", *media):
            file.seek(start + _HANDLER_KIND)
            return file.read(4) in _SUBTITLES
    return False


def _disable(file: BinaryIO, track: tuple[int, int]) -> None:
    for start, _ in contents(file, b"tkhd", *track):
        file.seek(start + 3)  # version, then the flags' three bytes
        flags = file.read(1)[0]
        file.seek(start + 3)
        file.write(bytes([flags & ~_ENABLED]))
