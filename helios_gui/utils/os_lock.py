"""Locks of the operating system on files: they end with the process that holds them, however it ends."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

_PAUSE = 0.005
_LOCKED_BYTE = 2**30  # behind the content, which others may read: on Windows, locked bytes cannot be read


class FileLock:
    """An open file that this process holds locked."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path, wait: float = 0.0) -> FileLock | None:
        """Lock a file, which is made where it is missing. Blocking.

        Args:
            path: The file.
            wait: For how many seconds to try.

        Returns:
            The lock; ``None`` if somebody else holds it.

        Raises:
            OSError: The file cannot be made, or its file system has no locks.
        """
        deadline = time.monotonic() + wait
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
            try:
                if _lock(descriptor) and _is_at(path, descriptor):
                    return cls(path, descriptor)
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            if time.monotonic() >= deadline:
                return None
            time.sleep(_PAUSE)

    def write(self, content: bytes) -> None:
        """Replace the file's content."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.ftruncate(self._descriptor, 0)
        while content:
            content = content[os.write(self._descriptor, content) :]

    def release(self, *, remove: bool = True) -> None:
        """Give up the lock, and ``remove`` the file."""
        if sys.platform != "win32" and remove:  # while it is locked, so that nobody locks what is about to go
            with suppress(OSError):
                self.path.unlink()
        os.close(self._descriptor)
        if sys.platform == "win32" and remove:  # open files cannot be removed
            with suppress(OSError):
                self.path.unlink()


def _is_at(path: Path, descriptor: int) -> bool:
    """Return whether the file is still the one at its path: who held the lock before may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> bool:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True
else:
    import fcntl

    def _lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
