"""Leases on output files: no two jobs write the same file at a time, in whatever processes and journals they are.

A running job keeps a locked file in ``.helios/leases`` of every folder that it writes to, with the names it writes
there. The operating system ends the lock with the process. The folder itself is the meeting point, so that links to it,
other settings of HELIOS_HOME and other users make no difference.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helios_gui.orchestrator.claimed_names import ClaimedNames, places_of
from helios_gui.orchestrator.job_files import job_frames
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.stitcher.workspace import WORK_FOLDER
from helios_gui.translation import tr
from helios_gui.utils.files import make_folder, read_bounded
from helios_gui.utils.json_text import read_json_object
from helios_gui.utils.os_lock import FileLock

_LEASES = "leases"
_SUFFIX = ".lease"
_GUARD = "guard"
_GUARD_TIMEOUT = 10.0  # seconds; the guard is held for milliseconds
_TRIES = 1000
_LONGEST_LEASE = 64 * 1024 * 1024  # bytes; the largest job has one name a chunk


@dataclass(frozen=True, slots=True)
class LeaseHolder:
    """A job that writes some of the same files now, its process, and whether it makes the same video."""

    job_id: str
    job_name: str
    process: int
    same_video: bool


class OutputLease:
    """The lease of one job on its files. All methods block.

    Where a folder cannot be written to or has no locks, nothing is leased there, nor where the job's own is missing.

    Args:
        job_id: The job's id.
        job_name: Its name, for the people who wait for it.
        files: All files that it writes.
        video: The finished video among them.
        job_dir: The job's folder.
        frames: The numbers of the frames of the image sequences among the files.
    """

    def __init__(
        self,
        job_id: str,
        job_name: str,
        files: Iterable[Path],
        video: Path,
        job_dir: Path,
        frames: range = range(0),
    ) -> None:
        self._job_id = job_id
        self._job_name = job_name
        self._files = files
        self._video = video
        self._job_dir = job_dir
        self._frames = frames
        self._locks: list[tuple[Path, FileLock]] = []
        self._made: list[Path] = []
        self.lack = ""
        """In words, where the files of a folder could not be leased by ``take``; empty if all are."""

    def take(self) -> LeaseHolder | None:
        """Take the lease. Returns who holds one on some of the files, if anybody does: then there is none."""
        places, videos = places_of(self._files, self._frames), places_of([self._video], self._frames)
        for folder in sorted(places) if self._job_dir.is_dir() else ():
            try:
                holder = self._take_in(Path(folder), places[folder], videos.get(folder, ClaimedNames()))
            except OSError as error:
                self.lack = tr(
                    "the files in {folder} cannot be held against other jobs ({error})",
                    folder=folder,
                    error=error.strerror or error,
                )
                continue
            if holder is not None:
                self.release()
                return holder
        return None

    def find_holder(self) -> LeaseHolder | None:
        """Return who holds a lease on some of the files, without taking one."""
        places, videos = places_of(self._files, self._frames), places_of([self._video], self._frames)
        for folder in sorted(places):
            leases = Path(folder) / WORK_FOLDER / _LEASES
            with suppress(OSError):
                if leases.is_dir():
                    with _guard(leases):
                        holder = _find_holder(leases, places[folder], videos.get(folder, ClaimedNames()))
                    if holder is not None:
                        return holder
        return None

    def release(self) -> None:
        """Give up the lease, and remove every trace of it."""
        locks, self._locks = self._locks, []
        for leases, lock in locks:
            if not leases.is_dir():  # the job's folder was moved: it must not be made anew
                lock.release()
                continue
            try:
                with _guard(leases):
                    lock.release()
            except OSError:
                lock.release()
        made, self._made = self._made, []
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()

    def _take_in(self, folder: Path, names: ClaimedNames, videos: ClaimedNames) -> LeaseHolder | None:
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        leases = folder / WORK_FOLDER / _LEASES
        with _guard(leases):
            self._made.extend(reversed(missing))
            holder = _find_holder(leases, names, videos)
            if holder is not None:
                return holder
            lock = FileLock.take(leases / f"{self._job_id}-{os.getpid()}{_SUFFIX}")
            if lock is None:  # only this very job in this very process
                return LeaseHolder(self._job_id, self._job_name, os.getpid(), same_video=True)
            self._locks.append((leases, lock))
            content = {
                "job": self._job_id,
                "name": self._job_name,
                "process": os.getpid(),
                **names.to_json(),
                "videos": videos.to_json(),
            }
            lock.write(json.dumps(content).encode())
        return None


def lease_of(job: LiveJob) -> OutputLease:
    """Return the lease of a job on its files, which is not taken yet."""
    return OutputLease(job.id, job.name, job.files, job.output, job.options.job_dir, job_frames(job))


def has_lease_file(work: Path, job_id: str) -> bool:
    """Return whether a job has a lease in a work folder, or had one when its app died. Blocking."""
    return any((work / _LEASES).glob(f"{job_id}-*{_SUFFIX}"))


@contextmanager
def _guard(leases: Path) -> Iterator[None]:
    """Keep everybody else from taking leases in a folder. What is empty afterwards is removed. Raises ``OSError``."""
    guard = None
    tries = itertools.count(1)
    while guard is None:
        is_last = next(tries) == _TRIES
        with nullcontext() if is_last else suppress(FileNotFoundError):  # somebody has just removed the empty folder
            make_folder(leases)
            guard = FileLock.take(leases / _GUARD, _GUARD_TIMEOUT)
            if guard is None:
                raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), str(leases / _GUARD))
    try:
        yield
    finally:
        guard.release(remove=not any(leases.glob(f"*{_SUFFIX}")))
        for folder in (leases, leases.parent):
            with suppress(OSError):  # it is in use
                folder.rmdir()


def _find_holder(leases: Path, names: ClaimedNames, videos: ClaimedNames) -> LeaseHolder | None:
    """Return who leases some of these names. What a process that died has left is cleared away."""
    for path in leases.glob(f"*{_SUFFIX}"):
        if path.is_symlink() or not path.is_file():  # none of ours
            continue
        lock = FileLock.take(path)
        if lock is not None:
            _clear(leases, path)
            lock.release()
            continue
        with suppress(OSError, ValueError, LookupError, TypeError):
            content = _read_lease(path)
            if names.meets(ClaimedNames.from_json(content)):
                same_video = videos.meets(ClaimedNames.from_json(content["videos"]))
                return LeaseHolder(str(content["job"]), str(content["name"]), int(content["process"]), same_video)
    return None


def _clear(leases: Path, lease: Path) -> None:
    """Remove the unfinished video of a job whose process died."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        job_id = str(_read_lease(lease)["job"])
        folder = leases.parent / job_id
        if job_id.isalnum() and not folder.is_symlink():
            shutil.rmtree(folder / "stitch", ignore_errors=True)
            folder.rmdir()


def _read_lease(path: Path) -> dict[str, Any]:
    """Return what a lease says. It may have come with somebody's folder, and hold anything.

    Raises ``OSError``.
    """
    return read_json_object(read_bounded(path, _LONGEST_LEASE))
