"""Read-only access to the queue for programs that render nothing, also while another process renders."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from helios_gui.orchestrator.estimate import PricedProfile, estimate_cost, question_of
from helios_gui.orchestrator.job_repository import DamagedJobError, JobRepository
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.orchestrator.silent_listener import SilentListener
from helios_gui.translation import tr
from helios_gui.types import Attempt, JobExecutionOptions, JobSpec, JobState, JobStatus, JobSummary, UserInputError
from helios_gui.types.cost import CostEstimate


class QueueReader:
    """Reads jobs and measured speeds from the journal. Made by ``helios_gui.engine.open_queue_reader``.

    Every method may raise ``JournalError`` when the journal cannot be read.

    Args:
        repository: The opened journal, or ``None`` where there is no journal yet: then there are no jobs.
        priced_profile: Returns the limits and prices of a profile by name; raises ``NotFoundError``.
    """

    def __init__(self, repository: JobRepository | None, priced_profile: Callable[[str], PricedProfile]) -> None:
        self._repository = repository
        self._priced_profile = priced_profile

    @property
    def problem(self) -> str:
        """A sentence for a person when the journal was damaged and replaced by an empty one, else empty."""
        return self._repository.problem if self._repository is not None else ""

    async def list_jobs(self) -> list[JobSummary]:
        """Return all jobs in queue order. A job whose process died is *interrupted*."""
        return [] if self._repository is None else await self._repository.list_jobs()

    async def find_job(self, job_id: str) -> JobStatus | None:
        """Return the job with this id; ``None`` where there is none."""
        if self._repository is None:
            return None
        known = {job.summary.id for job in await self._repository.stored_jobs()}
        return await self._repository.load_job(job_id) if job_id in known else None

    async def attempts(self, job_id: str) -> list[Attempt]:
        """Return all attempts at the chunks of a job, oldest first."""
        return [] if self._repository is None else await self._repository.attempts(job_id)

    async def find_last_render(self, source: Path) -> JobStatus | None:
        """Return the newest render of a job file, finished or not.

        Renders that were limited to some chunks, and have completed those, are left out.

        Args:
            source: The job file's absolute path.

        Raises:
            UserInputError: Another living process renders this job file now.
        """
        if self._repository is None:
            return None
        stored = [job for job in await self._repository.stored_jobs() if job.summary.source == source]
        owner = next((job.owner for job in stored if job.owner is not None), None)
        if owner is not None:
            number = owner.partition("@")[0]
            raise UserInputError(
                tr("Another Helios process (number {number}) is rendering this job file now.", number=number),
                tr("Wait until it is done, or stop it there."),
            )
        for job in sorted(stored, key=lambda job: job.summary.added_at, reverse=True):
            try:
                status = await self._repository.load_job(job.summary.id)
            except DamagedJobError:  # it is in ``problem`` now
                continue
            if status is not None and not _is_completed_selection(status):
                return status
        return None

    async def estimate_new_job(
        self, spec: JobSpec, options: JobExecutionOptions, chunk_ids: Collection[int] | None = None
    ) -> CostEstimate:
        """Return what rendering a job that is not in the queue may cost through ``options.profile``.

        Args:
            spec: The job.
            options: How it would be submitted.
            chunk_ids: The chunks to render; ``None`` means those that ``options`` select.

        Raises:
            NotFoundError: The profile, or one of the chunks, does not exist.
            UserInputError: ``options`` name chunks that the job does not have, or a path cannot be used.
        """
        return await self._estimate(make_live_job("", spec, options), options.profile, chunk_ids)

    async def estimate_render(
        self, render: JobStatus, profile: str | None = None, chunk_ids: Collection[int] | None = None
    ) -> CostEstimate:
        """Return what continuing an earlier render may cost.

        Args:
            render: The earlier render, for example from ``find_last_render``.
            profile: The profile to continue with; ``None`` means the render's own.
            chunk_ids: The chunks to render; ``None`` means what is left of the job.

        Raises:
            NotFoundError: The profile, or one of the chunks, does not exist.
        """
        job = LiveJob.restore(render, SilentListener())
        return await self._estimate(job, profile or render.options.profile, chunk_ids)

    async def _estimate(self, job: LiveJob, profile: str, chunk_ids: Collection[int] | None) -> CostEstimate:
        question = question_of(job, self._priced_profile(profile), chunk_ids)
        if self._repository is None:
            return estimate_cost(question, [])
        return estimate_cost(
            question, await self._repository.speeds(question.profile, question.job_id, question.source)
        )


def _is_completed_selection(status: JobStatus) -> bool:
    """Return whether only some chunks were to be rendered, all of them are, and nothing was stitched."""
    selected = status.options.chunk_ids
    return selected is not None and status.summary.state is not JobState.COMPLETED and status.has_completed(selected)
