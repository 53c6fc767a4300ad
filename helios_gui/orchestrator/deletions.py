"""Jobs that leave the queue, many at once: what is done for each, and what is done for all together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection

from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.removed_jobs import RemovedJobs
from helios_gui.orchestrator.standings import Standings
from helios_gui.types import HeliosError, JobState, JobStatus
from helios_gui.utils.shielded import end_tasks

_WAVE_SECONDS = 1.0
"""After which the jobs whose work has come to its end leave, while that of others is still being stopped."""


class Deletions:
    """Deletes jobs, those that come to their end within a second in one step. Ids of such jobs are ``in`` it.

    Args:
        to_change: Returns a job that may be changed; raises ``HeliosError``.
        end: Ends the work on a job for good.
        standings: Lets other jobs do without completed ones.
        removed: Takes the jobs out of the queue.
    """

    def __init__(
        self,
        to_change: Callable[[str], Awaitable[LiveJob]],
        end: Callable[[LiveJob], Awaitable[None]],
        standings: Standings,
        removed: RemovedJobs,
    ) -> None:
        self._to_change = to_change
        self._end = end
        self._standings = standings
        self._removed = removed
        self._leaving: set[str] = set()

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._leaving

    async def delete(self, job_ids: Collection[str], *, restorable: bool) -> dict[str, HeliosError]:
        """Delete jobs; see ``JobManager.delete_jobs``."""
        ends = {asyncio.create_task(self._end_for_good(job_id)): job_id for job_id in dict.fromkeys(job_ids)}
        errors: dict[str, HeliosError] = {}
        defects: list[BaseException] = []
        running: set[asyncio.Task[tuple[LiveJob, JobStatus | None]]] = set(ends)
        try:
            while running:
                ended, running = await asyncio.wait(running, timeout=_WAVE_SECONDS)
                problems = {ends[task]: error for task in ended if (error := task.exception()) is not None}
                errors |= {job_id: error for job_id, error in problems.items() if isinstance(error, HeliosError)}
                defects += [error for error in problems.values() if not isinstance(error, HeliosError)]
                leaving = dict(task.result() for task in ended if ends[task] not in problems)
                if leaving:
                    await self._remove(leaving, restorable=restorable)
        finally:
            await end_tasks(running)
            self._leaving.difference_update(
                task.result()[0].id for task in ends if not task.cancelled() and task.exception() is None
            )
        for defect in defects:
            raise defect
        return errors

    async def _end_for_good(self, job_id: str) -> tuple[LiveJob, JobStatus | None]:
        """End the work on a job; return it with its status before.

        One that ran comes back as cancelled: it has no such status.
        """
        job = await self._to_change(job_id)
        before = None if job.is_busy else job.status()
        self._leaving.add(job_id)
        try:
            await self._end(job)
        except BaseException:
            self._leaving.discard(job_id)
            raise
        return job, before

    async def _remove(self, leaving: dict[LiveJob, JobStatus | None], *, restorable: bool) -> None:
        completed = [job.id for job in leaving if job.state is JobState.COMPLETED]
        await self._standings.forget_completed(completed)
        await (self._removed.take(leaving) if restorable else self._removed.drop(leaving))
        self._leaving.difference_update(job.id for job in leaving)
