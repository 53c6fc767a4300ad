"""Tell how large the pictures of a sequence are by the beginnings of their files, without decoding them."""

from __future__ import annotations

import struct
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from helios_gui.media.picture_files import codec_of_data
from helios_gui.types.sequences import frame_files
from helios_gui.utils.work_threads import Stop

Size = tuple[int, int]

_HEAD = 4096
_MOST_EXR_HEADER = 1024 * 1024
_SECONDS = 15.0
"""How long is looked, as files may be far away; the chunks look at all frames in any case."""
_NO_SIZE_IN_JPEG = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers that are followed by no length (ITU-T T.81, table B.1)."""
JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""Markers of frames (ITU-T T.81, table B.1)."""
_TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_SHORT = 256, 257, 3


@dataclass(frozen=True, slots=True)
class SizeRun:
    """Consecutive frames of one size, up to the next run: the first one's number, and width and height."""

    first: int
    size: Size


def find_size_runs(ranges: Sequence[range], pattern: Path, stop: Stop) -> tuple[SizeRun, ...]:
    """Return the sizes of a sequence's frames (blocking). Those that are not found out are taken for the one before.

    Args:
        ranges: The numbers of the frames that are there.
        pattern: The path of the files, with the pattern in its name.
        stop: Ends the work.
    """
    runs: list[SizeRun] = []
    end = time.monotonic() + _SECONDS
    for each in ranges:
        for number, path in zip(each, frame_files(pattern, each), strict=True):
            stop.check()
            if time.monotonic() > end:
                return tuple(runs)
            size = size_in_head(path)
            if size is not None and (not runs or runs[-1].size != size):
                runs.append(SizeRun(number, size))
    return tuple(runs)


def sizes_among(runs: Sequence[SizeRun], ranges: Iterable[range]) -> list[SizeRun]:
    """Return the first frame of each run that some of the frames in ``ranges`` belong to."""
    firsts = [run.first for run in runs]
    found: dict[int, SizeRun] = {}
    for each in ranges:
        for number in each:
            place = max(0, bisect_right(firsts, number) - 1)
            if runs:
                found.setdefault(place, SizeRun(number, runs[place].size))
    return list(found.values())


def size_in_head(path: Path) -> Size | None:
    """Return width and height that a picture's file says in its beginning; ``None`` where they are not found there."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            reader = _READERS.get(codec_of_data(head))
            return None if reader is None else reader(head, file)
    except (OSError, ValueError, IndexError, struct.error):
        return None


def _of_png(head: bytes, file: BinaryIO) -> Size:
    return _two(">II", head, 16)


def _of_dpx(head: bytes, file: BinaryIO) -> Size:
    return _two(">II" if head.startswith(b"SDPX") else "<II", head, 772)  # SMPTE 268M: pixels per line, lines


def _of_webp(head: bytes, file: BinaryIO) -> Size | None:
    match head[12:16]:
        case b"VP8X":
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            width, height = _two("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
        case _:
            return None


def _of_jpeg(head: bytes, file: BinaryIO) -> Size | None:
    place = 2
    while True:
        file.seek(place)
        part = file.read(9)
        if len(part) < 9 or part[0] != 0xFF:
            return None
        marker = part[1]
        if marker in JPEG_FRAMES:
            height, width = _two(">HH", part, 5)
            return width, height
        if marker == 0xFF:  # it only fills
            place += 1
        else:
            place += 2 if marker in _NO_SIZE_IN_JPEG else 2 + int.from_bytes(part[2:4], "big")


def _of_exr(head: bytes, file: BinaryIO) -> Size | None:
    """Return the size of the display window, which is what players show."""
    data = head
    if (place := data.find(b"displayWindow\0box2i\0")) < 0:
        data += file.read(_MOST_EXR_HEADER)
        place = data.find(b"displayWindow\0box2i\0")
    if place < 0:
        return None
    left, top, right, bottom = struct.unpack_from("<4i", data, place + len(b"displayWindow\0box2i\0") + 4)
    return right - left + 1, bottom - top + 1


def _of_tiff(head: bytes, file: BinaryIO) -> Size | None:
    order: Literal["little", "big"] = "little" if head.startswith(b"II") else "big"
    file.seek(int.from_bytes(head[4:8], order))
    entries = file.read(12 * int.from_bytes(file.read(2), order))
    numbers: dict[int, int] = {}
    for place in range(0, len(entries), 12):
        tag, kind = (int.from_bytes(entries[place + at : place + at + 2], order) for at in (0, 2))
        length = 2 if kind == _TIFF_SHORT else 4
        numbers.setdefault(tag, int.from_bytes(entries[place + 8 : place + 8 + length], order))
    return (numbers[_TIFF_WIDTH], numbers[_TIFF_HEIGHT]) if {_TIFF_WIDTH, _TIFF_HEIGHT} <= numbers.keys() else None


def _two(form: str, data: bytes, place: int) -> Size:
    first, second = struct.unpack_from(form, data, place)
    return first, second


_READERS: dict[str, Callable[[bytes, BinaryIO], Size | None]] = {
    "png": _of_png,
    "mjpeg": _of_jpeg,
    "exr": _of_exr,
    "tiff": _of_tiff,
    "webp": _of_webp,
    "dpx": _of_dpx,
}
