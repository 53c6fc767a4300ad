"""Looking at the queue, without changing anything."""

from __future__ import annotations

from collections.abc import Collection

from helios_gui.orchestrator.estimate import Terms, estimate_cost, question_of
from helios_gui.orchestrator.job_queue import JobQueue
from helios_gui.orchestrator.journal import Journal
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.orchestrator.scheduler import PoolResolver
from helios_gui.types import Attempt, JobStatus, JobSummary, NotFoundError
from helios_gui.types.cost import CostEstimate


class QueueReader:
    """What there is to know of jobs, from memory and from the journal."""

    def __init__(self, repository: SqliteJobRepository, journal: Journal, queue: JobQueue, pools: PoolResolver) -> None:
        self._repository = repository
        self._journal = journal
        self._queue = queue
        self._pools = pools

    def list_jobs(self) -> list[JobSummary]:
        """Every job, in queue order."""
        return self._queue.summaries()

    async def get_job(self, job_id: str) -> JobStatus | None:
        """One job with its chunks, or ``None``."""
        try:
            return (await self._queue.load(job_id)).status()
        except NotFoundError:
            return None

    async def attempts(self, job_id: str, chunk_id: int | None = None) -> list[Attempt]:
        """The attempts at one chunk (or all of the job's), oldest first."""
        await self._journal.flushed()
        return await self._repository.attempts(job_id, chunk_id)

    async def estimate_cost(self, job_id: str, terms: Terms, chunk_ids: Collection[int] | None = None) -> CostEstimate:
        """What rendering these chunks (``None``: what is left) may cost on a profile's terms.

        Raises ``NotFoundError`` for a job or chunks that are not there.
        """
        question = question_of(await self._queue.load(job_id), terms, chunk_ids)
        await self._journal.flushed()
        return estimate_cost(question, await self._repository.speeds(question.profile, job_id, question.source))
