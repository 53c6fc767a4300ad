"""Folders to work in: each attempt has one to itself, and what it leaves behind never reaches the next."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from helios_gui.process.folder_owner import claim_folder, is_orphaned
from helios_gui.stitcher.workspace import WORK_FOLDER
from helios_gui.utils.files import make_folder
from helios_gui.utils.os_lock import FileLock
from helios_gui.utils.real_folders import open_folder, refuse_link

_COPY = ".part"
_LONGEST_NAME = 180  # bytes: with the job's id, well below the 255 that file systems allow


class AttemptWorkdirs:
    """The work folders of one job, below ``.helios`` in the job's folder (so that finished files need only a rename).

    A folder that an attempt left empty serves the next one: removing a folder can take milliseconds.
    """

    def __init__(self, job_dir: Path, job_id: str) -> None:
        self.job_dir = job_dir
        self._work = job_dir / WORK_FOLDER
        self._root = self._work / job_id
        self._downloads = self._root / "downloads"
        self._free: list[Path] = []
        self._made = 0
        self._is_owned = False
        self._lock: FileLock | None = None
        self._kept: dict[int, Path] = {}

    def take(self) -> Path:
        """Return an empty folder for one attempt."""
        if self._free:
            return self._free.pop()
        self._claim_folder()
        self._made += 1
        folder = self._root / f"workdir-{self._made}"
        make_folder(folder)
        return folder

    def take_downloads(self) -> Path:
        """Return one folder for outputs that come from elsewhere; it may not be there yet.

        Hundreds of folders cost more than bringing home what is put in them: ext4 does not use a removed one's place
        again for minutes, and looks at each of them whenever anything is made (``recently_deleted`` in its source).
        """
        self._claim_folder()
        return self._downloads

    def give_back(self, folder: Path) -> None:
        """Take back the folder of an attempt that is over. What is left in it stays there until ``remove``."""
        if folder == self._downloads:
            return
        with contextlib.suppress(OSError):
            if not os.listdir(folder):
                self._free.append(folder)

    def keep(self, chunk_id: int, folder: Path) -> None:
        """Keep what an attempt has left, in place of what one before it has, until the job runs again. Blocking.

        Frames that took hours, but are numbered wrongly, are for a person to look at.
        """
        self.forget(chunk_id)
        self._kept[chunk_id] = folder

    def forget(self, chunk_id: int) -> None:
        """Remove what was kept of a chunk's attempts. Blocking."""
        folder = self._kept.pop(chunk_id, None)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self) -> None:
        """Remove all of it (also what a crash left), and ``.helios`` itself when no other job works there. Blocking."""
        free, self._free = self._free, []
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
        self._is_owned = False
        for folder in free:
            with contextlib.suppress(OSError):
                folder.rmdir()  # without looking into hundreds that are empty
        if self._work.is_symlink():
            return
        if self._kept:
            self._remove_all_but_kept()
            return
        shutil.rmtree(self._root, ignore_errors=True)
        with contextlib.suppress(OSError):
            self._work.rmdir()

    def _remove_all_but_kept(self) -> None:
        kept = set(self._kept.values())
        with contextlib.suppress(OSError):
            for entry in self._root.iterdir():
                if entry not in kept and entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry, ignore_errors=True)
                elif entry not in kept:
                    entry.unlink()

    def remove_orphans(self) -> None:
        """Remove what apps that died left of other jobs in the same folder. Blocking."""
        if self._work.is_symlink():
            return
        with contextlib.suppress(OSError):
            for folder in self._work.iterdir():
                if is_orphaned(folder):
                    shutil.rmtree(folder, ignore_errors=True)
            self._work.rmdir()

    def remove_if_orphaned(self) -> None:
        """Remove what an app that died left of this job. Blocking."""
        if not self._work.is_symlink() and is_orphaned(self._root):
            self.remove()

    def _claim_folder(self) -> None:
        """Make the job's folder, with this process's name in it: other processes see when it is nobody's any more."""
        if not self._is_owned:
            refuse_link(self._work)
            refuse_link(self._root)
            make_folder(self._root)
            self._lock = claim_folder(self._root)
            self._is_owned = True


def hidden_prefix(name: str) -> str:
    """Return how the names of hidden files begin that belong to the file ``name``, without the job's id."""
    encoded = os.fsencode(name)
    return f".{name}" if len(encoded) <= _LONGEST_NAME else f".{hashlib.sha256(encoded).hexdigest()[:32]}"


def rename_into_place(finished: Path, place: Path) -> bool:
    """Move a finished file to where it belongs; ``False`` when that is on another disk.

    ``place`` is a real path: a link among its folders is an ``OSError``.
    """
    try:
        with open_folder(place.parent) as folder:
            folder.receive(finished, place.name)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def copy_into_place(finished: Path, place: Path, job_id: str) -> None:
    """Move a finished file to another disk, where it appears at once, complete. ``place`` is a real path. Blocking.

    Until then it is a hidden file that carries the job's id: no other job, and no file of a person, has such a name.
    """
    with open_folder(place.parent) as folder:
        folder.receive_copy(finished, place.name, f"{hidden_prefix(place.name)}.{job_id}{_COPY}")


def remove_copies(outputs: Iterable[Path], job_id: str) -> None:
    """Remove the unfinished copies that an app that died left beside these outputs of a job. Blocking."""
    for folder in {output.parent for output in outputs}:
        with contextlib.suppress(OSError):
            for name in os.listdir(folder):
                if name.startswith(".") and name.endswith(f".{job_id}{_COPY}"):
                    (folder / name).unlink()
