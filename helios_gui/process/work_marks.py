"""What every child process carries in its environment, so that it is known even if its start is noted nowhere.

A journal that is locked, full or lost cannot say what an app that died had started. The children themselves can: for
which app, which job, and which file in the end.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import psutil

from helios_gui.process.process_identity import is_alive, this_process

ATTEMPT_VARIABLE = "HELIOS_ATTEMPT_ID"
"""Environment variable that every process of an attempt carries: how strays are found again."""

JOB_VARIABLE = "HELIOS_JOB_ID"
_APP_VARIABLE = "HELIOS_APP_PROCESS"
_FILE_VARIABLE = "HELIOS_FINAL_OUTPUT"

_work: ContextVar[tuple[str, str] | None] = ContextVar("work", default=None)


@contextmanager
def working_on(job_id: str, file: Path) -> Iterator[None]:
    """Mark the processes that are started within (by this task and those it makes) as working on a job's file.

    Args:
        job_id: The job.
        file: The real path of the file that comes of it in the end, wherever it is written first.
    """
    token = _work.set((job_id, str(file)))
    try:
        yield
    finally:
        _work.reset(token)


def work_marks() -> dict[str, str]:
    """Return the environment variables that mark a process started now."""
    marks = {_APP_VARIABLE: this_process()}
    work = _work.get()
    if work is not None:
        marks[JOB_VARIABLE], marks[_FILE_VARIABLE] = work
    return marks


@dataclass(frozen=True, slots=True)
class Orphan:
    """A process whose app is dead: the attempt, the job and the file in the end that it works for."""

    attempt: str
    job: str
    file: str


def orphaned_attempts(job_id: str, files: Collection[Path], orphans: Sequence[Orphan] | None = None) -> set[str]:
    """Return the attempt ids of processes whose app is dead, and that work for a job or on one of these files.

    Args:
        job_id: The job.
        files: The files. Their real paths are looked up on the disk.
        orphans: All such processes, where they were listed already.
    """
    found = list_orphans() if orphans is None else orphans
    if not found:
        return set()
    wanted = {os.path.realpath(file) for file in files}
    return {orphan.attempt for orphan in found if orphan.job == job_id or orphan.file in wanted}


def list_orphans() -> list[Orphan]:
    """Return every process of this person's whose app is dead.

    Looks at all processes: takes milliseconds, not for the event loop.
    """
    return list(_orphans())


def _orphans() -> Iterator[Orphan]:
    alive = {this_process(): True}
    for pid in psutil.pids():
        with suppress(psutil.Error, OSError):  # it has just gone, or is another person's
            environment = psutil.Process(pid).environ()
            attempt, app = environment.get(ATTEMPT_VARIABLE), environment.get(_APP_VARIABLE)
            if attempt and app and not alive.setdefault(app, is_alive(app)):
                yield Orphan(attempt, environment.get(JOB_VARIABLE, ""), environment.get(_FILE_VARIABLE, ""))
