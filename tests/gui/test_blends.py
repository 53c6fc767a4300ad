"""Blender files dropped on the window: read by a real Blender, made into a job, rendered, shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox
from pytestqt.qtbot import QtBot

import helios_gui
from helios_gui.blender.scene import BlendScenes, Scene
from helios_gui.sources.blend import BlendFacts, BlendKind, BlendRequest
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.new_render.answer import Source
from helios_gui.ui.new_render.form import RenderForm
from helios_gui.ui.new_render.sheet import NewRenderSheet
from tests.gui.window_steps import notices_of, sheet_of
from tests.support.blends import make_blend
from tests.support.drops import drop

Eventually = Callable[..., Awaitable[None]]
OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]


def scene(name: str, **said: Any) -> Scene:
    return Scene(name=name, start=1, end=100, fps=Fraction(24), resolution=(640, 360), **said)


def form_of(qtbot: QtBot, *scenes: Scene, **wanted: Any) -> RenderForm:
    """Return the form for a file with these scenes."""
    kind, request = BlendKind(), BlendRequest(source=Path("/films/x.blend"), **wanted)
    facts = BlendFacts(scene=scenes[0], blend=BlendScenes(scenes[0], scenes))
    form = RenderForm(Source(kind, request, kind.facts_of(request, facts)))
    qtbot.addWidget(form)
    return form


def shown(form: RenderForm) -> list[str]:
    names = ("scene", "camera", "samples", "percent")
    return [name for name in names if not form.own.box(name).isHidden()]


def choose(form: RenderForm, name: str, value: str | int) -> None:
    box = form.own.box(name)
    if isinstance(box, QComboBox):
        box.setCurrentIndex(box.findText(str(value)))
    else:
        box.setValue(int(value))


def test_boxes_are_there_where_there_is_something_to_choose(qtbot: QtBot) -> None:
    form = form_of(qtbot, scene("A", camera="Cam", cameras=("Cam",), engine="BLENDER_WORKBENCH"))
    assert shown(form) == ["percent"]
    many = scene("B", camera="Cam", cameras=("Cam", "Left"), samples={"CYCLES": 128})
    form = form_of(qtbot, many, scene("C", engine="BLENDER_WORKBENCH"), samples=16)
    assert shown(form) == ["scene", "camera", "samples", "percent"]
    assert form.own.box("samples").text() == "16"
    choose(form, "scene", "C")
    assert shown(form) == ["scene", "percent"]
    wanted = BlendRequest(source=Path("/films/x.blend"), scene="C", output="{name}.mp4", transparent=False)
    assert form.request() == wanted, "nothing is left of what was chosen of the other scene"


def test_another_scene_fills_the_fields_and_keeps_what_is_not_of_it(qtbot: QtBot) -> None:
    other = replace(scene("Other", percent=50, samples={"CYCLES": 7}), start=10, end=19, fps=Fraction(25))
    form = form_of(qtbot, scene("A", samples={"CYCLES": 128}), other)
    form.frames.setText("3-9")
    form.format.setCurrentIndex(form.format.findData("prores"))
    form.chunk_size.setValue(5)
    choose(form, "scene", "Other")
    assert (form.frames.text(), form.rate.currentText(), form.width_field.value()) == ("10-19", "25", 320)
    wanted = {"scene": "Other", "codec": "prores", "transparent": False, "chunk_size": 5, "output": "{name}.mov"}
    assert form.request() == BlendRequest(source=Path("/films/x.blend"), **wanted)
    choose(form, "scene", "A")
    assert form.frames.text() == "1-100"


def test_a_size_and_a_percentage_take_the_place_of_each_other(qtbot: QtBot) -> None:
    form = form_of(qtbot, scene("A"))
    percent = form.own.box("percent")
    choose(form, "percent", 50)
    assert (form.width_field.value(), form.height_field.value()) == (320, 180)
    request = form.request()
    assert isinstance(request, BlendRequest)
    assert (request.percent, request.width, request.height) == (50, None, None)
    form.width_field.setValue(200)
    assert percent.text() == "–"
    request = form.request()
    assert isinstance(request, BlendRequest)
    assert (request.percent, request.width, request.height) == (None, 200, 180), "what the fields show"
    choose(form, "percent", 25)
    assert (form.width_field.value(), form.height_field.value()) == (160, 90)
    assert form_of(qtbot, scene("A"), width=320).own.box("percent").text() == "–"


def test_a_preset_fills_the_boxes_and_names_pictures(qtbot: QtBot) -> None:
    form = form_of(qtbot, scene("A", samples={"CYCLES": 128}))
    form.format.setCurrentIndex(form.format.findData("preview"))
    assert (form.own.box("samples").text(), form.own.box("percent").text()) == ("16", "50 %")
    assert (form.width_field.value(), form.suffix.text()) == (320, ".mp4")
    wanted = BlendRequest(source=Path("/films/x.blend"), preset="preview", output="{name}.mp4")
    assert form.request() == wanted, "the preset says it"
    form.format.setCurrentIndex(form.format.findData("png-frames"))
    assert (form.own.box("samples").text(), form.width_field.value()) == ("128", 640)
    assert form.request().output == "{name}_pictures/####.png"
    again = form_of(qtbot, scene("A"), preset="png-frames", output="{name}_pictures/####.png")
    assert (again.format.currentData(), again.name.text()) == ("png-frames", "{name}")
    form.width_field.setValue(200)
    form.format.setCurrentIndex(form.format.findData("preview"))
    assert (form.width_field.value(), form.own.box("percent").text()) == (200, "–")


TWO_SCENES = """
scene.render.use_stamp = True
titles = bpy.data.scenes.new("Titles")
titles.collection.objects.link(cube)
for name in ("Front", "Left"):
    camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    camera.location, camera.rotation_euler = (0, -9, 0), (1.5708, 0, 0)
    titles.collection.objects.link(camera)
titles.render.engine, titles.cycles.samples, titles.cycles.use_denoising = "CYCLES", 1, False
titles.render.resolution_x, titles.render.resolution_y = 128, 72
titles.frame_start, titles.frame_end = 4, 6
"""


async def test_a_dropped_blend_shows_stills_is_rendered_and_plays(
    tmp_path: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    blend = make_blend(tmp_path / "Szenen ü" / "Größe 1.blend", TWO_SCENES)
    monkeypatch.setenv("PYTHONPATH", str(Path(helios_gui.__file__).parents[1]))
    async with open_window() as window:
        assert drop(window, blend)
        await eventually(lambda: sheet_of(window, NewRenderSheet) is not None)
        sheet = sheet_of(window, NewRenderSheet)
        assert sheet is not None
        await eventually(lambda: "helios-gui blend" in sheet.panel.command.toPlainText())
        said = " ".join(label.text() for label in sheet.findChildren(QLabel) if label.isVisible())
        assert said.count("Metadata is burnt into the pictures") == 1
        assert sheet.form.frames.text() == "1-6"
        still = sheet.panel.still
        await eventually(lambda: not still.image().isNull() and not still.note)
        assert (still.image().width(), still.image().height()) == (64, 36)

        boxes = sheet.form.own
        qtbot.keyClicks(boxes.box("scene"), "Titles")
        await eventually(lambda: "“Titles” has no camera to render with" in sheet.problem.text())
        assert not sheet.render_button.isEnabled()
        qtbot.keyClicks(boxes.box("camera"), "Left")
        percent = boxes.box("percent")
        assert isinstance(percent, QSpinBox)
        percent.selectAll()
        qtbot.keyClicks(percent, "50")
        await eventually(lambda: "--camera Left --percent 50" in sheet.panel.command.toPlainText())
        assert "--scene Titles" in sheet.panel.command.toPlainText()
        assert (sheet.form.frames.text(), sheet.form.width_field.value()) == ("4-6", 64)
        await eventually(lambda: not still.note and not sheet.problem.isVisible())

        qtbot.keyClick(sheet.form.frames, Qt.Key.Key_Return)
        await eventually(lambda: sheet_of(window, NewRenderSheet) is None)
        await eventually(lambda: window.queue.model.jobs() and window.queue.model.jobs()[0].state.is_finished)
        assert window.queue.model.jobs()[0].state is JobState.COMPLETED
        assert blend.with_name("Größe 1.mp4").exists()
        await eventually(lambda: (preview := window.job_view.preview) is not None and preview.frame_count == 3)


async def test_a_blend_with_missing_files_says_which_and_adds_nothing(
    tmp_path: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    blend = make_blend(
        tmp_path / "scene.blend",
        "wood = os.path.join(os.path.dirname(FILE), 'wood.png')\npicture(wood)\ntexture(wood)\nos.remove(wood)",
    )
    async with open_window() as window:
        drop(window, blend)
        await eventually(lambda: (sheet := sheet_of(window, NewRenderSheet)) is not None and sheet.problem.isVisible())
        sheet = sheet_of(window, NewRenderSheet)
        assert sheet is not None
        assert "1 file that scene.blend needs is not there" in sheet.problem.text()
        assert "wood.png" in sheet.problem.text()
        assert not sheet.render_button.isEnabled()
        sheet.form.forgiving.setChecked(True)
        await eventually(sheet.render_button.isEnabled)
        assert "--ignore-missing" in sheet.panel.command.toPlainText()
        sheet.reject()
        await eventually(lambda: sheet_of(window, NewRenderSheet) is None)
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
        await eventually(lambda: "There is no Blender at" in notices_of(window))
        drop(window, blend.rename(tmp_path / "scene.blend1"))
        await eventually(lambda: "scene.blend1 is the backup that Blender keeps" in notices_of(window))
        assert not window.queue.model.jobs()
