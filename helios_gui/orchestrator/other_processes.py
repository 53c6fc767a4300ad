"""Sees what other processes write into the journal, and takes it over for the jobs that are at rest here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from helios_gui.orchestrator.job_queue import JobQueue
from helios_gui.orchestrator.job_repository import JobRepository, JournalError
from helios_gui.utils.shielded import end_tasks

_LOOK_SECONDS = 1.0


class OtherProcesses:
    """Looks now and then whether another process has written. ``start`` first, ``close`` last.

    Args:
        repository: The journal.
        queue: The jobs of this process.
        is_running: Tells whether a task of this process works on a job.
        on_change: Is called when something has changed, also of jobs that are not in this queue.
    """

    def __init__(
        self,
        repository: JobRepository,
        queue: JobQueue,
        is_running: Callable[[str], bool],
        on_change: Callable[[], None],
    ) -> None:
        self._repository = repository
        self._queue = queue
        self._is_running = is_running
        self._on_change = on_change
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look. Needs the running event loop."""
        self._task = asyncio.create_task(self._poll(), name="other-processes")

    async def close(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end_tasks([self._task])

    async def _poll(self) -> None:
        seen, is_behind = None, False
        while True:
            try:
                now = await self._repository.version()
                if is_behind or now != seen or await self._queue.has_abandoned():
                    if seen is not None:
                        is_behind = await self._queue.catch_up_all(self._is_running)
                        self._on_change()
                    seen = now
            except JournalError:  # locked, or its disk is full: the next look may be luckier
                pass
            await asyncio.sleep(_LOOK_SECONDS)
