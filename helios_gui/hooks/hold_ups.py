"""Which jobs are newly held up by something that a person did not expect: each cause is reported once."""

from __future__ import annotations

from helios_gui.types import JobSummary
from helios_gui.types.waits import WaitKind

_TOLD = frozenset({WaitKind.POWER, WaitKind.MEMORY, WaitKind.PROGRAM})
"""Not the hours of a profile, which a person chose, nor room on a disk, for which the job itself asks a person."""


class HoldUps:
    """Remembers what was found of each job, until the job does not want to run any more."""

    def __init__(self) -> None:
        self._found: dict[str, set[WaitKind]] = {}

    def is_newly_held_up(self, before: JobSummary, job: JobSummary) -> bool:
        """Return whether a job has just been held up by the job that it starts after, or by a new cause in this run."""
        if job.held_up:
            return before.in_line
        if not job.is_at_work and not job.in_line:
            self.forget(job.id)
            return False
        if job.waits_for not in _TOLD:
            return False
        found = self._found.setdefault(job.id, set())
        is_new = job.waits_for not in found
        found.add(job.waits_for)
        return is_new

    def forget(self, job_id: str) -> None:
        """Forget a job that has left the queue."""
        self._found.pop(job_id, None)
