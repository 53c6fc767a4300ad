"""Searches the logs of all jobs for the words of the filter, beside the window's thread."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import QObject

from helios_gui.ui.bridge import RunTask
from helios_gui.ui.queue.panel import QueuePanel
from helios_gui.utils.log_search import jobs_with_text
from helios_gui.utils.work_threads import Stop, WorkThreads


class LogSearch(QObject):
    """Tells ``panel`` in which jobs' logs the text is that it asks for; a new question ends the one before."""

    def __init__(self, panel: QueuePanel, log_root: Path, run: RunTask) -> None:
        super().__init__(panel)
        self._panel = panel
        self._log_root = log_root
        self._run = run
        self._task: asyncio.Task[None] | None = None
        panel.log_search_wanted.connect(self._start)

    def _start(self, text: str) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if text:
            self._task = self._run(self._search(text))

    async def _search(self, text: str) -> None:
        jobs = [job.id for job in self._panel.model.jobs()]

        def find(stop: Stop) -> list[str]:
            return list(jobs_with_text(self._log_root, jobs, text, stop.check))

        async with WorkThreads("logs", 1) as threads:
            found = await threads.run(find)
        self._panel.show_found_in_logs(text, found)
