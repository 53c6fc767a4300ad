"""What a person does in the window, for tests of several of its parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QToolButton
from pytestqt.qtbot import QtBot

from helios_gui.profiles.review import review_job
from helios_gui.types import ChunkState, JobState, JobSummary
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
from tests.support.drops import drop

OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]
Eventually = Callable[..., Awaitable[None]]
WriteJob = Callable[..., Path]

LEFT = Qt.MouseButton.LeftButton
SheetKind = TypeVar("SheetKind", bound=QDialog)


async def add_trusted(window: MainWindow, path: Path, eventually: Eventually) -> str:
    """Drop a job file whose commands were agreed to before; its id."""
    before = {job.id for job in window.queue.model.jobs()}
    assert drop(window, path)
    await eventually(lambda: len(window.queue.model.jobs()) > len(before))
    (job_id,) = {job.id for job in window.queue.model.jobs()} - before
    await eventually(lambda: window.queue.current_job == job_id)
    status = await window.engine.manager.get_job(job_id)
    assert status is not None
    window.engine.trust.remember(review_job(status.spec, status.summary.job_dir, status.summary.source))
    return job_id


def press_render(qtbot: QtBot, window: MainWindow) -> None:
    buttons = window.actions_of_window.toolbar.findChildren(QToolButton)
    qtbot.mouseClick(next(button for button in buttons if button.accessibleName() == "Render"), LEFT)


def state(window: MainWindow, job_id: str) -> JobState | None:
    job = window.queue.model.job(job_id)
    return job.state if job else None


def only_job(window: MainWindow) -> JobSummary:
    (job,) = window.queue.model.jobs()
    return job


def sheet_of(window: MainWindow, kind: type[SheetKind]) -> SheetKind | None:
    """Return the sheet of a kind that is open; ``None`` if there is none."""
    return next((sheet for sheet in window.frame.findChildren(kind) if sheet.isVisible()), None)


def notices_of(window: MainWindow) -> str:
    """Return the texts of all notices of the window, a line each."""
    return "\n".join(notice.text for notice in window.notices.notices())


def running_chunks(window: MainWindow, job_id: str) -> int:
    job = window.queue.model.job(job_id)
    return job.counts.get(ChunkState.RUNNING, 0) if job else 0


def press_action(qtbot: QtBot, window: MainWindow, action: JobAction) -> None:
    """Click the action's toolbar button if it has one, else choose it."""
    button = window.actions_of_window.toolbar.widgetForAction(window.queue.actions_of_jobs[action])
    if isinstance(button, QToolButton):
        qtbot.mouseClick(button, LEFT)
    else:
        window.queue.actions_of_jobs[action].trigger()
