"""Where a ``JobManager`` keeps its jobs: the protocol, for repositories of any sort."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from helios_gui.orchestrator.journal_rows import JournalBatch, StoredJob
from helios_gui.types import Attempt, HeliosError, JobStatus, JobSummary
from helios_gui.types.cost import RenderSpeed


class JournalError(HeliosError):
    """A repository cannot be read or written now; what was to be written is not in it."""


class DamagedJobError(JournalError):
    """What the journal has of a job cannot be read; it was set aside, and the job is not in the journal any more."""


@dataclass(frozen=True, slots=True)
class OtherProcessUpdate:
    """What other processes did with a job.

    ``is_theirs``: a living one works on it. ``is_gone``: one has removed it. ``status``: what the job is now, if one
    has changed it.
    """

    is_theirs: bool = False
    is_gone: bool = False
    status: JobStatus | None = None


class Claim(Enum):
    """Whether a process may work on a job.

    ``TAKEN``: it may, and no other. ``WORKED_ON``: another living process does. ``CHANGED``: it may not yet, as another
    process has changed the job since this one read it.
    """

    TAKEN = "taken"
    WORKED_ON = "worked-on"
    CHANGED = "changed"


class JobRepository(Protocol):
    """Keeps jobs with their chunks and attempts. ``open`` first, ``close`` last, all on one event loop.

    ``SqliteJobRepository`` keeps them in a file that several processes can share, ``InMemoryJobRepository`` as long as
    the program runs. Every method may raise ``JournalError``.
    """

    @property
    def owner(self) -> str:
        """What this process is called in ``StoredJob.owner`` of the jobs that it works on."""
        ...

    @property
    def problem(self) -> str:
        """What was damaged and set aside, in sentences for a person; empty if nothing was."""
        ...

    async def open(self) -> None:
        """Make the repository ready."""
        ...

    async def close(self) -> None:
        """Give up this process' jobs and let go of everything."""
        ...

    async def save(self, batch: JournalBatch) -> dict[str, int]:
        """Write all of a batch, or nothing; return when it is safe.

        Nothing is written of a job that another living process works on, or has changed since the revision that the
        batch names: the batch comes from an older state of it.

        Returns:
            The new revisions of the batch's jobs, by their ids, but for those of which nothing was written.
        """
        ...

    async def find_update(self, job_id: str, revision: int) -> OtherProcessUpdate:
        """Return what other processes did with a job since the revision that this process knows."""
        ...

    async def version(self) -> int:
        """Return a number that is another one whenever another process has written since."""
        ...

    async def claim(self, job_id: str, revision: int) -> Claim:
        """Take a job for this process, which knows this revision of it; a batch that releases it gives it up."""
        ...

    async def stored_jobs(self) -> list[StoredJob]:
        """Return all jobs, in queue order."""
        ...

    async def list_jobs(self) -> list[JobSummary]:
        """Return all jobs, in queue order; one whose process died shows as *interrupted*."""
        ...

    async def load_job(self, job_id: str) -> JobStatus | None:
        """Return one job with its chunks, or ``None``."""
        ...

    async def attempts(self, job_id: str, chunk_id: int | None = None) -> list[Attempt]:
        """Return the attempts at one chunk (or all of the job's), oldest first."""
        ...

    async def speeds(self, profile: str, job_id: str = "", source: Path | None = None) -> list[RenderSpeed]:
        """Return how fast jobs were rendered through a profile: the one of this id or file first, then the latest."""
        ...
