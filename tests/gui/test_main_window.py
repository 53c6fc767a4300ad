"""The window on a real engine: real files dropped, real clicks, real renders."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.jobfile.job_files import load_job
from helios_gui.profiles.review import review_job
from helios_gui.types import JobChanged, JobExecutionOptions, JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.submit.consent import Consent
from helios_gui.ui.submit.trust_sheet import TrustSheet
from helios_gui.ui.widgets.confirm import ConfirmSheet
from tests.gui.window_steps import (
    LEFT,
    Eventually,
    OpenWindow,
    WriteJob,
    add_trusted,
    only_job,
    press_render,
    running_chunks,
    sheet_of,
    state,
)
from tests.support.drops import drop
from tests.support.jobs import text_job
from tests.support.waiting import PATIENCE


def press(qtbot: QtBot, window: MainWindow, action: JobAction) -> None:
    """Click the action's toolbar button if it has one, else choose it."""
    button = window.actions_of_window.toolbar.widgetForAction(window.queue.actions_of_jobs[action])
    if isinstance(button, QToolButton):
        qtbot.mouseClick(button, LEFT)
    else:
        window.queue.actions_of_jobs[action].trigger()


def shows(view: QWidget, text: str) -> bool:
    """Return whether a label with the text can be seen in the view."""
    return any(label.isVisible() and label.text() == text for label in view.findChildren(QLabel))


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
    async with asyncio.timeout(PATIENCE):
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


async def test_of_many_jobs_those_stopped_meanwhile_are_not_started(
    open_window: OpenWindow, tmp_path: Path, eventually: Eventually
) -> None:
    async with open_window() as window:
        window.engine.trust.trust_folder(tmp_path)
        manager, options = window.engine.manager, JobExecutionOptions(job_dir=tmp_path, merge=False)
        names = [f"{name}.txt" for name in "abcd"]
        jobs = [text_job(1).model_copy(update={"name": name}) for name in names]
        ids = [await manager.submit_job(job, options, start=False) for job in jobs]
        await eventually(lambda: window.queue.model.counts.jobs == 4)
        prepare, held = window.commands._prepare, asyncio.Event()

        async def look_long(job_id: str, *, agreed: list[str], profile: str, press: int) -> None:
            await prepare(job_id, agreed=agreed, profile=profile, press=press)
            if job_id == ids[2]:
                await held.wait()

        window.commands._prepare = look_long  # type: ignore[method-assign]
        window.commands.run_action(JobAction.RENDER, ids)
        await eventually(lambda: state(window, ids[0]) is JobState.COMPLETED)
        assert state(window, ids[1]) is JobState.PENDING, "it starts with the others"
        window.commands.run_action(JobAction.PAUSE, ids[1:2])
        window.commands.run_action(JobAction.CANCEL, [ids[2], "nobody"])
        await eventually(lambda: state(window, ids[2]) is JobState.CANCELLED)
        held.set()
        await eventually(lambda: state(window, ids[3]) is JobState.COMPLETED)
        await eventually(lambda: len(window.bridge._tasks) == 0)
        assert state(window, ids[1]) is JobState.PENDING
        assert state(window, ids[2]) is JobState.CANCELLED
        window.commands.run_action(JobAction.CANCEL, ids)
        await eventually(lambda: state(window, ids[1]) is JobState.CANCELLED)
        assert state(window, ids[0]) is JobState.COMPLETED


async def test_an_idle_job_is_cancelled_and_removed_without_a_question(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        assert window.job_view.example.isVisible()
        job_id = await add_trusted(window, write_job(), eventually)
        press(qtbot, window, JobAction.CANCEL)
        await eventually(lambda: state(window, job_id) is JobState.CANCELLED)
        window.queue.view.clearSelection()
        assert shows(window.job_view, "Nothing selected")
        assert not window.job_view.example.isVisible()
        window.queue.select(job_id)
        press(qtbot, window, JobAction.REMOVE)
        await eventually(lambda: not window.queue.model.jobs())
        assert window.queue.empty.isVisible()
        assert window.job_view.example.isVisible()


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
