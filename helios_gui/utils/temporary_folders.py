"""Temporary folders that do not stay when their process is killed: a later one of the same user removes them.

Each has a file beside it that its process holds locked. Where the lock can be had, the process is gone.
"""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from helios_gui.utils.os_lock import FileLock

_PREFIX = "helios-"
_LOCK_SUFFIX = ".lock"
_searched: set[Path] = set()
"""Where this process has looked, or is just looking, for what killed processes left."""


@contextmanager
def temporary_folder(purpose: str, parent: str | None = None) -> Iterator[Path]:
    """Provide an empty folder that nobody else can look into, and remove it with all that is in it. Blocking.

    Args:
        purpose: A word for its name.
        parent: Where it is made; ``None`` for the usual place.

    Raises:
        OSError: It cannot be made.
    """
    place = Path(parent or tempfile.gettempdir())
    remove_abandoned_folders(place)
    folder = place / f"{_PREFIX}{purpose}-{secrets.token_urlsafe(6)}"
    lock = None
    with suppress(OSError):  # a file system without locks
        lock = FileLock.take(folder.with_name(folder.name + _LOCK_SUFFIX))
    try:
        folder.mkdir(mode=0o700)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            lock.release()


def temporary_variables(folder: Path) -> dict[str, str]:
    """Return the environment variables with which a program puts its temporary files into a folder."""
    return dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))


def remove_abandoned_folders(place: Path | None = None) -> None:
    """Remove what killed processes left at a place; each process looks there once. Blocking.

    Args:
        place: The folder of the temporary folders; ``None`` for the usual place.
    """
    place = place or Path(tempfile.gettempdir())
    if place in _searched:
        return
    _searched.add(place)
    for lock_file in place.glob(f"{_PREFIX}*{_LOCK_SUFFIX}"):
        with suppress(OSError):
            if not _is_ours(lock_file, stat.S_ISREG):
                continue
            lock = FileLock.take(lock_file)
            if lock is None:
                continue
            folder = lock_file.with_name(lock_file.name.removesuffix(_LOCK_SUFFIX))
            if _is_ours(folder, stat.S_ISDIR):
                shutil.rmtree(folder, ignore_errors=True)
            # Where something is still written there, another process will remove the rest.
            lock.release(remove=not _is_ours(folder, stat.S_ISDIR))


def _is_ours(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Return whether a file is of this kind, no link, and this user's: others can put files into the usual place."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    return is_kind(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())
