"""Whose a work folder is, noted in it: other processes see when it is nobody's any more."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from helios_gui.process.process_identity import is_alive, this_process
from helios_gui.utils.os_lock import FileLock

_OWNER = "app-"


def claim_folder(folder: Path) -> FileLock | None:
    """Note in a folder that it is this process's. Blocking.

    Returns:
        A lock to release when the folder is given up; ``None`` where the file system has no locks.

    Raises:
        OSError: Nothing can be written there.
    """
    owner = folder / f"{_OWNER}{this_process()}"
    owner.touch()
    with suppress(OSError):
        return FileLock.take(owner)
    return None


def is_in_use(folder: Path) -> bool:
    """Return whether a living process notes the folder as its own. Blocking."""
    return any(_lives(owner) for owner in folder.glob(f"{_OWNER}*"))


def is_orphaned(folder: Path) -> bool:
    """Return whether processes noted the folder as theirs, and all of them are dead. Blocking."""
    owners = list(folder.glob(f"{_OWNER}*"))
    return bool(owners) and not any(map(_lives, owners))


def _lives(owner: Path) -> bool:
    return is_alive(owner.name.removeprefix(_OWNER), owner)
