"""Where a ``JobManager`` keeps its jobs: the protocol, for repositories of any sort."""

from __future__ import annotations

from dataclasses import dataclass
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
    """Whether another living process works on a job, and what the job is now if one has worked on it meanwhile."""

    is_theirs: bool = False
    status: JobStatus | None = None


KnownTimes = tuple[float | None, float | None]
"""When a job was started and finished last, as far as a process knows; seconds since 1970."""


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

    async def save(self, batch: JournalBatch) -> None:
        """Write all of a batch, or nothing; return when it is safe."""
        ...

    async def find_update(self, job_id: str, known: KnownTimes) -> OtherProcessUpdate:
        """Return what other processes did with a job since the times that this process knows of."""
        ...

    async def version(self) -> int:
        """Return a number that is another one whenever another process has written since."""
        ...

    async def claim(self, job_id: str) -> bool:
        """Take a job for this process; ``False`` if another living process works on it."""
        ...

    async def release(self, job_id: str) -> None:
        """Give up a job, so that other processes can work on it."""
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
