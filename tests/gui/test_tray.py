"""The icon in the tray and the progress in the dock, and a window that is closed while jobs go on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.types import JobState, JobSummary
from helios_gui.ui.desktop.launcher_entry import APPLICATION
from helios_gui.ui.desktop.tray import progress_icon
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.theme import theme
from helios_gui.ui.widgets.confirm import ConfirmSheet
from helios_gui.utils.queue_progress import QueueProgress
from tests.gui.conftest import OpenWindow
from tests.gui.window_steps import Eventually, add_trusted, press_render, state
from tests.support.desktop_bus import bus_daemon, dock

LEFT = Qt.MouseButton.LeftButton


def with_tray(window: MainWindow) -> None:
    """Offscreen there is no tray; menu and tooltip are Qt's all the same, but nobody sees them."""
    window.background.tray._is_possible = lambda: True
    window.background.show_tray()
    assert window.background.tray.is_there


def question() -> ConfirmSheet | None:
    sheets = [one for one in QApplication.topLevelWidgets() if isinstance(one, ConfirmSheet) and one.isVisible()]
    return sheets[0] if sheets else None


async def test_its_menu_finishes_what_runs_then_stops_all_jobs_and_goes_on_with_them(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window:
        window.engine.profiles.save([LocalProfile(name="Local", concurrency=1)], "Local")
        tray, rows = window.background.tray, window.queue.model
        assert not tray.is_there
        with_tray(window)
        finish, resume = (action for action in tray.menu.actions() if action.shortcut().toString())
        assert not finish.isEnabled()
        files = [write_job("One", chunks=60, slow=0.5), write_job("Two")]  # many, as the next lines may take a while
        jobs = [await add_trusted(window, file, eventually) for file in files]
        await window.engine.manager.standings.set_after(jobs[1], jobs[:1])
        window.queue.select_all(jobs)
        press_render(qtbot, window)
        await eventually(lambda: sum(row.chunks_running for row in rows.jobs()) == 1)
        await eventually(lambda: "%" in tray.icon.toolTip())
        assert finish.isEnabled()
        assert not resume.isEnabled()
        window.frame.hide()  # and its menus with it: the tray's go on
        finish.trigger()
        await eventually(lambda: [row.state for row in rows.jobs()] == [JobState.PAUSED] * 2)
        await eventually(lambda: not any(row.is_finishing for row in rows.jobs()))
        assert 0 < rows.jobs()[0].chunks_done < 60
        assert rows.jobs()[1].chunks_done == 0
        assert not finish.isEnabled()
        done = rows.jobs()[0].chunks_done
        resume.trigger()
        await eventually(lambda: rows.jobs()[0].chunks_done > done)
        assert question() is None
        for job_id in jobs:
            await window.engine.manager.cancel_job(job_id)
        await eventually(lambda: not resume.isEnabled())


async def close_at_work(qtbot: QtBot, window: MainWindow, job: Path, eventually: Eventually) -> str:
    """Close a window that has a tray and renders a job, up to its question; return the job's id."""
    with_tray(window)
    job_id = await add_trusted(window, job, eventually)
    press_render(qtbot, window)
    await eventually(lambda: state(window, job_id) is JobState.RUNNING)
    window.frame.close()
    await eventually(question)
    return job_id


async def test_a_closed_window_leaves_the_jobs_at_work_if_that_was_chosen(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await close_at_work(qtbot, window, write_job(slow=60), eventually)
        sheet = question()
        assert sheet is not None
        assert "in the tray" in sheet.windowTitle()
        qtbot.mouseClick(sheet.yes, LEFT)
        await eventually(lambda: not window.isVisible())
        assert not window.closed.is_set()
        await window.engine.manager.cancel_job(job_id)
        await eventually(lambda: state(window, job_id) is JobState.CANCELLED)
        window.background.tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
        assert window.isVisible()
        window.frame.close()
        await eventually(lambda: not window.isVisible())
        assert question() is None
        window.background.tray.quit_action.trigger()
        await eventually(window.closed.is_set)


async def test_who_says_no_is_not_asked_again_and_may_choose_in_the_settings(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await close_at_work(qtbot, window, write_job(slow=60), eventually)
        first = question()
        assert first is not None
        qtbot.mouseClick(first.no, LEFT)
        for _ in range(2):  # the usual question, after the other and by itself
            await eventually(lambda: (sheet := question()) is not None and "and quit?" in sheet.windowTitle())
            sheet = question()
            assert sheet is not None
            qtbot.mouseClick(sheet.no, LEFT)
            await eventually(lambda: question() is None and not window._asking)
            window.frame.close()
        await eventually(question)
        again = question()
        assert again is not None
        again.reject()
        dialog = window._open_settings()
        page = dialog.pages.appearance
        assert page.tray.isChecked()
        assert not page.stays.isChecked()
        for box in (page.stays, page.tray):
            qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
        assert window._state.closes_to_tray
        assert not window.background.tray.is_there
        dialog.reject()
        await window.engine.manager.cancel_job(job_id)
        await eventually(lambda: state(window, job_id) is JobState.CANCELLED)
        window.frame.close()
        await eventually(window.closed.is_set)


async def test_the_dock_is_told_of_the_progress_and_the_jobs_that_are_left(
    open_window: OpenWindow,
    eventually: Eventually,
    make_summary: Callable[..., JobSummary],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with bus_daemon(tmp_path) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        async with dock(address) as told, open_window() as window:
            jobs = [make_summary(0, state=JobState.RUNNING), make_summary(1, in_line=True), make_summary(2)]
            window.background.take(jobs, QueueProgress(0.44, 60), "")
            await eventually(lambda: told)
            window.background.take(jobs, QueueProgress(0.4401, 60), "")
            window.background.take([], None, "")
            await eventually(lambda: len(told) == 2)
            window.background.take(jobs[:1], QueueProgress(0.5, 60), "")
            await eventually(lambda: len(told) == 3)
    assert {application for application, _ in told} == {APPLICATION}
    first, second, third = (properties for _, properties in told)
    assert first == {"progress": 0.44, "progress-visible": True, "count": 2, "count-visible": True}
    assert second == {"progress": 0.0, "progress-visible": False, "count": 0, "count-visible": False}
    assert (third["progress"], third["count"]) == (0.5, 1)


def test_the_ring_is_filled_as_far_as_the_queue_is(qtbot: QtBot) -> None:
    accent = theme().tokens.accent.rgb()

    def filled(fraction: float) -> int:
        image = progress_icon(fraction).pixmap(64, 64).toImage()
        return sum(image.pixelColor(x, y).rgb() == accent for x in range(64) for y in range(64))

    half, whole = filled(0.5), filled(1.0)
    assert filled(0.0) < whole / 20
    assert 0.4 < half / whole < 0.6
