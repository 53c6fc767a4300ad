"""What a person does with jobs of the window: pause, cancel, retry, restitch, duplicate, move, remove."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.types import JobChanged, JobExecutionOptions, JobState
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.submit.consent import Consent
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
    running_chunks,
    sheet_of,
    state,
)
from tests.support.jobs import text_job


def shows(view: QWidget, text: str) -> bool:
    """Return whether a label with the text can be seen in the view."""
    return any(label.isVisible() and label.text() == text for label in view.findChildren(QLabel))


async def test_pause_resume_and_cancel(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job(chunks=8, slow=0.4), eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.RUNNING)
        press_action(qtbot, window, JobAction.PAUSE)
        await eventually(lambda: state(window, job_id) is JobState.PAUSED)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.RUNNING)
        await eventually(lambda: running_chunks(window, job_id))

        press_action(qtbot, window, JobAction.CANCEL)
        await eventually(lambda: sheet_of(window, ConfirmSheet))
        sheet = sheet_of(window, ConfirmSheet)
        assert isinstance(sheet, ConfirmSheet)
        qtbot.mouseClick(sheet.no, LEFT)
        await eventually(lambda: sheet_of(window, ConfirmSheet) is None)
        assert state(window, job_id) is not JobState.CANCELLED
        press_action(qtbot, window, JobAction.CANCEL)
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
        press_action(qtbot, window, JobAction.CANCEL)
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
        press_action(qtbot, window, JobAction.CANCEL)
        await eventually(lambda: state(window, job_id) is JobState.CANCELLED)
        window.queue.view.clearSelection()
        assert shows(window.job_view, "Nothing selected")
        assert not window.job_view.example.isVisible()
        window.queue.select(job_id)
        press_action(qtbot, window, JobAction.REMOVE)
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
            press_action(qtbot, window, action)
            await eventually(output.is_file)
            await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        press_action(qtbot, window, JobAction.DUPLICATE)
        await eventually(lambda: len(window.queue.model.jobs()) == 2)
        (copy,) = {job.id for job in window.queue.model.jobs()} - {job_id}
        window.queue.select(copy)
        press_action(qtbot, window, JobAction.MOVE_UP)
        await eventually(lambda: [job.id for job in window.queue.model.jobs()] == [copy, job_id])

        window.queue.select(job_id)
        press_action(qtbot, window, JobAction.REMOVE)
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
