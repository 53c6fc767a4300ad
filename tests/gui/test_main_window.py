"""The window on a real engine: real files dropped, real clicks, real renders."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.jobfile.job_files import load_job
from helios_gui.profiles.review import review_job
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.widgets.confirm import ConfirmSheet
from tests.gui.window_steps import (
    LEFT,
    Eventually,
    OpenWindow,
    WriteJob,
    add_trusted,
    only_job,
    press_action,
    press_render,
    sheet_of,
    state,
)
from tests.support.drops import drop
from tests.support.waiting import PATIENCE


async def test_a_dropped_job_renders_after_a_look_at_it_and_plays(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        assert drop(window, write_job("Opening titles"))
        await eventually(lambda: window.queue.model.jobs())
        job = only_job(window)
        assert (job.name, job.state, job.chunks_total) == ("Opening titles", JobState.PENDING, 3)
        await eventually(lambda: len(window.job_view.grid.cells) == 3)
        assert window.job_view.header.name.text() == "Opening titles"

        press_render(qtbot, window)
        await eventually(lambda: sheet_of(window, TrustSheet))
        sheet = sheet_of(window, TrustSheet)
        assert isinstance(sheet, TrustSheet)
        qtbot.mouseClick(sheet.run_button, LEFT)
        await eventually(lambda: only_job(window).state is JobState.COMPLETED)
        assert only_job(window).output.is_file()

        await eventually(lambda: window.job_view.preview is not None and window.job_view.preview.frame_count == 15)
        assert window.job_view.preview is not None
        assert window.job_view.preview.path == only_job(window).output
        assert window.job_view.preview.isVisible()
        assert "15" in window.job_view.details.widget().findChildren(type(window.job_view.details.reason))[-1].text()


async def test_a_finished_video_plays_for_who_looks_at_the_preview_and_takes_no_other_tab_away(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        await add_trusted(window, write_job(), eventually)
        view, played = window.job_view, list[bool]()
        opened = view.open_preview

        def watch(*arguments: Any, autoplay: bool, **options: Any) -> None:
            played.append(autoplay)
            opened(*arguments, autoplay=autoplay, **options)

        view.open_preview = watch  # type: ignore[method-assign]  # it does all that it did
        view.tabs.setCurrentWidget(view.log)
        press_render(qtbot, window)
        await eventually(lambda: played)
        assert played == [False]
        assert view.tabs.currentWidget() is view.log
        view.tabs.setCurrentIndex(0)
        press_render(qtbot, window)
        await eventually(lambda: sheet_of(window, ConfirmSheet))
        sheet = sheet_of(window, ConfirmSheet)
        assert sheet is not None
        sheet.yes.click()
        await eventually(lambda: sheet_of(window, ConfirmSheet) is None)
        window.frame.activateWindow()  # as a window manager does
        await eventually(lambda: len(played) == 2)
        assert played == [False, True]


async def test_a_job_that_is_not_trusted_does_not_run_and_asks_again(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        drop(window, write_job())
        await eventually(lambda: window.queue.model.jobs())
        for _ in range(2):
            press_render(qtbot, window)
            await eventually(lambda: sheet_of(window, TrustSheet))
            sheet = sheet_of(window, TrustSheet)
            assert isinstance(sheet, TrustSheet)
            qtbot.mouseClick(sheet.cancel_button, LEFT)
            await eventually(lambda: sheet_of(window, TrustSheet) is None)
            await eventually(lambda: not window.bridge._tasks, "what asked has ended")
        assert only_job(window).state is JobState.PENDING
        assert only_job(window).started_at is None


async def test_outputs_outside_the_folder_are_asked_for_even_where_the_folder_is_trusted(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, tmp_path: Path
) -> None:
    path = write_job(chunks=1)
    film = tmp_path / "elsewhere" / "film.mp4"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["outputFile"] = str(film)
    path.write_text(json.dumps(document), encoding="utf-8")
    async with open_window() as window:
        window.engine.trust.trust_folder(path.parent)
        drop(window, path)
        await eventually(lambda: window.queue.model.jobs())
        press_render(qtbot, window)
        await eventually(lambda: sheet_of(window, TrustSheet))
        sheet = sheet_of(window, TrustSheet)
        assert isinstance(sheet, TrustSheet)
        assert str(film) in sheet.details.toPlainText()
        assert not film.parent.exists()
        qtbot.mouseClick(sheet.run_button, LEFT)
        await eventually(lambda: only_job(window).state is JobState.COMPLETED)
    assert film.is_file()


@pytest.mark.parametrize(
    ("codecs", "warning"),
    [
        ("-c:v prores_ks", "⚠ prores video cannot be put into a .mp4 file as it is."),
        ("-c:v libx264 -c:a pcm_s16le", "⚠ The sound becomes aac: pcm_s16le cannot be made in a .mp4 file."),
    ],
)
async def test_chunks_that_will_not_fit_into_the_video_are_told_before_they_are_rendered(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, codecs: str, warning: str
) -> None:
    path = write_job(chunks=1)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["chunks"][0] |= {"outputFile": "part.mov", "command": f"ffmpeg -i in.mov {codecs} part.mov"}
    document["outputFile"] = "film.mp4"
    path.write_text(json.dumps(document), encoding="utf-8")
    async with open_window() as window:
        drop(window, path)
        await eventually(lambda: window.queue.model.jobs())
        press_render(qtbot, window)
        await eventually(lambda: sheet_of(window, TrustSheet))
        sheet = sheet_of(window, TrustSheet)
        assert isinstance(sheet, TrustSheet)
        await eventually(lambda: warning in sheet.details.toPlainText())
        qtbot.mouseClick(sheet.cancel_button, LEFT)
        await eventually(lambda: sheet_of(window, TrustSheet) is None)


async def test_a_bad_job_file_shows_every_problem_without_stopping_the_others(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, tmp_path: Path, eventually: Eventually
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"metadata": {"fps": "x"}, "chunks": [{"id": 1}]}', encoding="utf-8")
    async with open_window() as window:
        drop(window, bad, write_job())
        await eventually(lambda: window.queue.model.jobs() and window.notices.notices())
        (notice,) = window.notices.notices()
        for problem in ("bad.json", "metadata.fps", "metadata.width", "chunks[0].command"):
            assert problem in notice.text
        copy = next(button for button in notice.findChildren(QToolButton) if "Copy" in button.toolTip())
        qtbot.mouseClick(copy, LEFT)
        assert QGuiApplication.clipboard().text() == notice.text
        qtbot.mouseClick(notice.dismiss_button, LEFT)
        assert window.notices.notices() == []


async def test_a_dropped_folder_adds_its_jobs_and_an_empty_one_says_so(
    open_window: OpenWindow, write_job: WriteJob, tmp_path: Path, eventually: Eventually
) -> None:
    for name in ("one", "two", "three"):
        write_job(name)
    (tmp_path / "nothing").mkdir()
    async with open_window() as window:
        drop(window, tmp_path / "nothing")
        await eventually(lambda: window.notices.notices())
        assert "No job files" in window.notices.notices()[0].text
        drop(window, tmp_path)
        await eventually(lambda: len(window.queue.model.jobs()) == 3)
        await eventually(lambda: len(window.queue.selected_jobs()) == 3)


async def test_render_right_after_a_drop_renders_the_dropped_jobs_and_no_other(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        old = await add_trusted(window, write_job("Old", chunks=2), eventually)
        paths = [write_job(name, chunks=2) for name in ("A", "B")]
        for path in paths:
            window.engine.trust.remember(review_job(load_job(path), path.parent, path))
        assert drop(window, *paths)
        assert [job.id for job in window.queue.selected_jobs()] == [old]  # nothing was read yet
        press_render(qtbot, window)
        await eventually(lambda: len(window.queue.model.jobs()) == 3)
        new = [job.id for job in window.queue.model.jobs() if job.id != old]
        await eventually(lambda: all(state(window, job_id) is JobState.COMPLETED for job_id in new))
        assert state(window, old) is JobState.PENDING
        assert [job.id for job in window.queue.selected_jobs()] == new


async def test_render_right_after_the_drop_of_a_bad_file_renders_nothing(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, tmp_path: Path, eventually: Eventually
) -> None:
    async with open_window() as window:
        old = await add_trusted(window, write_job("Old", chunks=2), eventually)
        bad = tmp_path / "bad.heliosjob"
        bad.write_text("{", encoding="utf-8")
        assert drop(window, bad)
        press_render(qtbot, window)
        await eventually(lambda: window.notices.notices())
        press_action(qtbot, window, JobAction.DUPLICATE)  # the next command is for what is selected, as ever
        await eventually(lambda: len(window.queue.model.jobs()) == 2)
        assert state(window, old) is JobState.PENDING


async def test_the_same_file_again_selects_its_job_and_an_edited_one_is_new(
    open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    path = write_job("First")
    async with open_window() as window:
        first = await add_trusted(window, path, eventually)
        second = await add_trusted(window, write_job("Second"), eventually)
        assert window.queue.current_job == second
        drop(window, path)
        await eventually(lambda: window.queue.current_job == first)
        assert len(window.queue.model.jobs()) == 2
        document = json.loads(path.read_text(encoding="utf-8"))
        document["name"] = "First, edited"
        path.write_text(json.dumps(document), encoding="utf-8")
        drop(window, path)
        await eventually(lambda: len(window.queue.model.jobs()) == 3)


async def test_a_finished_job_dropped_again_offers_to_render_again(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    path = write_job(chunks=2)
    async with open_window() as window:
        job_id = await add_trusted(window, path, eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        drop(window, path)
        await eventually(lambda: window.notices.notices())
        (notice,) = window.notices.notices()
        qtbot.mouseClick(notice.findChildren(QPushButton)[0], LEFT)
        await eventually(lambda: state(window, job_id) is not JobState.COMPLETED)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        attempts = await window.engine.manager.attempts(job_id)
        assert len(attempts) == 4
        assert window.notices.notices() == []


async def test_failed_chunks_are_explained_and_retried(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job(broken=(1,)), eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.FAILED)
        await eventually(window.job_view.header.problem.isVisible)
        assert "Chunk 1 failed" in window.job_view.header.problem.text()
        qtbot.mouseClick(window.job_view.header.details_button, LEFT)
        assert window.job_view.details.isVisible()
        qtbot.mouseClick(window.job_view.details.copy_button, LEFT)
        assert "Chunk 1 failed" in QGuiApplication.clipboard().text()

        window.job_view.grid.select_chunk(1)
        await eventually(lambda: "Chunk 1" in window.job_view.log.title.text())
        assert window.job_view.log.isVisible()
        manager = window.engine.manager
        for retry in (
            lambda: press_action(qtbot, window, JobAction.RETRY_FAILED),
            lambda: window.job_view.grid.retry_requested.emit([1]),
        ):
            before = len(await manager.attempts(job_id, 1))
            retry()
            await tried_again(window, job_id, before)
        assert len(await manager.attempts(job_id)) == len(await manager.attempts(job_id, 1)) + 2


async def tried_again(window: MainWindow, job_id: str, before: int) -> None:
    """Until chunk 1 has had more attempts than ``before``, and the job is quiet again."""
    async with asyncio.timeout(PATIENCE):
        while len(await window.engine.manager.attempts(job_id, 1)) <= before:
            await asyncio.sleep(0.02)
        await window.engine.manager.wait_job(job_id)


async def test_profiles_that_a_terminal_changes_are_there_when_the_window_is_in_front_again(
    open_window: OpenWindow,
) -> None:
    async with open_window() as window:
        store = window.engine.profiles
        terminal = ProfileStore(store.path)
        terminal.save([*terminal.profiles(), LocalProfile(name="Imported")], terminal.default_name)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
        assert store.get("Imported").name == "Imported"
        assert "Imported" in [action.text() for action in window.queue.actions_of_jobs.profile_menu.actions()]
