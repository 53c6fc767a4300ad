"""Arranging the queue in the window: priorities, groups, what starts after what, copies, and undoing a removal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.types import JobState, JobSummary, Priority
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.queue.group_name_sheet import GroupNameSheet
from helios_gui.ui.queue.start_after_sheet import StartAfterSheet
from tests.gui.window_steps import Eventually, OpenWindow, add_trusted, press_render, sheet_of, state
from tests.support.drops import drag

WriteJob = Callable[..., Path]
LEFT = Qt.MouseButton.LeftButton


def job(window: MainWindow, job_id: str) -> JobSummary:
    found = window.queue.model.job(job_id)
    assert found is not None
    return found


def order(window: MainWindow) -> list[str]:
    return [job.id for job in window.queue.model.jobs()]


async def test_removed_jobs_come_back_by_key_and_by_the_notice(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        ids = [await add_trusted(window, write_job(name), eventually) for name in ("One", "Two", "Three")]
        press_render(qtbot, window)
        await eventually(lambda: state(window, ids[2]) is JobState.COMPLETED)
        window.queue.select_all(ids[1:])
        window.queue.view.setFocus()
        qtbot.keyClick(window.queue.view, Qt.Key.Key_Delete)
        await eventually(lambda: order(window) == ids[:1])
        await eventually(window.notices.notices)
        (notice,) = window.notices.notices()
        assert "2 jobs were removed" in notice.text
        qtbot.mouseClick(notice.findChild(QPushButton), LEFT)
        await eventually(lambda: order(window) == ids)
        assert state(window, ids[2]) is JobState.COMPLETED
        assert window.notices.notices() == []
        await eventually(lambda: [each.id for each in window.queue.selected_jobs()] == ids[1:])
        await eventually(lambda: window.job_view.grid.cells)

        window.queue.select(ids[0])
        qtbot.keyClick(window.queue.view, Qt.Key.Key_Delete)
        await eventually(lambda: order(window) == ids[1:])
        await eventually(window.notices.notices)
        assert "“One” was removed" in window.notices.notices()[0].text
        undo = window.actions_of_window.undo_remove
        await eventually(undo.isEnabled)
        qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        await eventually(lambda: order(window) == ids)
        assert not undo.isEnabled()


async def test_several_jobs_get_a_priority_and_a_group(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        ids = [await add_trusted(window, write_job(name), eventually) for name in ("One", "Two", "Three")]
        window.queue.select_all([ids[0], ids[2]])
        menus = window.queue.actions_of_jobs.menus
        menus.priorities.actions()[0].trigger()
        await eventually(lambda: job(window, ids[2]).standing.priority is Priority.HIGH)
        assert [job(window, each).standing.priority for each in ids[:2]] == [Priority.HIGH, Priority.NORMAL]
        assert menus.priorities.actions()[0].isChecked()

        next(action for action in menus.groups.actions() if "New group" in action.text()).trigger()
        await eventually(lambda: sheet_of(window, GroupNameSheet))
        sheet = sheet_of(window, GroupNameSheet)
        assert isinstance(sheet, GroupNameSheet)
        sheet.field.selectAll()
        qtbot.keyClicks(sheet.field, "Trailer")
        qtbot.keyClick(sheet.field, Qt.Key.Key_Return)
        await eventually(lambda: order(window) == [ids[0], ids[2], ids[1]])
        assert window.queue.model.groups() == ["Trailer"]
        assert [each.id for each in window.queue.selected_jobs()] == [ids[0], ids[2]]
        menus.groups.aboutToShow.emit()
        next(action for action in menus.groups.actions() if action.text() == "N&o group").trigger()
        await eventually(lambda: window.queue.model.groups() == [])


def test_the_name_of_a_group_outlives_its_sheet(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    sheet = GroupNameSheet("Group", window)
    sheet.field.setText(" Trailer ")
    sheet.open()
    qtbot.mouseClick(sheet.create_button, LEFT)
    qtbot.waitUntil(lambda: not isValid(sheet.field))
    assert sheet.name == "Trailer"  # on a busy machine the answer is looked at later


async def test_jobs_dropped_on_the_row_of_a_group_join_it(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        names = ("One", "Two", "Three", "Four")
        ids = [await add_trusted(window, write_job(name), eventually) for name in names]
        for each in ids[1:3]:
            await window.engine.manager.standings.set_group(each, "Trailer")
        view, model = window.queue.view, window.queue.model
        await eventually(lambda: [model.group_at(row) for row in range(model.rowCount())] == ["", "Trailer", *[""] * 3])

        def drop_on(row: int, job_id: str, part: float) -> None:
            rows = [model.index(place, 0) for place in [model.row_of(job_id)] if place is not None]
            target = view.visualRect(model.index(row, 0))
            drag(view, model.mimeData(rows), QPoint(20, target.top() + round(part * target.height())))

        drop_on(1, ids[0], 0.5)
        await eventually(lambda: order(window) == [ids[1], ids[2], ids[0], ids[3]])
        assert [job(window, each).standing.group for each in ids] == ["Trailer"] * 3 + [""]
        drop_on(0, ids[3], 0.02)  # above the group's row
        await eventually(lambda: order(window)[0] == ids[3])
        assert job(window, ids[3]).standing.group == ""
        drop_on(2, ids[3], 0.5)  # a job's row takes none
        await eventually(lambda: order(window) == [ids[1], ids[3], ids[2], ids[0]])
        model.set_collapsed(["Trailer"])
        drop_on(0, ids[3], 0.5)
        await eventually(lambda: model.rowCount() == 1)
        assert order(window) == [ids[1], ids[2], ids[0], ids[3]]


async def test_a_job_starts_after_another_one(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        first = await add_trusted(window, write_job("First", chunks=2), eventually)
        second = await add_trusted(window, write_job("Second", chunks=2), eventually)
        await start_after(qtbot, window, second, eventually)
        await eventually(lambda: job(window, second).standing.after == (first,))
        press_render(qtbot, window)
        await eventually(lambda: job(window, second).held_up)
        assert "which nobody has started yet" in window.job_view.header.problem.text()
        assert "Starts after “First”" in window.queue.model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
        whole_queue = window.actions_of_window.whole_queue
        await eventually(whole_queue.finish.isEnabled)  # a moment after the job is shown as it is now
        whole_queue.finish.trigger()  # it would start after the other one
        await eventually(lambda: state(window, second) is JobState.PAUSED)
        await eventually(whole_queue.resume.isEnabled)
        whole_queue.resume.trigger()
        await eventually(lambda: job(window, second).held_up)
        window.queue.select(first)
        press_render(qtbot, window)
        await eventually(lambda: state(window, second) is JobState.COMPLETED)
        assert (job(window, second).started_at or 0) >= (job(window, first).finished_at or 0)

        await start_after(qtbot, window, first, eventually)  # "First" after "Second": neither would ever start
        await eventually(lambda: window.notices.notices())
        assert "“Second” starts after “First”" in window.notices.notices()[0].text


async def start_after(qtbot: QtBot, window: MainWindow, job_id: str, eventually: Eventually) -> None:
    """Choose with the sheet that a job starts after the first one that is listed there."""
    window.queue.select(job_id)
    window.queue.actions_of_jobs[JobAction.START_AFTER].trigger()
    await eventually(lambda: sheet_of(window, StartAfterSheet))
    sheet = sheet_of(window, StartAfterSheet)
    assert isinstance(sheet, StartAfterSheet)
    assert sheet.accept_button.text() == "Start in its turn"
    qtbot.keyClick(sheet.list, Qt.Key.Key_Space)
    assert sheet.accept_button.text() == "Start after these"
    qtbot.mouseClick(sheet.accept_button, LEFT)


def test_long_names_are_shortened_in_the_sheet(qtbot: QtBot, make_summary: Callable[..., JobSummary]) -> None:
    jobs = [make_summary(0, name="A very long name " * 12), make_summary(1)]
    sheet = StartAfterSheet("Start “X” after …", jobs, [], None)  # type: ignore[arg-type]
    qtbot.addWidget(sheet)
    sheet.show()
    qtbot.waitExposed(sheet)
    row = sheet.list.visualItemRect(sheet.list.item(0))
    assert sheet.list.viewport().rect().contains(row), "what does not fit is elided, with the state still in view"
    assert sheet.list.textElideMode() is Qt.TextElideMode.ElideMiddle
    assert str(jobs[0].output) in sheet.list.item(0).toolTip().replace("\n", "")


def test_the_sheet_finds_jobs_by_words(qtbot: QtBot, make_summary: Callable[..., JobSummary]) -> None:
    jobs = [make_summary(place, name=f"Shot {place:05}") for place in range(2_000)]
    sheet = StartAfterSheet("Start “X” after …", jobs, ["job-1500"], None)  # type: ignore[arg-type]
    qtbot.addWidget(sheet)
    sheet.show()
    assert sheet.list.item(0).text().startswith("Shot 01500")
    assert sheet.list.count() == 500
    qtbot.keyClicks(sheet.filter, "01999")
    assert sheet.list.count() == 1
    sheet.list.item(0).setCheckState(Qt.CheckState.Checked)
    qtbot.keyClick(sheet.filter, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(sheet.filter, Qt.Key.Key_Delete)
    assert sheet.chosen == ["job-1500", "job-1999"]
    assert [sheet.list.item(row).text()[:10] for row in (0, 1)] == ["Shot 01500", "Shot 01999"]


@pytest.mark.parametrize("count", [1, 2])
async def test_copies_are_rendered_with_another_profile(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, count: int
) -> None:
    async with open_window() as window:
        window.engine.profiles.save([LocalProfile(name="Local"), LocalProfile(name="Slow & careful")], "Local")
        ids = [await add_trusted(window, write_job(name), eventually) for name in ("One", "Two")[:count]]
        window.queue.select_all(ids)
        window.queue.actions_of_jobs.menus.copies.actions()[1].trigger()
        await eventually(lambda: len(order(window)) == 2 * count)
        copies = order(window)[count:]
        await eventually(lambda: [each.id for each in window.queue.selected_jobs()] == copies)
        assert {job(window, each).profile for each in copies} == {"Slow & careful"}
        assert {job(window, each).profile for each in ids} == {"Local"}
