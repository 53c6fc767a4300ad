"""Make a job's file from a cached blob: a clone or a link where it is large, a copy where it is small."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.types import FailureKind, StorageError

_ALWAYS_COPIED = 4 * 1024 * 1024
"""Bytes up to which a copy costs next to nothing, and may be written to."""

_FICLONE = 0x40049409  # linux/fs.h: share the blocks of another file until either is written to
_PROGRAM, _DATA = 0o755, 0o644


def materialize(blob: Path, folder: Path, path: str, *, executable: bool) -> bool:
    """Make the file ``path`` below ``folder`` from ``blob``: a clone where the file system can, else a link or a copy.

    A link to the blob is read-only, for writing to it would change the blob. Return whether it is one. Raises
    ``OSError``, and ``StorageError`` when ``path`` leads out of the folder through a link that is there already.
    """
    target = folder / path
    if not target.parent.resolve().is_relative_to(folder.resolve()):
        raise StorageError(
            tr("{target} would lie outside the folder {folder}.", target=target, folder=folder), kind=FailureKind.FATAL
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    mode = _PROGRAM if executable else _DATA
    if blob.stat().st_size > _ALWAYS_COPIED:
        if _clone(blob, target):
            target.chmod(mode)
            return False
        if _link(blob, target, executable=executable):
            return True
    shutil.copyfile(blob, target)
    target.chmod(mode)
    return False


def _link(blob: Path, target: Path, *, executable: bool) -> bool:
    try:
        os.link(blob, target)
    except OSError:  # another file system, or one without links
        return False
    # The mode is the blob's as well; once somebody needs it executable it stays so.
    wanted = target.stat().st_mode | (0o111 if executable else 0)
    target.chmod((wanted & 0o555) | 0o444)
    return True


def _clone(blob: Path, target: Path) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        with blob.open("rb") as source, target.open("xb") as copy:
            fcntl.ioctl(copy.fileno(), _FICLONE, source.fileno())
    except OSError:
        with contextlib.suppress(OSError):
            target.unlink()
        return False
    return True
