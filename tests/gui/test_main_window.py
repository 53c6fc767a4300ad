"""The window on a real engine: real files dropped, real clicks, real renders."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from helios_gui.jobfile.job_files import load_job
from helios_gui.profiles.review import review_job
from helios_gui.types import ChunkState, EngineProblem, JobChanged, JobState, JobSummary
from helios_gui.ui.about import AboutSheet
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.ui.shortcuts import ShortcutsSheet
from helios_gui.ui.submit.consent import Consent
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.theme import ThemeMode, theme
from helios_gui.ui.widgets.confirm import ConfirmSheet
from tests.gui.window_steps import Eventually, OpenWindow, add_trusted, press_render, state
from tests.support.drops import drop

WriteJob = Callable[..., Path]
LEFT = Qt.MouseButton.LeftButton


def press(qtbot: QtBot, window: MainWindow, action: JobAction) -> None:
    """Click the action's toolbar button if it has one, else choose it."""
    button = window.actions_of_window.toolbar.widgetForAction(window.queue.actions_of_jobs[action])
    if isinstance(button, QToolButton):
        qtbot.mouseClick(button, LEFT)
    else:
        window.queue.actions_of_jobs[action].trigger()


def only_job(window: MainWindow) -> JobSummary:
    (job,) = window.queue.model.jobs()
    return job


def sheet_of(window: MainWindow, kind: type[QDialog]) -> QDialog | None:
    return next((sheet for sheet in window.findChildren(kind) if sheet.isVisible()), None)


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
            await asyncio.sleep(0.05)
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


async def test_chunks_that_will_not_fit_into_the_video_are_told_before_they_are_rendered(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    path = write_job(chunks=1)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["chunks"][0] |= {"outputFile": "part.mov", "command": "ffmpeg -i in.mov -c:v prores_ks part.mov"}
    document["outputFile"] = "film.mp4"
    path.write_text(json.dumps(document), encoding="utf-8")
    async with open_window() as window:
        drop(window, path)
        await eventually(lambda: window.queue.model.jobs())
        press_render(qtbot, window)
        await eventually(lambda: sheet_of(window, TrustSheet))
        sheet = sheet_of(window, TrustSheet)
        assert isinstance(sheet, TrustSheet)
        warning = "⚠ prores video cannot be put into a .mp4 file as it is."
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
        press(qtbot, window, JobAction.DUPLICATE)  # the next command is for what is selected, as ever
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
        await eventually(window.job_view.header.trouble.isVisible)
        assert "Chunk 1 failed" in window.job_view.header.trouble.text()
        qtbot.mouseClick(window.job_view.header.details_button, LEFT)
        assert window.job_view.details.isVisible()
        qtbot.mouseClick(window.job_view.details.copy_button, LEFT)
        assert "Chunk 1 failed" in QGuiApplication.clipboard().text()

        window.job_view.grid.select_chunk(1)
        await eventually(lambda: "Chunk 1" in window.job_view.log.title.text())
        assert window.job_view.log.isVisible()
        manager = window.engine.manager
        for retry in (
            lambda: press(qtbot, window, JobAction.RETRY_FAILED),
            lambda: window.job_view.grid.retry_requested.emit([1]),
        ):
            before = len(await manager.attempts(job_id, 1))
            retry()
            await tried_again(window, job_id, before)
        assert len(await manager.attempts(job_id)) == len(await manager.attempts(job_id, 1)) + 2


async def tried_again(window: MainWindow, job_id: str, before: int) -> None:
    """Until chunk 1 has had more attempts than ``before``, and the job is quiet again."""
    async with asyncio.timeout(30):
        while len(await window.engine.manager.attempts(job_id, 1)) <= before:
            await asyncio.sleep(0.02)
        await window.engine.manager.wait_job(job_id)


async def test_pause_resume_and_cancel(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job(chunks=8, slow=0.4), eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.RUNNING)
        press(qtbot, window, JobAction.PAUSE)
        await eventually(lambda: state(window, job_id) is JobState.PAUSED)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.RUNNING)
        await eventually(lambda: running_chunks(window, job_id))

        press(qtbot, window, JobAction.CANCEL)
        await eventually(lambda: sheet_of(window, ConfirmSheet))
        sheet = sheet_of(window, ConfirmSheet)
        assert isinstance(sheet, ConfirmSheet)
        qtbot.mouseClick(sheet.no, LEFT)
        await eventually(lambda: sheet_of(window, ConfirmSheet) is None)
        assert state(window, job_id) is not JobState.CANCELLED
        press(qtbot, window, JobAction.CANCEL)
        await eventually(lambda: sheet_of(window, ConfirmSheet))
        sheet = sheet_of(window, ConfirmSheet)
        assert isinstance(sheet, ConfirmSheet)
        qtbot.mouseClick(sheet.yes, LEFT)
        await eventually(lambda: state(window, job_id) is JobState.CANCELLED)


def running_chunks(window: MainWindow, job_id: str) -> int:
    job = window.queue.model.job(job_id)
    return job.counts.get(ChunkState.RUNNING, 0) if job else 0


async def test_the_last_press_counts_also_where_an_earlier_one_takes_its_time(
    qtbot: QtBot,
    open_window: OpenWindow,
    write_job: WriteJob,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_window() as window:
        looked_at, go_on = asyncio.Event(), asyncio.Event()
        given = Consent.given

        async def look_long(*arguments: object) -> bool:
            looked_at.set()
            await go_on.wait()
            return await given(*arguments)  # type: ignore[arg-type]

        job_id = await add_trusted(window, write_job(), eventually)
        monkeypatch.setattr(Consent, "given", look_long)
        press_render(qtbot, window)
        await looked_at.wait()
        press(qtbot, window, JobAction.CANCEL)
        await eventually(lambda: state(window, job_id) is JobState.CANCELLED)
        go_on.set()
        await eventually(lambda: len(window.bridge._tasks) == 0)
        assert state(window, job_id) is JobState.CANCELLED
        monkeypatch.undo()
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)


async def test_an_idle_job_is_cancelled_and_removed_without_a_question(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job(), eventually)
        press(qtbot, window, JobAction.CANCEL)
        await eventually(lambda: state(window, job_id) is JobState.CANCELLED)
        press(qtbot, window, JobAction.REMOVE)
        await eventually(lambda: not window.queue.model.jobs())
        assert window.queue.empty.isVisible()
        assert window.job_view.currentIndex() == 0


async def test_restitch_duplicate_move_and_remove(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job("Film", chunks=2), eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        output = only_job(window).output
        for action in (JobAction.RESTITCH, JobAction.RESTITCH_REENCODE):
            output.unlink()
            press(qtbot, window, action)
            await eventually(output.is_file)
            await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        press(qtbot, window, JobAction.DUPLICATE)
        await eventually(lambda: len(window.queue.model.jobs()) == 2)
        (copy,) = {job.id for job in window.queue.model.jobs()} - {job_id}
        window.queue.select(copy)
        press(qtbot, window, JobAction.MOVE_UP)
        await eventually(lambda: [job.id for job in window.queue.model.jobs()] == [copy, job_id])

        window.queue.select(job_id)
        press(qtbot, window, JobAction.REMOVE)
        await eventually(lambda: [job.id for job in window.queue.model.jobs()] == [copy])
        assert output.is_file()


async def test_the_preview_lets_go_of_the_file_while_it_is_stitched(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job(chunks=2), eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        await eventually(lambda: window.job_view.preview is not None and window.job_view.preview.frame_count)
        preview, job = window.job_view.preview, only_job(window)
        assert preview is not None
        window.presenter.apply([JobChanged(replace(job, state=JobState.STITCHING))])
        assert preview.frame_count == 0
        window.presenter.apply([JobChanged(job)])
        await eventually(lambda: preview.frame_count == 10)


async def test_closing_an_idle_window_asks_nothing(open_window: OpenWindow, eventually: Eventually) -> None:
    async with open_window() as window:
        assert not window.close()  # its owner closes it
        await eventually(window.closed.is_set)
        assert sheet_of(window, ConfirmSheet) is None


async def test_closing_with_work_running_asks_once_and_the_job_can_be_resumed(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, tmp_path: Path
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job(chunks=4, slow=1.0), eventually)
        press_render(qtbot, window)
        await eventually(lambda: running_chunks(window, job_id))
        for answer, closes in (("no", False), ("yes", True)):
            window.close()
            await eventually(lambda: sheet_of(window, ConfirmSheet))
            window.close()
            await asyncio.sleep(0.05)
            sheets = [sheet for sheet in window.findChildren(ConfirmSheet) if sheet.isVisible()]
            assert len(sheets) == 1
            qtbot.mouseClick(getattr(sheets[0], answer), LEFT)
            await eventually(lambda: sheet_of(window, ConfirmSheet) is None)
            await asyncio.sleep(0.05)
            assert window.closed.is_set() is closes
    async with open_window() as window:
        assert state(window, job_id) is JobState.INTERRUPTED
        assert window.queue.current_job == job_id
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)


async def test_the_window_remembers_itself(qtbot: QtBot, open_window: OpenWindow) -> None:
    async with open_window() as window:
        window.resize(770, 555)
        window.queue.view.horizontalHeader().resizeSection(2, 177)
        window.actions_of_window.theme_chosen.emit(ThemeMode.LIGHT)
        assert not theme().is_dark
    async with open_window() as window:
        assert (window.width(), window.height()) == (770, 555)
        assert window.queue.view.columnWidth(2) == 177
        window.actions_of_window.theme_chosen.emit(ThemeMode.DARK)
        assert theme().is_dark


async def test_a_damaged_memory_is_forgotten(open_window: OpenWindow, tmp_path: Path) -> None:
    folder = tmp_path / "home" / "config"
    folder.mkdir(parents=True)
    (folder / "window.ini").write_text("[window]\ngeometry=12\npanels=@ByteArray(zz)\n[General]\ntheme=mauve\n")
    async with open_window() as window:
        assert window.isVisible()


async def test_settings_and_about_open_without_blocking(
    qtbot: QtBot, open_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_window() as window:
        buttons = window.actions_of_window.toolbar.findChildren(QToolButton)
        qtbot.mouseClick(next(button for button in buttons if button.accessibleName().startswith("Settings")), LEFT)
        dialog = sheet_of(window, SettingsDialog)
        assert isinstance(dialog, SettingsDialog)
        dialog.theme_mode_changed.emit("light")
        assert not theme().is_dark
        window.actions_of_window.set_theme_mode(theme().mode)
        dialog.theme_mode_changed.emit("dark")
        dialog.reject()
        window.actions_of_window.about.trigger()
        about = sheet_of(window, AboutSheet)
        assert about is not None
        about.reject()


async def test_f1_shows_every_shortcut_of_the_menus(
    qtbot: QtBot, open_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_window() as window:
        window.activateWindow()
        await eventually(window.isActiveWindow)
        qtbot.keyClick(window, Qt.Key.Key_F1)
        await eventually(lambda: sheet_of(window, ShortcutsSheet))
        sheet = sheet_of(window, ShortcutsSheet)
        assert sheet is not None
        shown = [label.text() for label in sheet.findChildren(QLabel)]
        actions = [action for menu in window.menuBar().findChildren(QMenu) for action in menu.actions()]
        keys = {action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) for action in actions} - {""}
        assert {"F1", "Ctrl+R", "Ctrl+O", "Del"} <= keys <= set(shown)
        beside = window.job_view.log.actions() + window.job_view.grid.actions()
        keys |= {action.shortcut().toString(QKeySequence.SequenceFormat.NativeText) for action in beside} - {""}
        assert {"Ctrl+E", "F3", "R"} <= keys <= set(shown)
        assert {"Render", "Play or pause", "Space", "Zoom in, out, show all"} <= set(shown)
        sheet.reject()


async def test_diagnostics_hold_versions_profiles_and_errors_but_no_secrets(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        profiles = window.engine.profiles
        local = profiles.default.model_copy(update={"environment": {"STUDIO_LICENCE": "hunter2-hunter2"}})
        profiles.save([local], local.name)
        job_id = await add_trusted(window, write_job("Broken", chunks=1), eventually)
        job = window.queue.model.job(job_id)
        assert job is not None
        reason = f"login failed: token=abcdef0123456789 in {Path.home()}/film"
        failed = replace(job, state=JobState.FAILED, reason=reason)
        window.queue.apply([JobChanged(failed)])
        window.actions_of_window.diagnostics.trigger()
        await eventually(lambda: window.notices.notices())
        text = QGuiApplication.clipboard().text()
        for part in ("Helios Render Manager", "Qt 6", "ffmpeg ", "profile kind=local, name=Local", "STUDIO_LICENCE"):
            assert part in text
        assert "Broken (Local) failed: login failed" in text
        assert "hunter2" not in text
        assert "abcdef0123456789" not in text
        assert f"{Path.home()}/" not in text


async def test_the_log_folder_opens(open_window: OpenWindow) -> None:
    opened: list[QUrl] = []

    class Opener(QObject):
        @Slot(QUrl)
        def open(self, url: QUrl) -> None:
            opened.append(url)

    opener = Opener()
    async with open_window() as window:
        QDesktopServices.setUrlHandler("file", opener, "open")
        try:
            window.actions_of_window.log_folder.trigger()
        finally:
            QDesktopServices.unsetUrlHandler("file")
        assert [Path(url.toLocalFile()) for url in opened] == [window.engine.folders.logs]
        assert window.engine.folders.logs.is_dir()


async def test_problems_of_the_engine_are_shown_once(open_window: OpenWindow, eventually: Eventually) -> None:
    async with open_window() as window:
        for _ in range(3):
            window.bridge.events.emit([EngineProblem("The disk is full.")])
        (notice,) = window.notices.notices()
        assert "disk is full" in notice.text


async def test_the_status_bar_tells_how_many_workers_are_busy(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        texts: set[str] = set()
        window.bridge.events.connect(lambda _: texts.add(window.status_label.text()))
        assert window.status_label.text().startswith("Local 0/")
        job_id = await add_trusted(window, write_job(chunks=4, slow=0.3), eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        assert any(text.startswith(("Local 1/", "Local 2/")) for text in texts)


async def test_the_status_bar_and_the_title_tell_how_far_the_queue_is(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        titles: list[str] = []
        texts: list[str] = []
        window.bridge.events.connect(lambda _: titles.append(window.windowTitle()))
        window.bridge.events.connect(lambda _: texts.append(window.status_label.text()))
        jobs = [await add_trusted(window, write_job(name, chunks=8, slow=0.3), eventually) for name in "AB"]
        assert window.windowTitle() == "Helios Render Manager"
        window.queue.select_all(jobs)
        press_render(qtbot, window)
        await eventually(lambda: all(state(window, job_id) is JobState.COMPLETED for job_id in jobs))
        await eventually(lambda: window.windowTitle() == "Helios Render Manager")
        shown = [int(title.split(" %")[0]) for title in titles if "%" in title]
        assert shown == sorted(shown)
        assert {number for number in shown if 0 < number < 100}
        assert any(re.search(r"\d %, all done about \d\d:\d\d", text) for text in texts)


async def test_a_command_about_a_job_that_is_gone_says_so(open_window: OpenWindow, eventually: Eventually) -> None:
    async with open_window() as window:
        window.commands.retry("no-such-job", [1])
        await eventually(lambda: window.notices.notices())
        assert "not in the queue" in window.notices.notices()[0].text


async def test_jobs_can_be_given_another_profile(
    open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        await add_trusted(window, write_job(), eventually)
        menu = window.queue.actions_of_jobs.profile_menu
        assert not menu.menuAction().isVisible()
        local = window.engine.profiles.default
        window.engine.profiles.save([local, local.model_copy(update={"name": "Night & day"})], local.name)
        assert menu.menuAction().isVisible()
        assert [action.isChecked() for action in menu.actions()] == [True, False]
        menu.actions()[1].trigger()
        await eventually(lambda: only_job(window).profile == "Night & day")
        assert [action.isChecked() for action in menu.actions()] == [False, True]


async def test_no_two_actions_want_the_same_keys(open_window: OpenWindow) -> None:
    async with open_window() as window:
        actions = [action for action in window.findChildren(QAction) if not action.shortcut().isEmpty()]
        everywhere = [
            action.shortcut().toString()
            for action in actions
            if action.shortcutContext() is Qt.ShortcutContext.WindowShortcut
        ]
        elsewhere = {action.shortcut().toString() for action in actions} - set(everywhere)
        assert len(set(everywhere)) == len(everywhere)
        local = [action.shortcut().toString() for action in actions if action.shortcut().toString() in everywhere]
        assert sorted(local) == sorted(everywhere), "a panel's shortcut is also the window's"
        assert elsewhere


@pytest.mark.parametrize("size", [(720, 480), (1600, 1000)])
async def test_the_window_fits_its_sizes(
    open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, size: tuple[int, int]
) -> None:
    async with open_window() as window:
        await add_trusted(window, write_job("A job with quite a long name that has to give way"), eventually)
        window.resize(*size)
        await asyncio.sleep(0.05)
        assert (window.width(), window.height()) == size


async def test_the_window_is_no_larger_than_its_screen(open_window: OpenWindow) -> None:
    async with open_window() as window:
        screen = window.screen().availableSize()
        assert screen.width() < 1280, "or this shows nothing"
        assert screen.width() - 40 <= window.width() <= screen.width()
        assert screen.height() - 60 <= window.height() <= screen.height() - 24, "its title has room"
