"""Jobs of the queue that other processes work on: what the journal says of them meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from helios_gui.orchestrator.job_repository import JobRepository
from helios_gui.orchestrator.journal_rows import StoredJob
from helios_gui.translation import tr
from helios_gui.types import ChunkChanged, ChunkState, Event, JobChanged, JobStatus, JobSummary

_AT_WORK = (ChunkState.RUNNING, ChunkState.RETRYING)


class JobsElsewhere:
    """Knows the jobs that other processes work on, and follows the chunks of one of them: the one asked for last."""

    def __init__(self, repository: JobRepository) -> None:
        self._repository = repository
        self._summaries: dict[str, JobSummary] = {}
        self._followed: JobStatus | None = None

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._summaries

    def find(self, job_id: str, position: int) -> JobSummary | None:
        """Return a job as it stands in the journal, at this place in the queue; ``None`` if nobody else works on it."""
        summary = self._summaries.get(job_id)
        return None if summary is None else replace(summary, position=position)

    def update(self, stored: Iterable[StoredJob]) -> list[str]:
        """Take what the journal has; return the ids of the jobs of which it says something else than before.

        Those are also the ones that nobody else works on any more.
        """
        before = self._summaries
        self._summaries = {
            job.summary.id: _as_elsewhere(job.summary)
            for job in stored
            if job.owner not in (None, self._repository.owner)
        }
        return [job_id for job_id in {**before, **self._summaries} if before.get(job_id) != self._summaries.get(job_id)]

    def forget(self, job_id: str) -> bool:
        """Note that nobody else works on a job any more; return whether somebody did."""
        return self._summaries.pop(job_id, None) is not None

    async def are_abandoned(self) -> bool:
        """Return whether a process that worked on one of the jobs does so no more: one that dies does not write it."""
        for job_id in list(self._summaries):
            if not (await self._repository.find_update(job_id, 0)).is_theirs:
                return True
        return False

    async def status(self, job_id: str) -> JobStatus | None:
        """Return a job with its chunks; ``None`` if nobody else works on it. Its chunks are followed from now on."""
        if job_id not in self._summaries:
            return None
        found = await self._repository.load_job(job_id)
        if found is None or job_id not in self._summaries:
            return None
        self._followed = found
        return replace(found, summary=self._summaries[job_id])

    async def chunk_changes(self) -> list[Event]:
        """Return what has changed of the chunks that are followed."""
        followed = self._followed
        if followed is None:
            return []
        now = await self._repository.load_job(followed.summary.id)
        if self._followed is followed:
            self._followed = now if followed.summary.id in self._summaries else None
        if now is None:
            return []
        pairs = zip(followed.chunks, now.chunks, strict=True)
        return [ChunkChanged(now.summary.id, chunk) for before, chunk in pairs if chunk != before]

    def as_seen(self, events: Sequence[Event]) -> Sequence[Event]:
        """Return events with what the journal says of these jobs, whatever this process makes of them."""
        if not self._summaries:
            return events
        return [self._as_seen(event) for event in events]

    def _as_seen(self, event: Event) -> Event:
        if isinstance(event, JobChanged):
            summary = self.find(event.summary.id, event.summary.position)
            return event if summary is None else JobChanged(summary, elsewhere=True)
        return event


def is_at_work(status: JobStatus) -> bool:
    """Return whether a job was being worked on when it was read from the journal: then it says so no longer than that.

    What a process that died has left there is read as being at rest.
    """
    return status.summary.state.is_active or any(chunk.state in _AT_WORK for chunk in status.chunks)


def _as_elsewhere(summary: JobSummary) -> JobSummary:
    words = tr("Another Helios process is rendering this job.")
    return replace(summary, elsewhere=True, reason=" ".join(filter(None, (words, summary.reason))))
