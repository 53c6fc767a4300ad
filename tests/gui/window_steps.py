"""What a person does in the window, for tests of several of its parts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from helios_gui.profiles.review import review_job
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from tests.support.drops import drop

OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]
Eventually = Callable[..., Awaitable[None]]


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
    qtbot.mouseClick(
        next(button for button in buttons if button.accessibleName() == "Render"), Qt.MouseButton.LeftButton
    )


def state(window: MainWindow, job_id: str) -> JobState | None:
    job = window.queue.model.job(job_id)
    return job.state if job else None
