"""Looks whether the rules of profiles let chunks be started, for all jobs that want to run."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator

from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.states import JobPhase
from helios_gui.types import HeliosError, WorkerPool
from helios_gui.types.waits import WaitCheck, WaitReason
from helios_gui.utils.shielded import end_tasks

_logger = logging.getLogger(__name__)

PERIOD_SECONDS = 5.0
"""From one look to the next, while a job of a profile with such rules wants to run."""


class ConditionMonitor:
    """Finds out what jobs wait for. It works only while there is a job whose profile has conditions.

    Args:
        pools: Resolves a profile's name.
        jobs: Lists the jobs in memory.
        changed: Is called when a job begins to wait, waits for something else, or (``None``) waits no more.
    """

    def __init__(
        self,
        pools: Callable[[str], WorkerPool],
        jobs: Callable[[], Iterator[LiveJob]],
        changed: Callable[[LiveJob, WaitReason | None], None],
    ) -> None:
        self._pools = pools
        self._jobs = jobs
        self._changed = changed
        self._found: dict[str, WaitReason | None] = {}
        self._nudge = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    def may_start(self, job: LiveJob, pool: WorkerPool) -> bool:
        """Return whether a job may begin now. Where that is not known yet, ``changed`` is called when it is."""
        if pool.find_wait is None or job.options.now:
            return True
        if job.id in self._found:
            job.set_wait(self._found[job.id])
            return self._found[job.id] is None
        self._nudge.set()
        if self._task is None and not self._closed:
            self._task = asyncio.create_task(self._watch_until_idle(), name="condition-monitor")
        return False

    async def close(self) -> None:
        """Stop watching."""
        self._closed = True
        task, self._task = self._task, None
        if task is not None:
            await end_tasks([task])

    async def _watch_until_idle(self) -> None:
        while checks := list(self._checks()):
            self._nudge.clear()
            found: dict[str, WaitReason | None] = {}
            for job, check in checks:
                found[job.id] = await asyncio.to_thread(_run_check, check, job)
            before, self._found = self._found, found
            for job, _ in checks:
                if job.id not in before or before[job.id] != found[job.id]:
                    self._changed(job, found[job.id])
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._nudge.wait(), PERIOD_SECONDS)
        self._found, self._task = {}, None

    def _checks(self) -> Iterator[tuple[LiveJob, WaitCheck]]:
        """Yield the jobs to look after, each with what tells why it has to wait."""
        for job in self._jobs():
            if job.wants_to_run and job.phase in (JobPhase.WAITING, JobPhase.EXECUTING) and not job.options.now:
                with contextlib.suppress(HeliosError):  # the scheduler says what is wrong with the profile
                    check = self._pools(job.options.profile).find_wait
                    if check is not None or job.id in self._found:
                        yield job, check or _wait_for_nothing


def _wait_for_nothing(folder: object) -> WaitReason | None:
    return None


def _run_check(check: WaitCheck, job: LiveJob) -> WaitReason | None:
    try:
        return check(job.options.job_dir)
    except Exception:  # a condition that cannot be looked up must not keep a job waiting for ever
        _logger.exception("The conditions of job %s cannot be looked up", job.id)
        return None
