"""Answers what jobs of the queue, and planned ones, may cost and how long they may take."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from helios_gui.orchestrator.estimate import PricedProfile, estimate_cost, question_of
from helios_gui.orchestrator.forecast import ForecastQuestion, forecast_render
from helios_gui.orchestrator.job_queue import JobQueue
from helios_gui.orchestrator.job_repository import JobRepository
from helios_gui.orchestrator.journal import Journal
from helios_gui.types.cost import CostEstimate, RenderForecast


class Estimates:
    """Estimates from the speeds that the journal has measured.

    Args:
        queue: The jobs.
        repository: The journal's file.
        journal: What writes it, and may not have written yet what was measured last.
    """

    def __init__(self, queue: JobQueue, repository: JobRepository, journal: Journal) -> None:
        self._queue = queue
        self._repository = repository
        self._journal = journal

    async def estimate_cost(
        self, job_id: str, priced_profile: PricedProfile, chunk_ids: Collection[int] | None = None
    ) -> CostEstimate:
        """Return what rendering chunks of a job may cost on a profile's terms.

        Args:
            job_id: The job.
            priced_profile: The profile's limits and prices.
            chunk_ids: The chunks to render; ``None`` means what is left of the job.

        Raises:
            NotFoundError: The job, or one of the chunks, does not exist.
        """
        question = question_of(await self._queue.load(job_id), priced_profile, chunk_ids)
        await self._journal.flushed()
        return estimate_cost(question, await self._repository.speeds(question.profile, job_id, question.source))

    async def forecast(self, question: ForecastQuestion, source: Path) -> RenderForecast:
        """Return how long a planned job may take, and what it may cost; ``source`` is its job file."""
        await self._journal.flushed()
        return forecast_render(question, await self._repository.speeds(question.priced_profile.name, "", source))
