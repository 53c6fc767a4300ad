"""Where a stitch works: a hidden folder beside the output, from which the finished file is put in its place."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from helios_gui.process.folder_owner import claim_folder, is_in_use, is_orphaned
from helios_gui.types import MadeFile
from helios_gui.utils.files import make_folder
from helios_gui.utils.os_lock import FileLock
from helios_gui.utils.real_folders import OpenFolder, refuse_link

WORK_FOLDER = ".helios"
"""The hidden folder for all work files beside outputs; below it, every job has a folder named after its id."""
_STITCH = "stitch"


class Workspace:
    """A folder of its own for one stitch, beside ``output``; it is gone when it is left.

    It is named after the job and never after the output: no other job, and no file of a person, has such a name. What a
    crash left behind is cleared away by the job's next stitch, and by those of others in the same folder. Raises
    ``OSError`` where nothing can be written.

    Args:
        output: The finished file.
        job_id: The job's id; empty means that a name is made up.
    """

    def __init__(self, output: Path, job_id: str = "") -> None:
        self.output = output.absolute()
        self._job_id = job_id
        self._job_folder = self.output.parent / WORK_FOLDER / (job_id or f"stitch-{secrets.token_hex(8)}")
        self.folder = self._job_folder / _STITCH
        self._lock: FileLock | None = None
        self._target: OpenFolder | None = None
        self.part = self.folder / f"finished.part{self.output.suffix}"

    def __enter__(self) -> Self:
        for folder in (self._job_folder.parent, self._job_folder):
            refuse_link(folder)
        _remove_orphaned_stitches(self._job_folder.parent)
        self._clear()
        make_folder(self.folder, exist_ok=False)
        try:
            self._lock = claim_folder(self.folder)
            self._target = OpenFolder(Path(os.path.realpath(self.output.parent)))
        except OSError:
            self._clear()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._target is not None:
            self._target.close()
        self._clear()

    @property
    def trial(self) -> Path:
        """A place for a file of the output's kind that is removed again."""
        return self.folder / f"trial{self.output.suffix.lower()}"

    def flush(self) -> None:
        """Have the unfinished file written to disk, while it is looked at (blocking)."""
        descriptor = os.open(self.part, os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def deliver(self) -> None:
        """Put the finished file in the output's place, on disk before it is seen (blocking)."""
        descriptor = os.open(self.part, os.O_RDWR)
        try:
            os.fsync(descriptor)
            if self._job_id:
                self._note_delivered(os.fstat(descriptor))
        finally:
            os.close(descriptor)
        if self._target is None:
            raise RuntimeError("a workspace delivers only while it is open")
        self._target.receive(self.part, self.output.name)

    def _note_delivered(self, status: os.stat_result) -> None:
        note = delivered_note(self.output, self._job_id)
        with suppress(OSError):
            note.write_text(
                f"{status.st_size} {status.st_mtime_ns} {0 if os.name == 'nt' else status.st_ino % 2**63}", "ascii"
            )

    def _clear(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (self._job_folder, self._job_folder.parent):
            with suppress(OSError):  # not empty: other work is going on there
                folder.rmdir()


def remove_stitch(output: Path, job_id: str, *, only_orphaned: bool = False) -> None:
    """Remove the unfinished file and all work files of a job's stitch, unless a living process works on it. Blocking.

    Args:
        output: The finished file.
        job_id: The job's id.
        only_orphaned: Leave alone what does not say whose it is, as that of earlier versions.
    """
    job_folder = output.absolute().parent / WORK_FOLDER / job_id
    stitch = job_folder / _STITCH
    if any(folder.is_symlink() for folder in (job_folder.parent, job_folder, stitch)) or not stitch.is_dir():
        return
    if is_orphaned(stitch) if only_orphaned else not is_in_use(stitch):
        shutil.rmtree(stitch, ignore_errors=True)
        for folder in (job_folder, job_folder.parent):
            with suppress(OSError):
                folder.rmdir()


def _remove_orphaned_stitches(work: Path) -> None:
    with suppress(OSError):
        for folder in work.iterdir():
            remove_stitch(work.parent / _STITCH, folder.name, only_orphaned=True)


def delivered_note(output: Path, job_id: str) -> Path:
    """Return the file that tells which video a job was about to put in its place, until the journal knows of it."""
    return output.absolute().parent / WORK_FOLDER / job_id / "delivered"


def read_delivered(output: Path, job_id: str) -> MadeFile | None:
    """Return the video that a job was about to put in its place when the app died; without its digest."""
    try:
        size, mtime_ns, inode = map(int, delivered_note(output, job_id).read_text("ascii").split())
    except (OSError, ValueError):
        return None
    return MadeFile(size, mtime_ns, inode)


def remove_delivered(output: Path, job_id: str) -> None:
    """Remove that note, and the folders that are empty then."""
    note = delivered_note(output, job_id)
    with suppress(OSError):
        note.unlink()
    for folder in (note.parent, note.parent.parent):
        with suppress(OSError):
            folder.rmdir()
