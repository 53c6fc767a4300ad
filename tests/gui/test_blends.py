"""Blender files dropped on the window: read by a real Blender, made into a job, rendered, shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

import helios_gui
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.new_render.sheet import NewRenderSheet
from tests.support.blends import make_blend
from tests.support.drops import drop

Eventually = Callable[..., Awaitable[None]]
OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]


def find_sheet(window: MainWindow) -> NewRenderSheet | None:
    return next((one for one in window.frame.findChildren(NewRenderSheet) if one.isVisible()), None)


def told(window: MainWindow) -> str:
    return "\n".join(notice.text for notice in window.notices.notices())


async def test_a_dropped_blend_shows_stills_is_rendered_and_plays(
    tmp_path: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    blend = make_blend(tmp_path / "Szenen ü" / "Größe 1.blend", "scene.render.use_stamp = True")
    monkeypatch.setenv("PYTHONPATH", str(Path(helios_gui.__file__).parents[1]))
    async with open_window() as window:
        assert drop(window, blend)
        await eventually(lambda: find_sheet(window) is not None)
        sheet = find_sheet(window)
        assert sheet is not None
        await eventually(lambda: "helios-gui blend" in sheet.panel.command.toPlainText())
        said = " ".join(label.text() for label in sheet.findChildren(QLabel) if label.isVisible())
        assert said.count("Metadata is burnt into the pictures") == 1
        assert sheet.form.frames.text() == "1-6"
        still = sheet.panel.still
        await eventually(lambda: not still.image().isNull() and not still.note)
        assert (still.image().width(), still.image().height()) == (64, 36)

        qtbot.keyClick(sheet.form.frames, Qt.Key.Key_Return)
        await eventually(lambda: find_sheet(window) is None)
        await eventually(lambda: window.queue.model.jobs() and window.queue.model.jobs()[0].state.is_finished)
        assert window.queue.model.jobs()[0].state is JobState.COMPLETED
        assert blend.with_name("Größe 1.mp4").exists()
        await eventually(lambda: (preview := window.job_view.preview) is not None and preview.frame_count == 6)


async def test_a_blend_with_missing_files_says_which_and_adds_nothing(
    tmp_path: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    blend = make_blend(
        tmp_path / "scene.blend",
        "wood = os.path.join(os.path.dirname(FILE), 'wood.png')\npicture(wood)\ntexture(wood)\nos.remove(wood)",
    )
    async with open_window() as window:
        drop(window, blend)
        await eventually(lambda: (sheet := find_sheet(window)) is not None and sheet.problem.isVisible())
        sheet = find_sheet(window)
        assert sheet is not None
        assert "1 file that scene.blend needs is not there" in sheet.problem.text()
        assert "wood.png" in sheet.problem.text()
        assert not sheet.render_button.isEnabled()
        sheet.form.forgiving.setChecked(True)
        await eventually(sheet.render_button.isEnabled)
        assert "--ignore-missing" in sheet.panel.command.toPlainText()
        sheet.reject()
        await eventually(lambda: find_sheet(window) is None)
        assert not window.queue.model.jobs()
        assert not list(tmp_path.glob("*.json"))


async def test_without_blender_it_says_so(
    tmp_path: Path, open_window: OpenWindow, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    blend = tmp_path / "scene.blend"
    blend.write_bytes(b"BLENDER-v304RENDH")
    monkeypatch.setenv("HELIOS_BLENDER", str(tmp_path / "no-blender"))
    async with open_window() as window:
        drop(window, blend)
        await eventually(lambda: "There is no Blender at" in told(window))
        assert not window.queue.model.jobs()
