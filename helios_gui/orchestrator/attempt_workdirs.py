"""Folders to work in: each attempt has one to itself, and what it leaves behind never reaches the next."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path

WORK_FOLDER = ".helios"


class AttemptWorkdirs:
    """The work folders of one job, below ``.helios`` in the job's folder (so that finished files need only a rename).

    A folder that an attempt left empty serves the next one: removing a folder can take milliseconds.
    """

    def __init__(self, job_dir: Path, job_id: str) -> None:
        self._work = job_dir / WORK_FOLDER
        self._root = self._work / job_id
        self._free: list[Path] = []
        self._made = 0

    def take(self) -> Path:
        """Return an empty folder for one attempt."""
        if self._free:
            return self._free.pop()
        self._made += 1
        folder = self._root / f"workdir-{self._made}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def downloads(self) -> Path:
        """One folder for outputs that come from elsewhere; it may not be there yet.

        Hundreds of folders cost more than bringing home what is put in them: ext4 does not use a removed one's place
        again for minutes, and looks at each of them whenever anything is made (``recently_deleted`` in its source).
        """
        return self._root / "downloads"

    def give_back(self, folder: Path) -> None:
        """Take back the folder of an attempt that is over. What is left in it stays there until ``remove``."""
        if folder == self.downloads:
            return
        with contextlib.suppress(OSError):
            if not os.listdir(folder):
                self._free.append(folder)

    def remove(self) -> None:
        """Remove all of it (also what a crash left), and ``.helios`` itself when no other job works there. Blocking."""
        free, self._free = self._free, []
        for folder in free:
            with contextlib.suppress(OSError):
                folder.rmdir()  # without looking into hundreds that are empty
        shutil.rmtree(self._root, ignore_errors=True)
        with contextlib.suppress(OSError):
            self._work.rmdir()


def rename_into_place(finished: Path, place: Path) -> bool:
    """Move a finished file to where it belongs; ``False`` when that is on another disk."""
    try:
        finished.replace(place)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return False
    return True


def copy_into_place(finished: Path, place: Path) -> None:
    """Move a finished file to another disk, where it appears at once, complete. Blocking."""
    part = place.with_name(f"{place.name}.part")
    shutil.copyfile(finished, part)
    part.replace(place)
    finished.unlink()
