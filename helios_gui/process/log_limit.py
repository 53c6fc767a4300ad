"""A bound on the disk that one attempt's log takes, however much a renderer prints.

Renderers write to the log file themselves, so that nothing is lost if the app dies. So a log that has become too large
loses its middle while it grows: the begin and the end stay, and a line between them says how much is missing.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import FileIO
from pathlib import Path
from typing import cast

from helios_gui.translation import localized, tr

_PAGE = 4096
_BLOCK = 1024 * 1024
_LONG_LINE = 8 * 1024
"""Bytes of a line that are dropped rather than keep a part of it."""
_KEEP_SIZE_AND_PUNCH_HOLE = 0x01 | 0x02  # linux/falloc.h


@dataclass(frozen=True, slots=True)
class LogLimit:
    """How much disk a log may take, in bytes, and how much of its begin and of its end is kept when it takes more.

    A log takes at most ``most`` and what is printed between two looks at it, some 50 ms; at its end at most ``most``.
    """

    most: int = 32 * 1024 * 1024
    kept: int = 2 * 1024 * 1024


LOG_LIMIT = LogLimit()
"""The limit of every log, unless somebody wants another."""


class BoundedLog:
    """One log that others append to, and the disk it takes.

    On Linux, the disk of its middle is given back while the file's size stays (a "hole"), so that not one byte of its
    end is lost, whoever writes meanwhile. Elsewhere, or on file systems without holes, it is cut to its begin, and what
    comes later is its end; what is printed in that very moment may be lost.
    """

    def __init__(self, path: Path, limit: LogLimit = LOG_LIMIT) -> None:
        self.path = path
        self._limit = limit
        self._hole_begin = _round_up(limit.kept) + _PAGE  # after the begin, and a line that says what is missing
        self._hole_end = self._hole_begin
        self._cut_away = 0
        self._has_holes = sys.platform == "linux"

    def is_too_large(self, size: int) -> bool:
        """Return whether a file of this size takes more disk than it may."""
        return size - (self._hole_end - self._hole_begin) > self._limit.most

    @property
    def has_holes(self) -> bool:
        """Whether ``give_back`` works here, as far as is known."""
        return self._has_holes

    def give_back(self) -> None:
        """Give back the disk of the middle while others write. Blocking. Sets ``has_holes`` where that is impossible.

        Raises:
            OSError: The log cannot be read or written.
        """
        with self.path.open("r+b", buffering=0) as log:
            end = _round_down(os.fstat(log.fileno()).st_size - self._limit.kept)
            if end <= self._hole_end:
                return
            try:
                _punch_hole(log.fileno(), self._hole_end, end - self._hole_end)
            except OSError as error:
                if error.errno not in (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL):
                    raise
                self._has_holes = False
                return
            self._hole_end = end
            note = self._note(end - self._hole_begin + _PAGE)
            log.seek(self._hole_begin - _PAGE)
            log.write(note + b"\n" * (_PAGE - len(note)))

    def cut(self) -> int:
        """Cut the log to its begin while others write, and return its new size. Blocking.

        Raises:
            OSError: The log cannot be read or written.
        """
        with self.path.open("r+b", buffering=0) as log:
            begin = _whole_lines(_read(log, 0, self._limit.kept))
            self._cut_away += os.fstat(log.fileno()).st_size - len(begin)
            os.ftruncate(log.fileno(), len(begin))
        note = self._note(self._cut_away)
        _append(self.path, note)
        return len(begin) + len(note)

    def finish(self) -> None:
        """Make the log what is kept of it, now that nobody writes any more. Blocking.

        Raises:
            OSError: The log cannot be read or written.
        """
        with self.path.open("r+b", buffering=0) as log:
            size = os.fstat(log.fileno()).st_size
            if size <= self._limit.most:
                return
            begin = _whole_lines(_read(log, 0, self._limit.kept))
            end = _read(log, size - self._limit.kept, self._limit.kept)
            end = end[end.find(b"\n", 0, _LONG_LINE) + 1 :]
            note = self._note(self._cut_away + size - len(begin) - len(end))
            os.ftruncate(log.fileno(), len(begin))
        _append(self.path, note + end)

    def _note(self, dropped: int) -> bytes:
        words = tr(
            "… about {dropped} of output were dropped here: a log of more than {most} keeps its begin and its end …",
            dropped=_megabytes(dropped),
            most=_megabytes(self._limit.most),
        )
        return f"\n{words}\n".encode()


def _megabytes(count: int) -> str:
    return localized(f"{count / 1e6:,.1f} MB")


def _round_up(size: int) -> int:
    return -(-size // _PAGE) * _PAGE


def _round_down(size: int) -> int:
    return size // _PAGE * _PAGE


def _whole_lines(begin: bytes) -> bytes:
    line_end = begin.rfind(b"\n", max(0, len(begin) - _LONG_LINE)) + 1
    return begin[:line_end] if line_end else begin


def _read(log: FileIO, position: int, count: int) -> bytes:
    os.lseek(log.fileno(), position, os.SEEK_SET)
    data = b""
    while len(data) < count and (block := os.read(log.fileno(), min(_BLOCK, count - len(data)))):
        data += block
    return data


def _append(path: Path, data: bytes) -> None:
    """Append, as a renderer may do at the same time: neither overwrites the other."""
    with path.open("ab") as log:
        log.write(data)


@cache
def _fallocate() -> Callable[[int, int, int, int], int]:
    function = ctypes.CDLL(None, use_errno=True).fallocate64  # the plain one takes 32 bits on 32-bit machines
    function.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
    return cast(Callable[[int, int, int, int], int], function)


def _punch_hole(descriptor: int, begin: int, length: int) -> None:
    """Give back the disk of these bytes, which are zeros from now on. Raises ``OSError``."""
    try:
        function = _fallocate()
    except AttributeError:  # a C library without it
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from None
    while function(descriptor, _KEEP_SIZE_AND_PUNCH_HOLE, begin, length) != 0:
        code = ctypes.get_errno()
        if code != errno.EINTR:
            raise OSError(code, os.strerror(code))
