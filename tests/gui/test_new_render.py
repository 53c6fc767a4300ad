"""A page dropped on the window: the sheet for a new render, with real stills, plans and renders."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

import helios_gui
from helios_gui.adapters.aws_lambda.profile import AwsLambdaProfile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.jobfile.job_files import load_job
from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.sources.page import PageFacts, PageKind, PageRequest
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.new_render.answer import Source
from helios_gui.ui.new_render.form import RenderForm
from helios_gui.ui.new_render.sheet import NewRenderSheet
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.submit.trust_sheet import TrustSheet
from tests.gui.window_steps import notices_of, sheet_of
from tests.support.browsers import require_browser
from tests.support.drops import drop

Eventually = Callable[..., Awaitable[None]]
OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]

PAGE = """<!doctype html><style>body{margin:0}</style><script>
window.helios = {width: 64, height: 36, fps: 25, duration: 4};
requestAnimationFrame(function draw(time) {
  document.body.style.background = `rgb(${Math.round(time / 40)}, 0, 0)`;
  requestAnimationFrame(draw);
});</script><body>"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    require_browser()
    monkeypatch.setenv("PYTHONPATH", str(Path(helios_gui.__file__).parents[1]))
    folder = tmp_path / "Seiten ü"
    folder.mkdir()
    path = folder / "Größe 1.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


async def dropped(window: MainWindow, page: Path, eventually: Eventually) -> NewRenderSheet:
    """Drop a page and wait until its sheet has a plan."""
    assert drop(window, page)
    return await planned(window, eventually)


async def planned(window: MainWindow, eventually: Eventually) -> NewRenderSheet:
    await eventually(lambda: sheet_of(window, NewRenderSheet) is not None)
    sheet = sheet_of(window, NewRenderSheet)
    assert sheet is not None
    await eventually(lambda: sheet.panel.command.toPlainText() != "")
    return sheet


def click(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


async def test_a_dropped_page_shows_stills_and_is_rendered_with_enter(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    async with open_window() as window:
        sheet = await dropped(window, page, eventually)
        assert sheet.form.length.text() == "100 frames · 4 s"
        assert sheet.form.output.text() == str(page.with_name("Größe 1.mp4"))
        still = sheet.panel.still
        await eventually(lambda: not still.image().isNull() and not still.note)
        assert sheet.panel.frame.value() == 49
        assert still.image().pixelColor(5, 5).red() == 49
        sheet.panel.slider.setValue(80)
        assert "80" in still.note
        await eventually(lambda: not still.note)
        assert still.image().pixelColor(5, 5).red() == 80

        qtbot.keyClick(sheet.form.frames, Qt.Key.Key_Return)
        await eventually(lambda: sheet_of(window, NewRenderSheet) is None)
        await eventually(lambda: window.queue.model.jobs() and window.queue.model.jobs()[0].state.is_finished)
        (job,) = window.queue.model.jobs()
        assert (job.name, job.state) == ("Größe 1", JobState.COMPLETED)
        assert page.with_name("Größe 1.mp4").exists()
        assert window.queue.current_job == job.id


async def test_what_is_chosen_is_planned_and_the_queue_keeps_it(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    async with open_window() as window:
        sheet = await dropped(window, page, eventually)
        form = sheet.form
        form.format.setCurrentIndex(next(i for i in range(form.format.count()) if form.format.itemData(i) == "vp9"))
        form.frames.setText("10-29")
        form.width_field.setValue(128)
        form.rate.setCurrentText("23.976")
        form.name.setText("{name} {width} {version}")
        form.chunk_size.setValue(1)
        assert form.chunk_size.text() == "1 frame"
        form.chunk_size.setValue(7)
        assert form.chunk_size.text() == "7 frames"
        form.order.setCurrentIndex(2)
        form.taken.setCurrentIndex(2)
        await eventually(lambda: "--codec vp9" in sheet.panel.command.toPlainText())
        assert "--start 10 --count 7 --fps 24000/1001 --width 128" in sheet.panel.command.toPlainText()
        assert form.output.text() == str(page.with_name("Größe 1 128 v001.webm"))
        assert sheet.panel.chunks.text() == "3 chunks of 6 to 7 frames"
        click(qtbot, sheet.panel.copy)  # type: ignore[arg-type]
        assert QGuiApplication.clipboard().text() == sheet.panel.command.toPlainText()
        click(qtbot, sheet.queue)
        await eventually(lambda: window.queue.model.jobs())
        (job,) = window.queue.model.jobs()
        assert (job.state, job.scout) == (JobState.PENDING, 5)
        spec = load_job(page.with_name("Größe 1.helios.json"))
        assert (spec.metadata.total_frames, spec.metadata.width, str(spec.metadata.rate)) == (20, 128, "24000/1001")
        assert spec.metadata.height == 36

        await eventually(lambda: window.queue.current_job == job.id)
        window.queue.actions_of_jobs[JobAction.CHANGE].trigger()
        again = await planned(window, eventually)
        assert (again.form.frames.text(), again.form.chunk_size.value()) == ("10-29", 7)
        assert again.form.name.text() == "{name} {width} {version}"
        assert again.form.format.currentData() == "vp9"
        assert (again.form.scout, again.form.overwrites) == (5, True)
        again.form.chunk_size.setValue(20)
        click(qtbot, again.queue)
        await eventually(lambda: [one.chunks_total for one in window.queue.model.jobs()] == [1])
        assert window.queue.model.jobs()[0].id != job.id
        assert window.queue.model.jobs()[0].scout == 5
        assert sorted(path.name for path in page.parent.iterdir()) == ["Größe 1.helios.json", page.name]


async def test_a_frame_list_is_rendered_in_its_order_and_kept(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    async with open_window() as window:
        sheet = await dropped(window, page, eventually)
        sheet.form.frames.setText("3-5, 40,60-64x2")
        await eventually(lambda: "of 1 to 3 frames" in sheet.panel.chunks.text())
        assert sheet.form.length.text() == "7 frames · 0.28 s"
        assert sheet.panel.frame.value() == 40
        click(qtbot, sheet.queue)
        await eventually(lambda: window.queue.model.jobs())
        spec = load_job(page.with_name("Größe 1.helios.json"))
        assert [chunk.frames for chunk in spec.chunks] == [range(3, 6), range(40, 41), range(60, 66, 2)]
        await eventually(lambda: window.queue.current_job != "")
        window.queue.actions_of_jobs[JobAction.CHANGE].trigger()
        again = await planned(window, eventually)
        assert again.form.frames.text() == "3-5,40,60-64x2"
        click(qtbot, again.render_button)
        await eventually(lambda: window.queue.model.jobs() and window.queue.model.jobs()[0].state.is_finished)
        assert window.queue.model.jobs()[0].state is JobState.COMPLETED, window.queue.model.jobs()[0].reason
    with av.open(str(page.with_name("Größe 1.mp4"))) as made:
        reds = [bytes(frame.reformat(format="rgb24").planes[0])[0] for frame in made.decode(video=0)]
    assert all(abs(red - frame) <= 2 for red, frame in zip(reds, (3, 4, 5, 40, 60, 62, 64), strict=True)), reds


async def test_a_dropped_video_is_encoded_anew_beside_it(
    open_window: OpenWindow, eventually: Eventually, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(helios_gui.__file__).parents[1]))
    video = tmp_path / "Köln 1.mp4"
    source = ("-f", "lavfi", "-i", "testsrc2=size=128x72:rate=24000/1001", "-frames:v", "20")
    subprocess.run([find_ffmpeg(), "-loglevel", "error", *source, "-c:v", "libx264", str(video)], check=True)
    async with open_window() as window:
        sheet = await dropped(window, video, eventually)
        assert sheet.form.output.text() == str(tmp_path / "Köln 1_v001.mp4")
        assert sheet.form.rate.currentText() == "23.976"
        await eventually(lambda: not sheet.panel.still.image().isNull() and not sheet.panel.still.note)
        click(qtbot, sheet.render_button)
        await eventually(lambda: window.queue.model.jobs() and window.queue.model.jobs()[0].state.is_finished)
        assert window.queue.model.jobs()[0].state is JobState.COMPLETED
    with av.open(str(tmp_path / "Köln 1_v001.mp4")) as made:
        assert made.streams.video[0].codec.canonical_name == "hevc"
        assert made.streams.video[0].average_rate == Fraction(24000, 1001)
        assert sum(1 for _ in made.decode(video=0)) == 20


async def test_escape_leaves_nothing_behind(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    async with open_window() as window:
        sheet = await dropped(window, page, eventually)
        qtbot.keyClick(sheet, Qt.Key.Key_Escape)
        await eventually(lambda: sheet_of(window, NewRenderSheet) is None)
        assert not window.queue.model.jobs()
        assert [path.name for path in page.parent.iterdir()] == [page.name]


async def test_test_frames_fill_the_strip_and_tell_time_and_cost_of_every_profile(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    cloud = AwsLambdaProfile(name="studio", function="render", storage_url="s3://studio/r")
    async with open_window() as window:
        window.engine.profiles.save([LocalProfile(name="Local"), cloud], "Local", "studio")
        sheet = await dropped(window, page, eventually)
        assert not sheet.cloud.isHidden()
        click(qtbot, sheet.panel.test)
        assert sheet.panel.test.text() == "Stop"
        await eventually(lambda: sheet.panel.test.text() == "Render test frames")
        assert sheet.panel.filmstrip.shown == [0, 24, 49, 99]
        assert "s per frame" in sheet.panel.measured.text()
        await eventually(lambda: "test frames on this computer" in sheet.place_note.text())
        details = [str(sheet.places.item(row).data(Qt.ItemDataRole.AccessibleDescriptionRole)) for row in (0, 1)]
        assert "$" not in details[0]
        assert "$" in details[1]
        assert all("about" in detail for detail in details)
        sheet.reject()


async def test_closing_the_sheet_ends_the_test_frames(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    async with open_window() as window:
        sheet = await dropped(window, page, eventually)
        click(qtbot, sheet.panel.test)
        await eventually(lambda: sheet.panel.filmstrip.shown == [0])
        sheet.reject()
        await eventually(lambda: sheet_of(window, NewRenderSheet) is None)
        await dropped(window, page, eventually)


async def test_a_value_that_is_not_possible_is_said_and_nothing_can_be_rendered(
    page: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    async with open_window() as window:
        sheet = await dropped(window, page, eventually)
        for change, words in (
            (lambda: sheet.form.width_field.setValue(63), "even width"),
            (lambda: sheet.form.frames.setText("5-0"), "“5-0” holds no frame"),
            (lambda: sheet.form.frames.setText("1-5,x,9"), "part 2 of 3"),
            (lambda: sheet.form.rate.setCurrentText("fast"), "no frame rate"),
            (lambda: sheet.form.name.setText("{nam}"), "{nam}"),
            (lambda: sheet.form.name.setText(""), "no name"),
        ):
            change()
            await eventually(lambda words=words: words in sheet.problem.text() and sheet.problem.text())
            assert not sheet.render_button.isEnabled()
            sheet.form.width_field.setValue(64)
            sheet.form.rate.setCurrentText("25")
            sheet.form.name.setText("{name}")
            sheet.form.frames.setText("0-99")
            await eventually(lambda: not sheet.problem.text())
        sheet.reject()


CARD = """<!doctype html><style>body{margin:0}</style><script>
const { red, title } = window.__HELIOS_PROPS__ ?? {red: 1};
if (title === "bad") throw new Error("no such title");
window.helios = {width: 64, height: 36, fps: 25, duration: 0.16};
document.documentElement.style.background = `rgb(${red},0,0)`;
</script><body>"""


async def test_a_table_dropped_with_a_page_makes_one_group_of_videos(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    page.write_text(CARD, encoding="utf-8")
    table = page.with_name("rows.csv")
    table.write_text("red,name\n10,A\n120,B/ü\n240,C\n", encoding="utf-8")
    async with open_window() as window:
        assert drop(window, page, table)
        sheet = await planned(window, eventually)
        await eventually(lambda: sheet.rows.columns.text() == "3 rows: red, name")
        await eventually(lambda: sheet.form.output.text().endswith("A_01.mp4"))
        sheet.rows.number.setValue(3)
        await eventually(lambda: '"red":240' in sheet.panel.command.toPlainText())
        still = sheet.panel.still
        await eventually(lambda: not still.note and still.image().pixelColor(5, 5).red() == 240)
        sheet.form.name.setText("{name}")
        click(qtbot, sheet.render_button)
        await eventually(lambda: sheet_of(window, NewRenderSheet) is None)
        await eventually(lambda: [job.state for job in window.queue.model.jobs()] == [JobState.COMPLETED] * 3)
        assert {job.standing.group for job in window.queue.model.jobs()} == {"Größe 1"}
    for name, red in (("A", 10), ("B_ü", 120), ("C", 240)):
        with av.open(str(page.with_name(f"{name}.mp4"))) as made:
            frames = [bytes(frame.reformat(format="rgb24").planes[0])[0] for frame in made.decode(video=0)]
        assert len(frames) == 4
        assert all(abs(found - red) <= 2 for found in frames), name


async def test_a_row_that_cannot_be_rendered_is_named_before_a_file_is_written(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    page.write_text(CARD, encoding="utf-8")
    table = page.with_name("rows.json")
    table.write_text('[{"red": 1, "title": "good"}, {"red": 2, "title": "bad"}]', encoding="utf-8")
    async with open_window() as window:
        sheet = await dropped(window, page, eventually)
        sheet.rows.load(page)
        await eventually(lambda: "Rows are not read from" in sheet.rows.problem.text())
        await sheet._update_plan()  # as after any change: what is wrong with the table is still to be read
        assert sheet.rows.problem.isVisible()
        sheet.rows.load(table)
        await eventually(lambda: sheet.rows.rows and sheet.form.name.text() == "{name}_{row}")
        assert not sheet.rows.problem.isVisible()
        click(qtbot, sheet.queue)
        await eventually(lambda: sheet.panel.measured.text() == "Rendering a frame of each row …")
        assert not sheet.panel.test.isEnabled()
        await sheet._update_plan()  # as if one had been under way
        assert sheet.panel.test.isEnabled() is not sheet._is_busy
        await eventually(lambda: "Row 2: " in sheet.problem.text() and "no such title" in sheet.problem.text())
        assert not sheet.panel.measured.text()
        assert sheet.panel.test.isEnabled()
        assert sheet.panel.filmstrip.shown == [1]
        assert sheet.queue.isEnabled()
        assert sorted(path.name for path in page.parent.iterdir()) == sorted([page.name, table.name])
        click(qtbot, sheet.rows.remove)  # type: ignore[arg-type]
        await eventually(lambda: not sheet.rows.choose.isHidden())
        sheet.reject()


async def test_a_page_that_throws_at_another_size_says_so_in_the_still(
    page: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    page.write_text(
        "<script>window.helios = {width: 64, height: 36, fps: 25, duration: 4};"
        "if (innerWidth === 128) throw new Error('the layer is missing')</script>"
    )
    async with open_window() as window:
        sheet = await dropped(window, page, eventually)
        sheet.form.width_field.setValue(128)
        await eventually(lambda: "the layer is missing" in sheet.panel.still.note)
        sheet.form.width_field.setValue(64)
        await eventually(lambda: not sheet.panel.still.note and not sheet.panel.still.image().isNull())
        sheet.reject()


async def test_a_page_without_a_length_gets_ten_seconds_and_says_so(
    page: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    page.write_text("<!doctype html><p>It does not say how long it is")
    async with open_window() as window:
        sheet = await dropped(window, page, eventually)
        assert "10 s, assumed" in sheet.form.length.text()
        assert sheet.form.frames.text() == "0-299"
        sheet.form.rate.setCurrentText("24")
        await eventually(lambda: sheet.form.frames.text() == "0-239")
        sheet.form.frames.setText("0-47")
        assert sheet.form.length.text() == "48 frames · 2 s"
        sheet.reject()


def test_a_page_is_shown_in_the_language_that_is_chosen(qtbot: QtBot) -> None:
    def form_for(language: str) -> RenderForm:
        form = RenderForm(Source(PageKind(), PageRequest(source=Path("/films/x.html"), language=language), PageFacts()))
        qtbot.addWidget(form)
        return form

    form = form_for("")
    box = form.own.box("language")
    assert isinstance(box, QComboBox)
    assert (box.currentText(), box.accessibleName()) == ("English (US), en-US", "Language")
    assert form.request() == PageRequest(
        source=Path("/films/x.html"), output="{name}.mp4", codec="h264", seconds=Fraction(10)
    )
    box.setCurrentIndex(box.findText("Deutsch, de-DE"))
    request = form.request()
    assert isinstance(request, PageRequest)
    assert request.language == "de-DE"
    from_the_terminal = form_for("gsw-CH").own.box("language")
    assert isinstance(from_the_terminal, QComboBox)
    assert from_the_terminal.currentText() == "gsw-CH"


async def test_the_job_file_is_saved_where_the_person_says(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot, tmp_path: Path
) -> None:
    async with open_window() as window:
        sheet = await dropped(window, page, eventually)
        click(qtbot, sheet.save)
        await eventually(lambda: sheet.findChild(QFileDialog) is not None)
        dialog = sheet.findChild(QFileDialog)
        assert dialog is not None
        target = tmp_path / "elsewhere.helios.json"
        dialog.fileSelected.emit(str(target))
        dialog.close()
        await eventually(target.exists)
        assert json.loads(target.read_text("utf-8"))["madeFrom"]["source"] == "Seiten ü/Größe 1.html"
        assert sheet_of(window, NewRenderSheet) is not None
        sheet.reject()
        await asyncio.sleep(0)
        assert not window.queue.model.jobs()


async def test_rendering_in_the_cloud_asks_about_the_upload(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    cloud = AwsLambdaProfile(name="studio", function="render", storage_url="s3://studio/r")
    async with open_window() as window:
        window.engine.profiles.save([LocalProfile(name="Local"), cloud], "Local", "studio")
        sheet = await dropped(window, page, eventually)
        sheet.form.frames.setText("0-599")
        click(qtbot, sheet.cloud)
        await eventually(lambda: window.frame.findChild(TrustSheet) is not None)
        asked = window.frame.findChild(TrustSheet)
        assert asked is not None
        assert "s3://studio/r" in asked.details.toPlainText()
        asked.reject()
        await eventually(lambda: window.queue.model.jobs() and window.queue.model.jobs()[0].profile == "studio")
        (job,) = window.queue.model.jobs()
        assert (job.state, job.chunks_total) == (JobState.PENDING, 20), "as many chunks of 30 frames as the cloud takes"


async def test_an_empty_queue_offers_the_example(
    open_window: OpenWindow,
    eventually: Eventually,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    require_browser()
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path))
    async with open_window() as window:
        click(qtbot, window.job_view.example.button)
        sheet = await planned(window, eventually)
        assert sheet.form.length.text() == "300 frames · 10 s"
        assert sheet.form.output.text() == str(tmp_path / "example" / "sunrise.mp4")
        sheet.reject()


async def test_a_job_that_was_not_made_here_says_so(
    open_window: OpenWindow, eventually: Eventually, write_job: Callable[..., Path]
) -> None:
    async with open_window() as window:
        drop(window, write_job())
        await eventually(lambda: window.queue.current_job)
        window.queue.actions_of_jobs[JobAction.CHANGE].trigger()
        await eventually(lambda: "was not made of a source" in notices_of(window))
