"""Remember where the frames of large videos are: each chunk's command would read the whole file to find out.

What is remembered is for the commands on this computer that follow; without it they only take longer. A file is known
by its path, size, time and inode. Should it have changed without that, the frames that are asked for do not come out
of the decoder at their times, which is an error there.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

from helios_gui.media.frame_index import FrameIndex, StoredFrame, index_frames
from helios_gui.utils.work_threads import Stop

SMALLEST = 64 * 1024 * 1024
"""Bytes: smaller files are read in less time than it takes to start a chunk's program."""
_MOST = 50
"""Files that are remembered."""
_FORM = 3
"""Of the remembered files; another is not read."""


def remembered_index(
    path: Path, stop: Stop, folder: Path, *, count: bool = True, smallest: int = SMALLEST
) -> FrameIndex:
    """Return what ``index_frames`` does, from what is remembered where that is so (blocking).

    Args:
        path: The video.
        stop: Ends the work.
        folder: Where to remember it.
        count: As in ``index_frames``.
        smallest: Bytes of a file that is worth it.

    Raises:
        ValueError: It has no video.
        OSError: It is not there.
        av.error.FFmpegError: It cannot be read.
    """
    status = path.stat()
    if status.st_size < smallest:
        return index_frames(path, stop, count=count)
    identity = f"{os.path.realpath(path)}\n{status.st_size}\n{status.st_mtime_ns}\n{status.st_ino}\n{count}"
    place = folder / f"{hashlib.sha256(identity.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json.gz"
    with suppress(OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
        return _load(place, path)
    index = index_frames(path, stop, count=count)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _save(index, place)
        _forget_oldest(folder)
    return index


def _save(index: FrameIndex, place: Path) -> None:
    data = {
        "form": _FORM,
        "time_base": str(index.time_base),
        "rates": [str(rate) for rate in index.rates],
        "left_out": index.left_out,
        "cut_off": index.cut_off,
        "is_counted": index.is_counted,
        "resized": index.resized,
        "times": index.times,
        "stored": [[frame.time, frame.number, int(frame.is_key)] for frame in index.stored],
    }
    part = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        part.write_bytes(gzip.compress(json.dumps(data, separators=(",", ":")).encode("ascii"), compresslevel=1))
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _load(place: Path, path: Path) -> FrameIndex:
    data: dict[str, Any] = json.loads(gzip.decompress(place.read_bytes()))
    if data["form"] != _FORM:
        raise ValueError(place)
    os.utime(place)  # the oldest are forgotten
    return FrameIndex(
        path=path,
        time_base=Fraction(data["time_base"]),
        times=tuple(data["times"]),
        stored=tuple(StoredFrame(time, number, bool(key)) for time, number, key in data["stored"]),
        left_out=data["left_out"],
        rates=tuple(map(Fraction, data["rates"])),
        is_counted=data["is_counted"],
        resized=None if data["resized"] is None else tuple(data["resized"]),
        cut_off=data["cut_off"],
    )


def _forget_oldest(folder: Path) -> None:
    kept = sorted(folder.glob("*.json.gz"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in kept[_MOST:]:
        file.unlink(missing_ok=True)
