"""Have a QuickTime or MP4 file say of its picture all that the chunks say: FFmpeg's muxer leaves some of it out.

In .mov files it writes neither Dolby Vision's record nor 3D and spherical pictures as Google has them, in both kinds of
files those of Apple only as far as FFmpeg reads them, and beside Google's a box of Apple's that takes their meaning.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from helios_gui.media.iso_boxes import HEADER, Span, all_boxes, contents_within
from helios_gui.media.sample_entry import entries, entry_boxes
from helios_gui.types import StreamInfo

_TO_ENTRY = (b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_PLACES = {b"stco": 4, b"co64": 8}
"""Boxes with the places of frames in the file, and how many bytes each place has."""
_BEFORE_PLACES = 8
_FREE = b"free"
_BLOCK = 1 << 20
_AROUND = frozenset({b"st3d", b"sv3d", b"vexu", b"hfov"})


def say_of_picture(path: Path, boxes: Mapping[str, bytes], *, all_known: bool) -> None:
    """Have the first track of pictures in a complete file of MP4's kind say what ``boxes`` say (blocking).

    Args:
        path: The file, which is changed.
        boxes: Whole boxes by kind, as in ``StreamInfo.boxes``.
        all_known: Whether there is nothing else to be said of 3D and spherical pictures: what the file says is taken
            out. Else only what contradicts them.
    """
    wanted = {kind.encode(): data for kind, data in boxes.items()}
    surplus = _AROUND if all_known else {b"vexu", b"hfov"} if b"st3d" in wanted else frozenset()
    with path.open("r+b") as file:
        size = path.stat().st_size
        tracks = contents_within(file, (b"moov", b"trak"), 0, size)
        entry = next(chain.from_iterable(entries(file, track) for track in tracks), None)
        if entry is None:
            return
        for kind, (start, end) in list(entry_boxes(file, entry)):
            file.seek(start)
            if kind in wanted and file.read(end - start) == wanted[kind]:
                del wanted[kind]
            elif kind in wanted or kind in surplus:
                file.seek(start + 4)
                file.write(_FREE)
        _name_dolby_vision(file, entry[0] - 4, boxes)
        if wanted:
            _insert(file, entry[1], b"".join(wanted.values()), size)


def _name_dolby_vision(file: BinaryIO, place: int, boxes: Mapping[str, bytes]) -> None:
    """Have HEVC whose colours are right only as Dolby Vision be taken for nothing else."""
    file.seek(place)
    if file.read(4) == b"hvc1" and StreamInfo("video", "hevc", 0, Fraction(1), boxes=boxes).needs_dolby_vision:
        file.seek(place)
        file.write(b"dvh1")


def _insert(file: BinaryIO, place: int, more: bytes, size: int) -> None:
    """Put ``more`` into the file's index at a place that is the end of a sample entry."""
    top = list(all_boxes(file, 0, size))
    number = next(number for number, (kind, _, _) in enumerate(top) if kind == b"moov")
    _, (start, end), _ = top[number]
    file.seek(start)
    index = bytearray(file.read(end - start))
    for box in _boxes_around(file, place, (start, end)):
        index[box - start : box - start + 4] = (
            int.from_bytes(index[box - start : box - start + 4], "big") + len(more)
        ).to_bytes(4, "big")
    index[place - start : place - start] = more
    kind, (_, last), _ = top[number + 1] if number + 1 < len(top) else (b"", (end, end), end)
    left = last - end - len(more)
    if kind == _FREE and left >= HEADER:
        file.seek(start)
        file.write(index + left.to_bytes(4, "big") + _FREE)
        return
    if end < size:
        moved = _with_moved_places(index, len(more), end)
        if moved is None:  # the index goes behind the frames, which stay where they are
            file.seek(size)
            file.write(index)
            file.seek(start + 4)
            file.write(_FREE)
            return
        _move_rest(file, end, size, len(more))
        index = moved
    file.seek(start)
    file.write(index)


def _boxes_around(file: BinaryIO, place: int, index: Span) -> Iterator[int]:
    """Yield where the boxes begin that grow with a sample entry which ends at ``place``."""
    begin, end = index
    yield begin
    for kind in _TO_ENTRY:
        for found, (start, last), content in all_boxes(file, begin + HEADER, end):
            if found == kind and content < place <= last:
                begin, end = start, last
                yield begin
                break
    yield next(start for _, (start, last), _ in all_boxes(file, begin + HEADER + 8, end) if last == place)


def _move_rest(file: BinaryIO, start: int, end: int, by: int) -> None:
    """Move all from ``start`` on to a place further on in the file."""
    while end > start:
        begin = max(start, end - _BLOCK)
        file.seek(begin)
        data = file.read(end - begin)
        file.seek(begin + by)
        file.write(data)
        end = begin


def _with_moved_places(index: bytearray, by: int, behind: int) -> bytearray | None:
    """Return an index whose frames behind a place of the file have moved, ``None`` where they are too far for it."""
    moved = bytearray(index)
    for kind, width in _PLACES.items():
        for begin, end in contents_within(io.BytesIO(index), (b"moov", *_TO_ENTRY[:-1], kind), 0, len(index)):
            for place in range(begin + _BEFORE_PLACES, end, width):
                old = int.from_bytes(index[place : place + width], "big")
                new = old + by * (old >= behind)
                if new.bit_length() > 8 * width:
                    return None
                moved[place : place + width] = new.to_bytes(width, "big")
    return moved
