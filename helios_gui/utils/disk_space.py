"""Whether there is room on a disk, and who ran out of it. All of it blocks."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

_PROBE_BYTES = 64 * 1024
_GROWTH_BYTES = 256 * 1024
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_NO_SPACE_ON_WINDOWS = {39, 112}  # ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
_SAYS_NO_SPACE = re.compile(
    r"no space left|not enough space on the disk|disk (quota exceeded|is full|full)|\bENOSPC\b|\bEDQUOT\b",
    re.IGNORECASE,
)


def is_full(folder: Path) -> bool:
    """Return whether not even a small file can be written into the folder for want of room (or of quota)."""
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.write(bytes(_PROBE_BYTES))
            os.fsync(file.fileno())
    except OSError as error:
        return is_about_space(error)
    return False


def is_about_space(error: OSError) -> bool:
    """Return whether something could not be written for want of room (or of quota)."""
    return error.errno in _NO_SPACE or getattr(error, "winerror", None) in _NO_SPACE_ON_WINDOWS


def says_no_space(words: Iterable[str]) -> bool:
    """Return whether a program's words say that it ran out of room."""
    return any(_SAYS_NO_SPACE.search(line) for line in words)


class SpaceShortage:
    """A folder on whose disk something has just not fitted. It is over when clearly more is free than now.

    A large file may not have fitted where there still was some room, so that room alone says nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._free = shutil.disk_usage(folder).free

    def is_over(self) -> bool:
        """Return whether it is worth another try."""
        try:
            free = shutil.disk_usage(self.folder).free
        except OSError:
            return True  # what is wrong now is not the room
        self._free = min(self._free, free)
        return free >= self._free + _GROWTH_BYTES and not is_full(self.folder)
