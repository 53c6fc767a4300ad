"""Which jobs a person has agreed to run, remembered across starts."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

from helios_gui.profiles.program_use import ProgramUse
from helios_gui.profiles.review import JobReview, review_job
from helios_gui.translation import tr, tr_count
from helios_gui.types import UserInputError
from helios_gui.utils.folders import home_folder
from helios_gui.utils.json_files import read_object, set_aside, write_object
from helios_gui.utils.shown_text import plain_text

__all__ = ["JobReview", "ProgramUse", "TrustStore", "can_trust_folder", "plain_text", "review_job"]

MAX_REMEMBERED = 5_000

_JOBS = "jobs"
_FOLDERS = "folders"
_UPLOADS = "uploads"


class TrustStore:
    """Jobs agreed to, by fingerprint, and folders whose jobs all are; kept in ``path``, written atomically.

    Agreeing to run a job here is not agreeing to copy its folder elsewhere: that is kept by folder and destination.

    A file that cannot be used counts as nothing agreed to, and is kept beside itself.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._jobs: list[str] = []
        self._folders: list[str] = []
        self._uploads: list[str] = []
        self.problem = ""
        self._unread: OSError | None = None
        self._last_read: tuple[tuple[str, ...], ...] = ((), (), ())
        self._reload()

    def is_trusted(self, review: JobReview, *, is_imported: bool = False) -> bool:
        """Return whether this very job, or all jobs in its folder or one above it, were agreed to before.

        A job that writes outside its folder is trusted only by itself, with the places that it writes to; and so is one
        that ``is_imported``, whose file lies in no such folder.
        """
        if review.fingerprint in self._jobs:
            return True
        if review.outside_outputs or is_imported:
            return False
        return any(review.job_dir.is_relative_to(folder) for folder in self._folders)

    def trusts_folder(self, folder: Path) -> bool:
        """Return whether all jobs in a folder were agreed to."""
        real = Path(os.path.realpath(folder))
        return any(real.is_relative_to(known) for known in self._folders)

    def remember(self, review: JobReview) -> None:
        """Agree to this job: these commands in this folder. Raises ``OSError`` when it cannot be written down."""
        self._reload()  # another window or terminal may have added to it
        jobs = [job for job in self._jobs if job != review.fingerprint]
        self._jobs = [*jobs, review.fingerprint][-MAX_REMEMBERED:]
        self._write()

    def may_upload(self, review: JobReview, destination: str) -> bool:
        """Return whether copying this job's folder to a storage URL was agreed to before."""
        return _upload(review, destination) in self._uploads

    def remember_upload(self, review: JobReview, destination: str) -> None:
        """Agree to copying this job's folder to a storage URL. Raises ``OSError`` when it cannot be written down."""
        self._reload()
        agreed = _upload(review, destination)
        uploads = [known for known in self._uploads if known != agreed]
        self._uploads = [*uploads, agreed][-MAX_REMEMBERED:]
        self._write()

    def trust_folder(self, folder: Path) -> None:
        """Agree to all jobs in ``folder`` and below it, now and later.

        Raises ``UserInputError`` for a folder that is too wide (see ``can_trust_folder``), ``OSError`` when it
        cannot be written down.
        """
        if not can_trust_folder(folder):
            raise UserInputError(
                tr("{folder} is too wide to be trusted as a whole.", folder=folder),
                tr("Keep jobs in a folder of their own."),
            )
        self._reload()
        folders = [known for known in self._folders if known != os.path.realpath(folder)]
        self._folders = [*folders, os.path.realpath(folder)]
        self._write()

    def _write(self) -> None:
        try:
            if self._unread is not None:  # what is in it would be lost
                raise self._unread
            write_object(self.path, {_FOLDERS: self._folders, _JOBS: self._jobs, _UPLOADS: self._uploads})
        except OSError:
            self._reload()  # what could not be written down was not agreed to
            raise

    def _reload(self) -> None:
        file = read_object(self.path)
        self._unread = file.unread
        if file.unread is not None:
            self.problem = file.problem
            self._jobs, self._folders, self._uploads = map(list, self._last_read)
            return
        found = {name: _entries(file.content.get(name, [])) for name in (_JOBS, _FOLDERS, _UPLOADS)}
        self._jobs, self._uploads = found[_JOBS].good, found[_UPLOADS].good
        self._folders = [folder for folder in found[_FOLDERS].good if can_trust_folder(Path(folder))]
        self._last_read = tuple(self._jobs), tuple(self._folders), tuple(self._uploads)
        self.problem = file.problem or self.problem
        damaged = sum(entries.damaged for entries in found.values())
        if damaged:
            self._keep_damaged(damaged)

    def _keep_damaged(self, damaged: int) -> None:
        """Keep the file as it is beside itself, and write the rest in its place."""
        self.problem = set_aside(
            self.path, tr_count("one entry is damaged", "{number} entries are damaged", damaged)
        ).problem
        with contextlib.suppress(OSError):  # then the next agreement writes it
            write_object(self.path, {_FOLDERS: self._folders, _JOBS: self._jobs, _UPLOADS: self._uploads})


def can_trust_folder(folder: Path) -> bool:
    """Return whether it is wise to trust a folder as a whole.

    Not where files of all origins land: the home folder and those above it, downloads, temporary files.
    """
    real = Path(os.path.realpath(folder))
    home = Path(os.path.realpath(home_folder()))
    everybodys = (home / "Downloads", Path(os.path.realpath(tempfile.gettempdir())))
    return not home.is_relative_to(real) and real not in everybodys and real != Path(real.anchor)


def _upload(review: JobReview, destination: str) -> str:
    content = json.dumps([str(review.job_dir), destination])
    return hashlib.sha256(content.encode("ascii")).hexdigest()


class _Entries(NamedTuple):
    """The entries of a list that can be used, and how many cannot."""

    good: list[str]
    damaged: int


def _entries(value: object) -> _Entries:
    if not isinstance(value, list):
        return _Entries([], 1)
    good = [item for item in value if isinstance(item, str) and _is_text(item)]
    return _Entries(good, len(value) - len(good))


def _is_text(item: str) -> bool:
    """Return whether this can be a path or a fingerprint: it has no null character and no half of one."""
    try:
        return b"\0" not in os.fsencode(item)
    except UnicodeEncodeError:
        return False
