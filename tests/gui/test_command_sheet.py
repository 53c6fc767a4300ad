"""New render of a command: the template is checked as it is typed, rendered, and changed later."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

import tests.support.frame_renderer as frame_renderer
from helios_gui.jobfile.job_files import load_job
from helios_gui.sources.command import CommandRequest
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.new_render.command_sheet import CommandSheet
from helios_gui.ui.queue.actions import JobAction

Eventually = Callable[..., Awaitable[None]]
OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]
LEFT = Qt.MouseButton.LeftButton


def find(window: MainWindow) -> CommandSheet | None:
    return next((one for one in window.frame.findChildren(CommandSheet) if one.isVisible()), None)


async def opened(window: MainWindow, eventually: Eventually) -> CommandSheet:
    await eventually(lambda: find(window) is not None)
    sheet = find(window)
    assert sheet is not None
    return sheet


async def test_a_command_is_checked_as_it_is_typed_rendered_and_changed(
    open_window: OpenWindow, eventually: Eventually, qtbot: QtBot, tmp_path: Path
) -> None:
    async with open_window() as window:
        window.actions_of_window.command.trigger()
        sheet = await opened(window, eventually)
        assert not sheet.footer.render_button.isEnabled()
        assert sheet.problem.text() == "", "nothing is typed yet"
        sheet.folder.setText(str(tmp_path))
        for command, words in (
            ("renderer {nope}", "has a placeholder {nope}"),
            ("renderer --from {start}", "does not say {output}"),
            ("renderer {output}", "neither {start} nor {end}"),
            ("renderer {input} {start} {output}", "input: is not given"),
            ('renderer "{output}', "quot"),
        ):
            sheet.command.setPlainText(command)
            await eventually(lambda words=words: words in sheet.problem.text(), lambda: sheet.problem.text())
            assert not sheet.footer.render_button.isEnabled()
        sheet.command.setPlainText(f"{sys.executable} {frame_renderer.__file__} {{output}} {{start}} {{count}}")
        sheet.frames.setText("1-3,x")
        await eventually(lambda: "part 2 of 2" in sheet.problem.text())
        sheet.frames.setText("1-3,6-7")
        sheet.name.setText("Größe 1")
        sheet.chunk_output.setText("frames/f_####.png")
        sheet.output.setText("frames/f_####.png")
        sheet.chunk_size.setValue(2)
        await eventually(lambda: sheet.summary.text() == "3 chunks of 1 to 2 frames", lambda: sheet.problem.text())
        assert sheet.first.text().endswith("frames/f_####.png' 1 2")
        qtbot.mouseClick(sheet.footer.queue, LEFT)
        await eventually(lambda: window.queue.model.jobs())
        job = window.queue.model.jobs()[0]
        assert (job.name, job.state, job.frames_total) == ("Größe 1", JobState.PENDING, 5)
        assert [chunk.frames for chunk in load_job(tmp_path / "Größe 1.helios.json").chunks] == [
            range(1, 3), range(3, 4), range(6, 8),
        ]  # fmt: skip

        await eventually(lambda: window.queue.current_job == job.id)
        window.queue.actions_of_jobs[JobAction.CHANGE].trigger()
        again = await opened(window, eventually)
        assert (again.frames.text(), again.name.text(), again.chunk_size.value()) == ("1-3,6-7", "Größe 1", 2)
        again.frames.setText("1-4")
        await eventually(lambda: again.summary.text() == "2 chunks of 2 frames")
        qtbot.mouseClick(again.footer.render_button, LEFT)
        await eventually(lambda: [one.state.is_finished for one in window.queue.model.jobs()] == [True])
        (done,) = window.queue.model.jobs()
        assert done.state is JobState.COMPLETED, done.reason
        assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [f"f_000{n}.png" for n in (1, 2, 3, 4)]


async def test_one_that_is_closed_at_once_plans_nothing(open_window: OpenWindow, tmp_path: Path) -> None:
    tasks: list[asyncio.Task[None]] = []

    def run(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        tasks.append(asyncio.create_task(work))
        return tasks[-1]

    async with open_window() as window:
        shiboken6.delete(CommandSheet(window.engine, CommandRequest(), tmp_path, run, window.frame))
        assert len(tasks) == 1
        await tasks[0]
