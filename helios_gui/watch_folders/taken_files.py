"""What was taken from watched folders, so that nothing is taken twice, after a restart neither. It blocks."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from helios_gui.utils.json_files import read_object, write_object
from helios_gui.watch_folders.settled_files import FileState

_MOST_KEPT = 10_000


class TakenFiles:
    """The files that were taken, each as it was then and with its job; and the files that jobs write.

    A file is new again when it was changed, or when it comes back after it was moved away by us. One that is gone is
    remembered all the same: the drive that it is on may only be away.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        content = read_object(path).content
        self._taken = _entries(content.get("taken"))
        written = content.get("written")
        self._written = dict.fromkeys(map(str, written)) if isinstance(written, list) else {}
        jobs = content.get("jobs")
        self._jobs = [str(job_id) for job_id in jobs] if isinstance(jobs, list) else []
        self._moved = _entries(content.get("moved"))

    def is_new(self, path: Path, state: FileState) -> bool:
        """Return whether a file has not been taken yet as it is, and no job of ours writes it."""
        entry = self._taken.get(str(path))
        as_before = entry is not None and (entry.get("size"), entry.get("mtime_ns")) == (state.size, state.mtime_ns)
        return not as_before and not self.is_own(path)

    def is_own(self, path: Path) -> bool:
        """Return whether a job of ours writes a file."""
        return str(path) in self._written

    def knows_job(self, job_id: str) -> bool:
        """Return whether a job is remembered as that of a file."""
        return job_id in self._jobs

    def announce(self, files: Collection[Path]) -> None:
        """Remember files that jobs write, before the first of them is there.

        Raises:
            OSError: It cannot be written down.
        """
        self._written |= dict.fromkeys(map(str, files))
        self._save()

    def take(self, path: Path, state: FileState, job_id: str = "") -> None:
        """Remember a file as it is, and its job.

        Raises:
            OSError: It cannot be written down.
        """
        self._taken.pop(str(path), None)
        self._taken[str(path)] = {"size": state.size, "mtime_ns": state.mtime_ns, "job": job_id}
        self._jobs += [job_id] if job_id else []
        self._save()

    def waiting(self) -> dict[str, Path]:
        """Return the files whose jobs have not ended, by the jobs' ids."""
        return {str(entry["job"]): Path(name) for name, entry in self._taken.items() if entry.get("job")}

    def settle(self, path: Path, *, moved_to: Path | None) -> None:
        """Remember that the job of a file has ended; a file that was moved away may come back as a new one.

        Raises:
            OSError: It cannot be written down.
        """
        entry = self._taken.pop(str(path), None)
        if entry is not None and moved_to is None:
            self._taken[str(path)] = {**entry, "job": ""}
        elif entry is not None and entry.get("job"):
            self._moved[str(entry["job"])] = {"from": str(path), "to": str(moved_to)}
        self._save()

    def moved_file(self, job_id: str) -> tuple[Path, Path] | None:
        """Return from where to where the file of a job was moved when the job ended; ``None`` if it was not."""
        entry = self._moved.get(job_id)
        return None if entry is None else (Path(str(entry.get("from"))), Path(str(entry.get("to"))))

    def take_back(self, path: Path, state: FileState, job_id: str) -> None:
        """Remember a file that was moved back, for its job to be rendered again.

        Raises:
            OSError: It cannot be written down.
        """
        self._moved.pop(job_id, None)
        self.take(path, state, job_id)

    def _save(self) -> None:
        self._taken = dict(list(self._taken.items())[-_MOST_KEPT:])
        self._moved = dict(list(self._moved.items())[-_MOST_KEPT:])
        self._jobs = self._jobs[-_MOST_KEPT:]
        self._written = dict.fromkeys(list(self._written)[-10 * _MOST_KEPT :])
        content = {"taken": self._taken, "written": list(self._written), "jobs": self._jobs, "moved": self._moved}
        write_object(self._path, content)


def _entries(value: object) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict):
        return {}
    return {str(name): entry for name, entry in value.items() if isinstance(entry, dict)}
