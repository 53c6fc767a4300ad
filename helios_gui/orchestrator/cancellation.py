"""Workers elsewhere that have to stop and take their time: their jobs say so until nothing more can come of them."""

from __future__ import annotations

import asyncio
import logging

from helios_gui.orchestrator.job_messages import left_in_words, silent_in_words, stopping_in_words
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.types import PendingStop, SlowStopAdapter, WorkerAdapter
from helios_gui.utils.shielded import end_tasks

_logger = logging.getLogger(__name__)


class CancellationMonitor:
    """Follows the workers of jobs that are being stopped, or came to their end, and tells the jobs."""

    def __init__(self) -> None:
        self._followed: dict[LiveJob, tuple[PendingStop, asyncio.Task[None]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def follow(self, job: LiveJob, adapter: WorkerAdapter) -> None:
        """Monitor the workers of a job that is being stopped, or has ended, until all of them have ended."""
        if job in self._followed or self._closed or not isinstance(adapter, SlowStopAdapter):
            return
        stop = adapter.stopping(job.id)
        _report_unconfirmed(job, stop)
        task = asyncio.create_task(self._follow(job, stop), name=f"stop {job.id}")
        self._followed[job] = stop, task
        self._tasks.add(task)
        task.add_done_callback(lambda _: self._forget(job, task))

    def leave(self, job: LiveJob) -> None:
        """Stop monitoring a job that is being worked on again."""
        if job in self._followed:
            self._followed.pop(job)[1].cancel()

    async def close(self) -> None:
        """Follow no more; what is not known by now is said to be so."""
        self._closed = True
        followed = dict(self._followed)
        await end_tasks(self._tasks)
        for job, (stop, _) in followed.items():
            left = stop.unconfirmed()
            job.set_unconfirmed_workers(0, left_in_words(left) if left.workers else "")

    async def _follow(self, job: LiveJob, stop: PendingStop) -> None:
        workers = stop.unconfirmed().workers
        try:
            silent = await stop.follow(lambda: _report_unconfirmed(job, stop))
        except Exception:  # an adapter's defect costs the words, not the app
            _logger.exception("the workers of job %s cannot be followed", job.id)
            silent = stop.unconfirmed()
        if workers:
            job.set_unconfirmed_workers(0, silent_in_words(silent) if silent.workers else "")

    def _forget(self, job: LiveJob, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if job in self._followed and self._followed[job][1] is task:
            del self._followed[job]


def _report_unconfirmed(job: LiveJob, stop: PendingStop) -> None:
    left = stop.unconfirmed()
    if left.workers:
        job.set_unconfirmed_workers(left.workers, stopping_in_words(left))
