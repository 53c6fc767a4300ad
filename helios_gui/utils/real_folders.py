"""Folders reached without following a link: a link put in the way after a check leads nowhere.

A folder is resolved and checked first, and then opened from the root, one name after the other, each of which has to be
a folder itself. What is moved into the opened folder stays there, whatever happens to the path meanwhile.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from helios_gui.translation import tr
from helios_gui.types import UserInputError

_HAS_HANDLES = os.rename in os.supports_dir_fd and os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")
"""Not on Windows, where making a link takes rights of its own: there, paths are checked right before they are used."""
_PASS_THROUGH = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)


def checked_place(place: Path, job_dir: Path) -> Path:
    """Return the real path of an output, whose folder need not be there yet.

    Args:
        place: Where the job wants it.
        job_dir: The job's folder. What is named inside it has to be there when links are followed, too; what is named
            outside it was agreed to.

    Raises:
        UserInputError: It is named inside the folder, and a link leads out of it.
    """
    folder, root = Path(os.path.realpath(place.parent)), os.path.realpath(job_dir)
    named_inside = Path(os.path.normpath(place)).is_relative_to(os.path.normpath(job_dir))
    if named_inside and not (folder.is_relative_to(root) and Path(os.path.realpath(place)).is_relative_to(root)):
        raise UserInputError(
            tr(
                "The output {place} would be {real}: a link leads out of the job's folder.",
                place=place,
                real=os.path.realpath(place),
            ),
            tr("Remove the link, or name that place in the job file, and render again."),
        )
    return folder / place.name


def real_place(place: Path) -> Path:
    """Return a path with all links followed, whatever is there or not. It asks the disk, for microseconds."""
    return Path(os.path.realpath(place))


class RealPlaces:
    """The real paths of a job's outputs, each checked anew when it is asked for.

    Resolving a path asks the system about every folder on it, several times a chunk. What a folder resolved to is
    remembered for as long as the same path leads to the same folder. Should that folder be moved meanwhile and a link
    take its place, then the remembered path leads to whatever is there now, which is no link and inside the job's
    folder, or to nothing.
    """

    def __init__(self, job_dir: Path) -> None:
        self._job_dir = job_dir
        self._known: dict[str, tuple[tuple[int, int], Path]] = {}

    def check(self, place: Path) -> Path:
        """Return the real path of an output: see ``checked_place``."""
        folder, name = os.path.split(place)
        identity = _identity(folder)
        known = self._known.get(folder)
        if known is None or identity is None or known[0] != identity or os.path.islink(place):  # noqa: PTH114
            real = checked_place(place, self._job_dir)
            if identity is not None:
                self._known[folder] = identity, real.parent
            return real
        return known[1] / name


def _identity(folder: str) -> tuple[int, int] | None:
    try:
        status = os.stat(folder)  # noqa: PTH116 - called for every attempt, as all of this
    except OSError:
        return None
    return status.st_dev, status.st_ino


def open_inside(file: Path, folder: Path) -> BinaryIO:
    """Open a file to read it. With all links followed it has to lie in a folder, whatever it was when it was found.

    Raises:
        OSError: It cannot be read, or lies elsewhere.
    """
    stream = file.open("rb")
    try:
        real = os.path.realpath(file)
        with suppress(OSError):  # there is no /proc: what was opened may be another file than what is there now
            real = os.readlink(f"/proc/self/fd/{stream.fileno()}")  # noqa: PTH115 - called for every file
        if not Path(real).is_relative_to(os.path.realpath(folder)):
            raise PermissionError(errno.EXDEV, tr("a link leads out of the job's folder"), str(file))
    except BaseException:
        stream.close()
        raise
    return stream


def refuse_link(folder: Path) -> None:
    """Raise ``UserInputError`` where a link has taken a work folder's place."""
    if folder.is_symlink():
        raise UserInputError(
            tr("{folder} is a link, and is not used as a work folder.", folder=folder), tr("Remove it, and try again.")
        )


class OpenFolder:
    """A folder that is held open, so that files can be moved into it and nowhere else. Close it.

    Raises ``OSError`` where it is not there, or one of the names on its path is a link.
    """

    def __init__(self, real: Path) -> None:
        self.path = real
        self._handle = _open(real) if _HAS_HANDLES else None

    def close(self) -> None:
        """Let go of the folder."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def receive(self, finished: Path, name: str) -> None:
        """Move a file of the same disk into the folder, replacing what has that name. Raises ``OSError``."""
        if self._handle is None:
            finished.replace(self.path / name)
        else:
            os.replace(finished, name, dst_dir_fd=self._handle)

    def receive_copy(self, finished: Path, name: str, part: str) -> None:
        """Move a file of another disk into the folder, where it appears at once, complete. Blocking.

        Args:
            finished: The file.
            name: The name it gets.
            part: The name it has until then.

        Raises:
            OSError: It cannot be copied; nothing is left of it.
        """
        try:
            with finished.open("rb") as source, os.fdopen(self._create(part), "wb") as target:
                shutil.copyfileobj(source, target, 1024 * 1024)
            if self._handle is None:
                (self.path / part).replace(self.path / name)
            else:
                os.replace(part, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)
        except BaseException:
            self._remove(part)
            raise
        finished.unlink()

    def _create(self, name: str) -> int:
        self._remove(name)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        if self._handle is None:
            return os.open(self.path / name, flags | getattr(os, "O_BINARY", 0), 0o666)
        return os.open(name, flags, 0o666, dir_fd=self._handle)

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            if self._handle is None:
                (self.path / name).unlink()
            else:
                os.unlink(name, dir_fd=self._handle)


@contextmanager
def open_folder(real: Path) -> Iterator[OpenFolder]:
    """Hold a folder open for a while: see ``OpenFolder``."""
    folder = OpenFolder(real)
    try:
        yield folder
    finally:
        folder.close()


def _open(real: Path) -> int:
    handle = _open_at_once(real)
    return _open_step_by_step(real) if handle is None else handle


def _open_at_once(real: Path) -> int | None:
    """Open a folder where Linux says that it really is at this path; ``None`` where it does not, or is none."""
    if sys.platform != "linux":
        return None
    try:
        handle = os.open(real, _PASS_THROUGH | os.O_CLOEXEC)
    except OSError:
        return None
    with suppress(OSError):  # there is no /proc
        if os.readlink(f"/proc/self/fd/{handle}") == str(real):  # noqa: PTH115 - called for every attempt
            return handle
    os.close(handle)
    return None


def _open_step_by_step(real: Path) -> int:
    handle = os.open(real.anchor or ".", _PASS_THROUGH | os.O_CLOEXEC)
    for name in real.parts[1:]:
        try:
            below = os.open(name, _PASS_THROUGH | os.O_CLOEXEC, dir_fd=handle)
        finally:
            os.close(handle)
        handle = below
    if not stat.S_ISDIR(os.fstat(handle).st_mode):  # O_PATH opens links themselves where there is no O_DIRECTORY
        os.close(handle)
        raise NotADirectoryError(20, os.strerror(20), str(real))
    return handle
