"""Desktop notifications about jobs, while nobody looks at the window."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from helios_gui import product
from helios_gui.hooks.hold_ups import HoldUps
from helios_gui.resources import resource_path
from helios_gui.translation import tr, tr_count
from helios_gui.types import Event, JobAdded, JobChanged, JobRemoved, JobState, JobSummary
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.window_state import WindowState
from helios_gui.utils.format import format_duration, shorten

if TYPE_CHECKING:
    from desktop_notifier import Button, DesktopNotifier

MOST_AT_ONCE = 3
"""Jobs of one batch of events that get a notification each; more are counted in one."""

_LONGEST_REASON = 300

_ENDED = (JobState.COMPLETED, JobState.FAILED)

_GOODBYE_SECONDS = 2.0
"""How long the connection to the desktop may take to close."""


class JobNotifications(QObject):
    """Tells of jobs that were completed, have failed, need a person or (by choice) are held up.

    Clicks come back as signals with the job's id.

    Args:
        run: Starts a task.
        state: Says whether notifications are wanted, and with a sound.
        is_watched: Returns whether a person looks at the window, and needs no notification.
        parent: The owner.
    """

    show_requested = Signal(str)
    folder_requested = Signal(str)
    retry_requested = Signal(str)

    def __init__(
        self, run: RunTask, state: WindowState, is_watched: Callable[[], bool], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._run = run
        self._state = state
        self._is_watched = is_watched
        self._known: dict[str, JobSummary] = {}
        self._kept: dict[str, int] = {}  # frames that a job had before its last start
        self._hold_ups = HoldUps()
        self._notifier: DesktopNotifier | None = None
        self._is_possible = True

    def apply(self, events: Sequence[Event]) -> None:
        """Take a batch of the engine's events."""
        notable = [
            event.summary
            for event in events
            if isinstance(event, JobAdded | JobChanged)
            and self._is_notable(event.summary)
            and isinstance(event, JobChanged)
        ]
        for event in events:
            if isinstance(event, JobRemoved):
                self._known.pop(event.job_id, None)
                self._kept.pop(event.job_id, None)
                self._hold_ups.forget(event.job_id)
        if notable and self._state.notifies and self._is_possible and not self._is_watched():
            self._run(self._notify(notable))

    async def close(self) -> None:
        """End the connection to the desktop, and wait until it is closed."""
        # The library has no way to end its connection to the session bus, which would outlive the event loop.
        bus = getattr(getattr(self._notifier, "_backend", None), "bus", None)
        self._notifier = None
        if bus is not None:
            bus.disconnect()
            with suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE_SECONDS):
                    await bus.wait_for_disconnect()

    def _is_notable(self, job: JobSummary) -> bool:
        before = self._known.get(job.id)
        self._known[job.id] = job
        if before is None:
            return False
        if job.started_at != before.started_at:
            self._kept[job.id] = min(before.frames_done, job.frames_done)
        if self._hold_ups.is_newly_held_up(before, job) and self._state.notifies_of_hold_ups:
            return True
        if (before.state, before.needs_a_person) == (job.state, job.needs_a_person):
            return False
        return job.needs_a_person or job.state in _ENDED

    async def _notify(self, jobs: Sequence[JobSummary]) -> None:
        if len(jobs) > MOST_AT_ONCE:
            await self._send(*_text_of_many(jobs), jobs[0].id)
            return
        for job in jobs:
            title, text = notification_text(job, self._kept.get(job.id, 0))
            await self._send(title, text, job.id, job.state)

    async def _send(self, title: str, text: str, job_id: str, state: JobState | None = None) -> None:
        try:
            from desktop_notifier import DEFAULT_SOUND, DesktopNotifier, Icon

            if self._notifier is None:
                icon = Icon(path=resource_path("icons", "app.svg"))
                self._notifier = DesktopNotifier(app_name=product.NAME, app_icon=icon)
                await self._notifier.get_capabilities()  # fails where there is no desktop; sending would only log it
            await self._notifier.send(
                title,
                _without_markup(text),
                buttons=self._buttons(job_id, state),
                on_clicked=lambda: self.show_requested.emit(job_id),
                sound=DEFAULT_SOUND if self._state.notifies_with_sound else None,
            )
        except Exception:  # each desktop fails in its own way, and the window shows all of this, too
            self._is_possible = False

    def _buttons(self, job_id: str, state: JobState | None) -> list[Button]:
        from desktop_notifier import Button

        buttons = [Button(tr("Show"), on_pressed=lambda: self.show_requested.emit(job_id))]
        if state is JobState.COMPLETED:
            buttons.append(Button(tr("Open folder"), on_pressed=lambda: self.folder_requested.emit(job_id)))
        if state is JobState.FAILED:
            buttons.append(Button(tr("Retry"), on_pressed=lambda: self.retry_requested.emit(job_id)))
        return buttons


def notification_text(job: JobSummary, kept: int = 0) -> tuple[str, str]:
    """Return title and text of the notification about a job that has ended, needs a person or is held up.

    Args:
        job: The job.
        kept: How many frames it had before its last start, whose time is not known.
    """
    if job.state is JobState.COMPLETED:
        seconds = (job.finished_at or 0) - (job.started_at or job.finished_at or 0)
        frames = tr_count("{number} frame", "{number} frames", job.frames_total - kept)
        text = tr("{frames} in {time}", frames=frames, time=format_duration(seconds))
        return tr("“{name}” is done", name=job.name), text
    if job.needs_a_person:
        return tr("“{name}” waits for you", name=job.name), shorten(job.reason, _LONGEST_REASON)
    if job.state is JobState.FAILED:
        return tr("“{name}” has failed", name=job.name), shorten(job.reason, _LONGEST_REASON)
    return tr("“{name}” is held up", name=job.name), shorten(job.reason, _LONGEST_REASON)


def _text_of_many(jobs: Sequence[JobSummary]) -> tuple[str, str]:
    ended = [job for job in jobs if job.state in _ENDED]
    failed = sum(job.state is JobState.FAILED for job in ended)
    waiting = len(jobs) - len(ended)
    parts = [
        tr_count("{number} job has ended", "{number} jobs have ended", len(ended)) if ended else "",
        tr_count("{number} of them failed", "{number} of them failed", failed) if failed else "",
        tr_count("{number} job does not go on", "{number} jobs do not go on", waiting) if waiting else "",
    ]
    title, *others = filter(None, parts)
    return title, "\n".join(others)


def _without_markup(text: str) -> str:
    """Return a text without the signs of markup, which a desktop would render: names and reasons are others' words."""
    return text.replace("<", "‹").replace(">", "›")
