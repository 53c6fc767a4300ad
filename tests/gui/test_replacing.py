"""The window asks before a job replaces a video that is not its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.widgets.confirm import ConfirmSheet
from tests.gui.window_steps import Eventually, OpenWindow, add_trusted, press_render, state

LEFT = Qt.MouseButton.LeftButton


def sheets_of(window: MainWindow) -> list[ConfirmSheet]:
    return [sheet for sheet in window.frame.findChildren(ConfirmSheet) if sheet.isVisible()]


async def question(window: MainWindow, eventually: Eventually) -> tuple[ConfirmSheet, str]:
    """Wait for the question; its text."""

    await eventually(lambda: sheets_of(window))
    (sheet,) = sheets_of(window)
    for label in sheet.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width())  # none of it is cut
    return sheet, "\n".join(label.text() for label in sheet.findChildren(QLabel))


async def test_the_video_of_another_job_is_replaced_only_after_a_question(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window:
        path = write_job("Titles", chunks=1)
        first = await add_trusted(window, path, eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, first) is JobState.COMPLETED)
        film = path.with_name("film.mp4")
        before = film.read_bytes()

        other = path.with_name("other.helios.json")
        other.write_text(path.read_text().replace("Titles", "Credits").replace("testsrc2", "testsrc"))
        second = await add_trusted(window, other, eventually)
        press_render(qtbot, window)
        sheet, text = await question(window, eventually)
        assert "Replace “film.mp4”?" in text
        assert f"{film} exists already: the job “Titles” made it on " in text
        assert sheet.yes.text() == "Replace"
        assert sheet.focusWidget() is sheet.no
        qtbot.mouseClick(sheet.no, LEFT)
        await eventually(lambda: not sheets_of(window))
        assert state(window, second) is JobState.PENDING
        assert film.read_bytes() == before

        press_render(qtbot, window)
        sheet, text = await question(window, eventually)
        qtbot.mouseClick(sheet.yes, LEFT)
        await eventually(lambda: state(window, second) is JobState.COMPLETED)
        assert film.read_bytes() != before

        window.queue.select(first)
        await eventually(lambda: window.queue.current_job == first)
        window.queue.actions_of_jobs[JobAction.RESTITCH].trigger()
        sheet, text = await question(window, eventually)
        assert "the job “Credits” made it on" in text
        qtbot.mouseClick(sheet.no, LEFT)
        await eventually(lambda: not sheets_of(window))


async def test_two_jobs_of_the_queue_that_make_one_video_are_told_before(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window:
        path = write_job("Titles", chunks=2, slow=1)
        first = await add_trusted(window, path, eventually)
        other = path.with_name("other.helios.json")
        other.write_text(path.read_text().replace("Titles", "Credits").replace("out/", "out/other_"))
        second = await add_trusted(window, other, eventually)
        await window.engine.manager.resume_job(first)
        press_render(qtbot, window)
        sheet, text = await question(window, eventually)
        assert f"{path.with_name('film.mp4')} is being made by the job “Titles” now." in text
        qtbot.mouseClick(sheet.yes, LEFT)
        await eventually(lambda: state(window, second) is JobState.COMPLETED)
        assert state(window, first) is JobState.COMPLETED


async def test_a_job_replaces_its_own_video_without_another_question(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job("Titles", chunks=1), eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        status = await window.engine.manager.get_job(job_id)
        assert status is not None
        await window.commands.render_again(status, ask=False)
        await eventually(lambda: state(window, job_id) is not JobState.COMPLETED)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        assert not sheets_of(window)


async def test_files_of_others_where_chunks_go_are_one_question(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window:
        path = write_job("Titles", chunks=3)
        chunks = [path.parent / chunk["outputFile"] for chunk in json.loads(path.read_text())["chunks"]]
        for chunk in chunks[1:]:
            chunk.parent.mkdir(exist_ok=True)
            chunk.write_text("somebody's")
        job_id = await add_trusted(window, path, eventually)
        press_render(qtbot, window)
        sheet, text = await question(window, eventually)
        assert "Replace 2 files?" in text
        assert "2 files exist already where chunks of this job go" in text
        assert f"{chunks[1]} is the first" in text
        assert "What the chunks render takes the place of those files, which are lost then." in text
        qtbot.mouseClick(sheet.no, LEFT)
        await eventually(lambda: not sheets_of(window))
        assert state(window, job_id) is JobState.PENDING
        assert chunks[1].read_text() == "somebody's"

        press_render(qtbot, window)
        sheet, text = await question(window, eventually)
        qtbot.mouseClick(sheet.yes, LEFT)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        assert chunks[1].stat().st_size > 100
        assert not sheets_of(window)
