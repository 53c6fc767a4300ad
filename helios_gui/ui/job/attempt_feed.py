"""Keeps what shows the attempts of a job up to date while somebody looks at it: one reading of the journal for all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, QTimer

from helios_gui.types import Attempt
from helios_gui.ui.bridge import RunTask

RELOAD_MS = 1000
"""Milliseconds from one look into the journal to the next, at least: a job may have 10,000 attempts."""

Prepared = TypeVar("Prepared")


@dataclass(slots=True)
class _Viewer(Generic[Prepared]):
    """Something that shows attempts; see ``AttemptFeed.add``."""

    is_shown: Callable[[], bool]
    prepare: Callable[[Sequence[Attempt]], Prepared]
    take: Callable[[Prepared], None]
    is_stale: bool = False


class AttemptFeed(QObject):
    """Loads the attempts when a viewer comes forward, and again when one has begun or ended.

    Args:
        load: Returns all attempts at the chunks of a job.
        run: Starts a task.
        parent: What it lives as long as.
    """

    def __init__(self, load: Callable[[str], Awaitable[Sequence[Attempt]]], run: RunTask, parent: QObject) -> None:
        super().__init__(parent)
        self._load = load
        self._run = run
        self._job_id = ""
        self._viewers: list[_Viewer[Any]] = []
        self._timer = QTimer(self, singleShot=True, interval=RELOAD_MS)
        self._timer.timeout.connect(self.refresh)

    def add(
        self,
        is_shown: Callable[[], bool],
        prepare: Callable[[Sequence[Attempt]], Prepared],
        take: Callable[[Prepared], None],
    ) -> None:
        """Add a viewer.

        Args:
            is_shown: Whether it is in view now.
            prepare: Makes of the attempts what it shows. Runs in a thread: with 10,000 attempts it takes a while.
            take: Shows that.
        """
        self._viewers.append(_Viewer(is_shown, prepare, take))

    def show(self, job_id: str) -> None:
        """Follow this job; empty: none."""
        self._job_id = job_id
        self._mark_stale(bool(job_id))
        self._timer.stop()
        self.refresh()

    def changed(self) -> None:
        """Say that an attempt may have begun or ended."""
        self._mark_stale(True)
        if not self._timer.isActive() and any(viewer.is_shown() for viewer in self._viewers):
            self._timer.start()

    def refresh(self) -> None:
        """Load what has changed for those that somebody looks at."""
        due = [viewer for viewer in self._viewers if viewer.is_stale and viewer.is_shown()]
        for viewer in due:
            viewer.is_stale = False
        if due:
            self._run(self._reload(self._job_id, due))

    def _mark_stale(self, stale: bool) -> None:
        for viewer in self._viewers:
            viewer.is_stale = stale

    async def _reload(self, job_id: str, viewers: Sequence[_Viewer[Any]]) -> None:
        attempts = await self._load(job_id)
        for viewer in viewers:
            prepared = await asyncio.to_thread(viewer.prepare, attempts)
            if job_id == self._job_id:
                viewer.take(prepared)
