"""The queue as data: every job in its order; those being worked with in memory, the others as the journal has them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace

from helios_gui.orchestrator.journal_rows import StoredJob
from helios_gui.orchestrator.live_job import ChangeListener, LiveJob
from helios_gui.orchestrator.states import JobIntent
from helios_gui.types import JobRepository, JobSummary, NotFoundError

# A job that was queued, or paused, when the app closed waits to be asked again.
_AFTER_RESTART = {JobIntent.RUN: JobIntent.HOLD}


class JobQueue:
    """Jobs in the order in which they are to run."""

    def __init__(self, repository: JobRepository) -> None:
        self._repository = repository
        self._order: list[str] = []
        self._stored: dict[str, StoredJob] = {}
        self._live: dict[str, LiveJob] = {}
        self._loading = asyncio.Lock()

    def fill(self, stored: Iterable[StoredJob]) -> None:
        """Take over what the journal holds."""
        for job in stored:
            self._order.append(job.summary.id)
            self._stored[job.summary.id] = job

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._live or job_id in self._stored

    def __len__(self) -> int:
        return len(self._order)

    @property
    def order(self) -> tuple[str, ...]:
        """The ids, first to run first."""
        return tuple(self._order)

    def summaries(self) -> list[JobSummary]:
        """A row for each job, in order."""
        return [
            self._live[job_id].summary()
            if job_id in self._live
            else replace(self._stored[job_id].summary, position=position)
            for position, job_id in enumerate(self._order)
        ]

    def in_memory(self) -> Iterator[LiveJob]:
        """The jobs that have been loaded, in order."""
        return (self._live[job_id] for job_id in self._order if job_id in self._live)

    def get_in_memory(self, job_id: str) -> LiveJob | None:
        """The job if it has been loaded."""
        return self._live.get(job_id)

    async def load(self, job_id: str, listener: ChangeListener) -> LiveJob:
        """The job, from memory or from the journal. ``NotFoundError`` if there is none (any more)."""
        async with self._loading:
            if job_id not in self._live:
                stored = self._stored.get(job_id)
                status = await self._repository.load_job(job_id) if stored else None
                if stored is None or status is None:
                    raise NotFoundError(f"There is no job {job_id}.", "It may have been removed from the queue.")
                intent = _AFTER_RESTART.get(stored.intent, stored.intent)
                job = LiveJob.restore(status, intent, listener)
                job.position = self._order.index(job_id)
                self._live[job_id] = job
                del self._stored[job_id]
            return self._live[job_id]

    def append(self, job: LiveJob) -> None:
        """A new job, last in the queue."""
        job.position = len(self._order)
        self._order.append(job.id)
        self._live[job.id] = job

    def remove(self, job_id: str) -> None:
        """Forget the job."""
        self._order.remove(job_id)
        self._live.pop(job_id, None)
        self._stored.pop(job_id, None)
        self._renumber()

    def move(self, job_id: str, position: int) -> None:
        """Put the job at ``position`` (from 0; beyond the end means last)."""
        self._order.remove(job_id)
        self._order.insert(max(0, position), job_id)
        self._renumber()

    def _renumber(self) -> None:
        for position, job_id in enumerate(self._order):
            job = self._live.get(job_id)
            if job is not None:
                job.place(position)
