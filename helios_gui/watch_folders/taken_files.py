"""What was taken from watched folders, so that nothing is taken twice, after a restart neither. It blocks."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helios_gui.types.sequences import read_pattern
from helios_gui.utils.json_files import read_object, write_object
from helios_gui.watch_folders.settled_files import FileState

_MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class TakenInput:
    """A file or an image sequence that was taken.

    Attributes:
        state: As it was then.
        job: The id of its job, which has not ended; empty if it has, or there was none.
        frames: Those of a sequence, as a list such as ``1-60``.
        target: Where it is being moved to, if it is.
    """

    state: FileState
    job: str
    frames: str = ""
    target: Path | None = None


@dataclass(frozen=True, slots=True)
class MovedInput:
    """A file or an image sequence that was moved away when its job had ended.

    Attributes:
        job: The id of its job.
        path: Where it was.
        kept: Where it is.
        frames: Those of a sequence, as a list.
        seconds: When, since the epoch.
    """

    job: str
    path: Path
    kept: Path
    frames: str = ""
    seconds: int = 0


class TakenFiles:
    """The files and image sequences that were taken, each as it was then and with its job; and what jobs write.

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
        self._patterns = set(filter(None, map(_pattern_in, self._written)))
        self._returning: set[str] = set()

    def is_new(self, path: Path, state: FileState) -> bool:
        """Return whether a file has not been taken yet as it is, and no job of ours writes it."""
        entry = self._taken.get(str(path))
        as_before = entry is not None and (entry.get("size"), entry.get("mtime_ns")) == (state.size, state.mtime_ns)
        return not as_before and str(path) not in self._returning and not self.is_own(path)

    def is_own(self, path: Path) -> bool:
        """Return whether a job of ours writes a file, or the frames of a path with a pattern."""
        return str(path) in self._written or ("%d" in path.name and _pattern_in(str(path)) in self._patterns)

    def taken(self, path: Path) -> TakenInput | None:
        """Return what was taken; ``None`` if it was not, or was moved away since."""
        entry = self._taken.get(str(path))
        if entry is None:
            return None
        state = FileState(_as_int(entry.get("size")), _as_int(entry.get("mtime_ns")))
        target = entry.get("target")
        return TakenInput(
            state, str(entry.get("job") or ""), str(entry.get("frames") or ""), Path(target) if target else None
        )

    def knows_job(self, job_id: str) -> bool:
        """Return whether a job is remembered as that of a file."""
        return job_id in self._jobs

    def announce(self, files: Collection[Path]) -> None:
        """Remember files that jobs write, before the first of them is there.

        Raises:
            OSError: It cannot be written down.
        """
        self._written |= dict.fromkeys(map(str, files))
        self._patterns |= set(filter(None, map(_pattern_in, map(str, files))))
        self._save()

    def take(self, path: Path, state: FileState, job_id: str = "", frames: str = "") -> None:
        """Remember a file as it is, or the ``frames`` of a sequence, and its job.

        Raises:
            OSError: It cannot be written down.
        """
        self._taken.pop(str(path), None)
        self._taken[str(path)] = {"size": state.size, "mtime_ns": state.mtime_ns, "job": job_id}
        self._taken[str(path)] |= {"frames": frames} if frames else {}
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
            self._taken[str(path)] = {name: value for name, value in entry.items() if name != "target"} | {"job": ""}
        elif entry is not None and (entry.get("job") or entry.get("frames")):
            places = {"from": str(path), "to": str(moved_to)}
            moved = {**places, "frames": entry.get("frames") or "", "at": int(time.time())}
            self._moved[str(entry.get("job") or path)] = moved
        self._save()

    def begin_move(self, path: Path, target: Path) -> None:
        """Remember where a sequence is moved to, frame by frame, before the first of them is.

        Raises:
            OSError: It cannot be written down.
        """
        if str(path) in self._taken:
            self._taken[str(path)]["target"] = str(target)
            self._save()

    def moved(self, job_id: str) -> MovedInput | None:
        """Return from where to where the file of a job was moved when the job ended; ``None`` if it was not."""
        entry = self._moved.get(job_id)
        if entry is None:
            return None
        places = Path(str(entry.get("from"))), Path(str(entry.get("to")))
        return MovedInput(job_id, *places, str(entry.get("frames") or ""), _as_int(entry.get("at")))

    def moved_from(self, path: Path) -> MovedInput | None:
        """Return what was moved away last from a path, if it is still away."""
        jobs = [job_id for job_id, entry in self._moved.items() if entry.get("from") == str(path)]
        return self.moved(jobs[-1]) if jobs else None

    def begin_return(self, moved: MovedInput) -> None:
        """Keep what is moved back from being new until ``take_back``, or ``end_return`` where it was not moved."""
        self._returning.add(str(moved.path))

    def end_return(self, moved: MovedInput) -> None:
        """See ``begin_return``."""
        self._returning.discard(str(moved.path))

    def take_back(self, moved: MovedInput, state: FileState, *, again: bool = True) -> None:
        """Remember what was moved back, for its job to be rendered ``again``.

        Raises:
            OSError: It cannot be written down.
        """
        self._moved.pop(moved.job, None)
        self.take(moved.path, state, moved.job if again else "", moved.frames)
        self.end_return(moved)

    def _save(self) -> None:
        self._taken = dict(list(self._taken.items())[-_MOST_KEPT:])
        self._moved = dict(list(self._moved.items())[-_MOST_KEPT:])
        self._jobs = self._jobs[-_MOST_KEPT:]
        self._written = dict.fromkeys(list(self._written)[-10 * _MOST_KEPT :])
        content = {"taken": self._taken, "written": list(self._written), "jobs": self._jobs, "moved": self._moved}
        write_object(self._path, content)


def _pattern_in(path: str) -> tuple[Path, str, str] | None:
    """Return the folder, and what is before and behind the number, of a path with a pattern; else ``None``."""
    name = Path(path).name
    pattern = read_pattern(name)
    return None if pattern is None else (Path(path).parent, pattern.head, pattern.tail)


def _as_int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _entries(value: object) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict):
        return {}
    return {str(name): entry for name, entry in value.items() if isinstance(entry, dict)}
