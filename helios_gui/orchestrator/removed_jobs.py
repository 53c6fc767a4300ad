"""Jobs that were removed from the queue and can come back, with all that the journal and the logs have of them."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helios_gui.orchestrator.job_queue import JobQueue
from helios_gui.orchestrator.job_repository import JobRepository
from helios_gui.orchestrator.journal import Journal
from helios_gui.orchestrator.leftovers import remove_work, start_removing_unfinished
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.silent_listener import SilentListener
from helios_gui.translation import tr
from helios_gui.types import Attempt, ChunkState, JobStatus, NotFoundError

_FOLDER = ".removed"
_MOST_KEPT = 1_000
"""Jobs; those that were removed first are forgotten first."""
_FORGOTTEN_AFTER = 24 * 3600.0
"""Seconds after which logs that a crashed process had put aside are deleted."""


@dataclass(frozen=True, slots=True)
class _RemovedJob:
    status: JobStatus
    position: int
    attempts: Sequence[Attempt]


class RemovedJobs:
    """Takes jobs out of the queue and keeps them, as long as the program runs, in memory and beside the logs.

    Args:
        queue: Where they are taken from.
        repository: The journal, for what it has of their attempts.
        journal: Is told of jobs that come back.
        log_root: The folder of the logs: one folder a job.
    """

    def __init__(self, queue: JobQueue, repository: JobRepository, journal: Journal, log_root: Path) -> None:
        self._queue = queue
        self._repository = repository
        self._journal = journal
        self._log_root = log_root
        self._kept: dict[str, _RemovedJob] = {}

    async def open(self) -> None:
        """Delete what processes that crashed left: logs of jobs removed more than a day ago, and unfinished videos."""
        await asyncio.to_thread(self._delete_old_logs)
        start_removing_unfinished(job for job in self._queue.summaries() if not job.elsewhere)

    async def close(self) -> None:
        """Forget all removed jobs, with their logs."""
        for job_id in list(self._kept):
            await self._forget(job_id)

    async def take(self, jobs: Mapping[LiveJob, JobStatus | None]) -> None:
        """Remove jobs from the queue at which nobody works, and keep what is needed to bring them back.

        Those with a status come back like that, and not as they are now.
        """
        await self._journal.flushed()
        tried = [job.id for job in jobs if any(chunk.attempts for chunk in job.chunks)]
        attempts = {job_id: await self._repository.attempts(job_id) for job_id in tried}
        # In one step, as others may be removed meanwhile: the last is kept first, as they come back in reverse order.
        by_id = {job.id: job for job in jobs}
        for job_id, place in reversed(self._queue.remove(by_id).items()):
            job = by_id[job_id]
            self._kept[job_id] = _RemovedJob(jobs[job] or job.status(), place, attempts.get(job_id, ()))
        await self._journal.flushed()
        await asyncio.to_thread(self._put_aside, list(jobs))
        while len(self._kept) > _MOST_KEPT:
            await self._forget(next(iter(self._kept)))

    async def drop(self, jobs: Collection[LiveJob]) -> None:
        """Remove jobs from the queue at which nobody works, for good, with their logs."""
        self._queue.remove([job.id for job in jobs])
        await self._journal.flushed()
        await asyncio.to_thread(self._delete, list(jobs))

    async def restore(self, job_ids: Sequence[str]) -> None:
        """Put removed jobs back to their places in the queue, as they were. What ran then is to be resumed.

        Raises:
            NotFoundError: One of them was not removed, or too long ago; none is put back.
        """
        for job_id in job_ids:
            if job_id not in self._kept:
                raise NotFoundError(
                    tr("The job {job_id} cannot be brought back.", job_id=job_id), tr("Add its job file again.")
                )
        wanted = set(job_ids)
        kept = [self._kept.pop(job_id) for job_id in reversed(list(self._kept)) if job_id in wanted]
        await asyncio.to_thread(self._move_logs_back, job_ids)
        for removed in kept:
            self._put_back(removed)
        await self._journal.flushed()

    # -- inside

    def _put_back(self, kept: _RemovedJob) -> None:
        job = LiveJob.restore(kept.status, SilentListener())
        self._queue.insert(job, kept.position)
        for chunk in job.chunks:
            if chunk.attempts or chunk.state is not ChunkState.PENDING:
                self._journal.chunk_changed(job, chunk, durable=True)
        for attempt in kept.attempts:
            self._journal.attempt_changed(job, attempt)

    def _move_logs_back(self, job_ids: Sequence[str]) -> None:
        for job_id in job_ids:
            _move(self._kept_logs(job_id), self._log_root / job_id)

    def _put_aside(self, jobs: Sequence[LiveJob]) -> None:
        for job in jobs:
            remove_work(job)
            _move(self._log_root / job.id, self._kept_logs(job.id))

    def _delete(self, jobs: Sequence[LiveJob]) -> None:
        for job in jobs:
            remove_work(job)
            shutil.rmtree(self._log_root / job.id, ignore_errors=True)

    async def _forget(self, job_id: str) -> None:
        del self._kept[job_id]
        await asyncio.to_thread(shutil.rmtree, self._kept_logs(job_id), ignore_errors=True)

    def _kept_logs(self, job_id: str) -> Path:
        return self._log_root / _FOLDER / job_id

    def _delete_old_logs(self) -> None:
        for folder in (self._log_root / _FOLDER).glob("*"):
            try:
                is_old = folder.stat().st_mtime < time.time() - _FORGOTTEN_AFTER
            except OSError:
                continue
            if is_old:
                shutil.rmtree(folder, ignore_errors=True)


def _move(folder: Path, target: Path) -> None:
    """Move a folder, if it is there and can be moved: a job without its logs is better than none."""
    if folder.is_dir():
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            folder.replace(target)
            os.utime(target)  # tells when it was put aside
        except OSError:
            return
