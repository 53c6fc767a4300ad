"""Files that appear complete or not at all."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

_NEW_FILE_MODE = 0o666
_TRIES = 1000


def make_folder(folder: Path, *, exist_ok: bool = True) -> None:
    """Make a folder and those above it, while others may be removing those of them that are empty.

    ``Path.mkdir`` fails where a folder goes while it is looked at, be it one above, or the folder itself.

    Args:
        folder: The folder.
        exist_ok: Whether it may be there already.

    Raises:
        OSError: It cannot be made.
    """
    for _ in range(_TRIES):
        try:
            folder.mkdir(parents=True)
        except FileNotFoundError:
            continue
        except FileExistsError:
            if not folder.is_dir():
                continue
            if not exist_ok:
                raise
        return
    folder.mkdir(parents=True, exist_ok=exist_ok)


def write_atomic(path: Path, content: str | bytes) -> None:
    """Put ``content`` (text as UTF-8, line ends as given) at ``path``, replacing what was there in one step.

    A reader, or a crash at any moment, sees the old file or the new one, never a part. Parent folders are
    made. A symbolic link keeps pointing where it did and its target is replaced; an existing file keeps its
    permissions. Raises ``OSError`` and then leaves the old file as it was.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        part.chmod(_mode_for(target))
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def read_bounded(path: Path, most: int) -> bytes:
    """Return what is in a file that may have come from anybody, with a job's folder for example.

    Raises:
        OSError: It cannot be read, has more than ``most`` bytes, or is no file but a pipe or a device, which could be
            waited for without end.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        content = stream.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content


def _mode_for(target: Path) -> int:
    """Return the permissions ``target`` has, or a new file would get (``mkstemp`` alone gives owner-only ones)."""
    try:
        return target.stat().st_mode & 0o777
    except FileNotFoundError:
        return _NEW_FILE_MODE & ~_UMASK


def _read_umask() -> int:
    """Return the process's umask; reading it means setting it, so this is done once, at import."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


_UMASK = _read_umask()


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut, where folders can be synced (not on Windows)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def expand_home(text: str) -> str:
    """Return a path with ``~`` and ``~user`` replaced by the home folder; as it is for a user who does not exist.

    Unlike ``os.path.expanduser``, text that no path can hold is no error.
    """
    try:
        return os.path.expanduser(text)  # noqa: PTH111 - Path.expanduser raises for an unknown user
    except ValueError:  # half a surrogate pair, or NUL
        return text
