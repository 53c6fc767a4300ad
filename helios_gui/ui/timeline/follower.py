"""Keeps the timeline up to date with the attempts of the job on show, while somebody looks at it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from helios_gui.types import Attempt
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.timeline.bars import Bars
from helios_gui.ui.timeline.view import TimelineView

RELOAD_MS = 1000
"""Milliseconds from one look into the journal to the next, at least: a job may have 10,000 attempts."""


class TimelineFollower(QObject):
    """Loads the attempts when the timeline comes forward, and again when one has begun or ended.

    Args:
        view: The timeline.
        load: Returns all attempts at the chunks of a job.
        run: Starts a task.
    """

    def __init__(self, view: TimelineView, load: Callable[[str], Awaitable[Sequence[Attempt]]], run: RunTask) -> None:
        super().__init__(view)
        self._view = view
        self._load = load
        self._run = run
        self._job_id = ""
        self._is_stale = False
        self._timer = QTimer(self, singleShot=True, interval=RELOAD_MS)
        self._timer.timeout.connect(self.look)

    def show(self, job_id: str) -> None:
        """Follow this job; empty: none."""
        self._job_id = job_id
        self._view.clear()
        self._is_stale = bool(job_id)
        self._timer.stop()
        self.look()

    def changed(self) -> None:
        """Say that an attempt may have begun or ended."""
        self._is_stale = True
        if self._view.isVisible() and not self._timer.isActive():
            self._timer.start()

    def look(self) -> None:
        """Load what has changed if the timeline is visible."""
        if self._is_stale and self._view.isVisible():
            self._is_stale = False
            self._run(self._reload(self._job_id))

    async def _reload(self, job_id: str) -> None:
        attempts = await self._load(job_id)
        bars = await asyncio.to_thread(Bars, attempts)  # of 10,000 attempts it takes a tenth of a second
        if job_id == self._job_id:
            self._view.show_bars(bars)
