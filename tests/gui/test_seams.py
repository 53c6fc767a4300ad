"""From seam to seam: where chunks meet, what is around such a place, and both chunks rendered again."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from helios_gui.types import RenderChunk
from helios_gui.ui.preview.footage import Footage
from helios_gui.ui.preview.panel import PreviewPanel
from helios_gui.ui.seams.difference import difference_of, difference_picture
from helios_gui.ui.seams.inspector import SeamInspector
from helios_gui.ui.seams.seam_reader import PEAKS, REACH
from helios_gui.ui.seams.seam_view import SeamView
from helios_gui.ui.seams.seams import Seam, Seams
from helios_gui.ui.seams.waveform import RATE, peaks_of, read_peaks
from tests.gui.preview_media import FRAMES, frame_number, make_media, wait_for_frame

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

PART = FRAMES // 3


def chunks(*counts: int, output: str = "x.mp4") -> list[RenderChunk]:
    return [
        RenderChunk(id=10 + place, start_frame=place * 100, frame_count=count, output_file=output, command="x")
        for place, count in enumerate(counts)
    ]


THREE = Seams(chunks(PART, PART, PART))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("seams")


@pytest.fixture
def panel(qtbot: QtBot, folder: Path) -> Iterator[PreviewPanel]:
    """The preview of a finished video of three chunks, at its first frame."""
    panel = PreviewPanel()
    qtbot.addWidget(panel)
    panel.resize(760, 420)
    panel.show()
    panel.activateWindow()
    panel.setFocus()
    panel.open(make_media(folder, "h264.mp4"), autoplay=False, seams=THREE)
    wait_for_frame(qtbot, panel, 0)
    yield panel
    panel.release()


def inspector_of(window: QWidget) -> SeamInspector | None:
    return next(iter(window.findChildren(SeamInspector)), None)


def wait_for_seam(qtbot: QtBot, inspector: SeamInspector) -> None:
    qtbot.waitUntil(lambda: len(inspector.view.frames) == 2 * REACH and inspector.view.sound is not None)


@given(st.lists(st.integers(1, 30), min_size=2, max_size=20), st.integers(0, 700))
def test_seams_are_where_chunks_meet(counts: list[int], frame: int) -> None:
    seams = Seams(chunks(*counts))
    assert len(seams) == len(counts) - 1
    assert seams.total == sum(counts)
    following, before = seams.next(frame), seams.previous(frame)
    assert following is None or (following.frame > frame and following.after == following.before + 1)
    assert before is None or before.frame < frame
    expected = [edge for edge in seams.frames if edge > frame]
    assert (following.frame if following else None) == (expected[0] if expected else None)
    assert seams.nearest(frame) is not None
    assert Seams(chunks(5)).nearest(3) is None


def test_frames_have_the_numbers_of_their_job(qtbot: QtBot, panel: PreviewPanel, folder: Path) -> None:
    later = [
        RenderChunk(id=0, start_frame=1001, frame_count=20, output_file="a.mp4", command="x"),
        RenderChunk(id=1, start_frame=2000, frame_count=28, frame_step=2, output_file="b.mp4", command="x"),
    ]
    seams = Seams(later)
    assert [seams.number(index) for index in (0, 19, 20, 21, 47, 48)] == [1001, 1020, 2000, 2002, 2054, 2056]
    panel.open(folder / "h264.mp4", autoplay=False, seams=seams)
    qtbot.waitUntil(lambda: panel._transport._frame.text() == "frame 1001 / 2054")
    panel._transport.show_frame(21)
    assert panel._transport._frame.text() == "frame 2002 / 2054"
    assert panel._transport.scrubber.number_of(19) == panel._transport.filmstrip.number_of(19) == 1020


def test_keys_lead_from_seam_to_seam(qtbot: QtBot, panel: PreviewPanel) -> None:
    for key, index in (
        (Qt.Key.Key_Down, PART),
        (Qt.Key.Key_Down, 2 * PART),
        (Qt.Key.Key_Up, PART),
    ):
        qtbot.keyClick(panel, key)
        wait_for_frame(qtbot, panel, index)
    assert panel._transport.next_seam.isVisible()
    qtbot.keyClick(panel, Qt.Key.Key_Home)
    wait_for_frame(qtbot, panel, 0)
    for _ in range(2):  # faster than the decoder seeks
        panel.step_seam(1)
    wait_for_frame(qtbot, panel, 2 * PART)


def test_a_video_of_other_frames_has_no_seams(qtbot: QtBot, panel: PreviewPanel, folder: Path) -> None:
    panel.open(folder / "h264.mp4", autoplay=False, seams=Seams(chunks(5, 5)))
    wait_for_frame(qtbot, panel, 0)
    assert not panel._transport.seam.isVisible()
    qtbot.keyClick(panel, Qt.Key.Key_S)
    assert inspector_of(panel) is None


def test_the_inspector_shows_what_is_around(qtbot: QtBot, panel: PreviewPanel) -> None:
    qtbot.keyClick(panel, Qt.Key.Key_S)
    inspector = inspector_of(panel)
    assert inspector is not None
    wait_for_seam(qtbot, inspector)
    around = range(PART - REACH, PART + REACH)
    assert {index: frame_number(picture.scaled(320, 180)) for index, picture in inspector.view.frames.items()} == {
        index: index for index in around
    }
    assert set(inspector.view.amounts) == set(around[1:])
    assert min(inspector.view.amounts.values()) > 1, "each frame differs from the one before"
    before, after = inspector.view.sound or ([], [])
    for peaks in (before, after):
        assert len(peaks) == PEAKS
        assert max(high for _, high in peaks) > 0.05, "the tone goes on across the seam"
    assert inspector.title.text() == "Seam 1 of 2: chunk 10 and chunk 11"
    assert inspector.verdict.text()
    wait_for_frame(qtbot, panel, PART)
    assert not inspector.previous.isEnabled()
    assert inspector.next.hasFocus()
    for key, seam in (
        (Qt.Key.Key_Right, Seam(2 * PART, 11, 12)),
        (Qt.Key.Key_Left, Seam(PART, 10, 11)),
        (Qt.Key.Key_Down, Seam(2 * PART, 11, 12)),
    ):
        qtbot.keyClick(inspector.next, key)
        assert inspector.seam == seam
    wait_for_seam(qtbot, inspector)
    wait_for_frame(qtbot, panel, 2 * PART)
    with qtbot.waitSignal(panel.render_requested) as asked:
        qtbot.mouseClick(inspector.again, Qt.MouseButton.LeftButton)
    assert asked.args == [[11, 12]]
    assert not inspector.isVisible()


def test_the_inspector_closes_when_the_file_is_released(qtbot: QtBot, panel: PreviewPanel) -> None:
    panel.inspect_seam()
    inspector = inspector_of(panel)
    assert inspector is not None
    closed = []
    inspector.finished.connect(closed.append)
    panel.release()
    assert closed
    assert panel._inspector is None


def test_seams_of_what_is_there(qtbot: QtBot, folder: Path) -> None:
    """Of a video that is being rendered, the sound comes from the chunks' own files; what is missing is said."""
    name = make_media(folder, "h264.mp4").name
    parts = chunks(FRAMES, FRAMES, output=name)
    footage = Footage(parts, Fraction(24), folder)
    footage.add([0])
    panel = PreviewPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.open_footage(footage, name=folder / "film.mp4", seams=Seams(parts))
    wait_for_frame(qtbot, panel, 0)
    panel.inspect_seam()
    inspector = inspector_of(panel)
    assert inspector is not None
    wait_for_seam(qtbot, inspector)
    assert {index for index, picture in inspector.view.frames.items() if picture.isNull()} == set(
        range(FRAMES, FRAMES + REACH)
    )
    before, after = inspector.view.sound or ([], [])
    assert (len(before), len(after)) == (PEAKS, 0)
    panel.release()


def plain(colour: str) -> QImage:
    picture = QImage(64, 36, QImage.Format.Format_RGB32)
    picture.fill(QColor(colour))
    return picture


def test_differences_are_measured_and_made_visible() -> None:
    assert difference_of(plain("black"), plain("black")) == 0
    assert difference_of(plain("black"), plain("white")) == pytest.approx(100, abs=1)
    assert difference_picture(plain("#808080"), plain("#808080")).pixelColor(5, 5) == QColor("black")
    assert difference_picture(plain("#808080"), plain("#848484")).pixelColor(5, 5).lightness() == 4 * 8


@pytest.mark.parametrize(("jumps", "words"), [(True, "The picture jumps here"), (False, "No jump")])
def test_a_jump_is_told_from_motion(qtbot: QtBot, jumps: bool, words: str) -> None:
    view = SeamView()
    qtbot.addWidget(view)
    view.show_seam(Seam(20, 1, 2), Seams(chunks(20, 20)).number)
    for index in range(15, 25):
        level = 2 * index + (80 if jumps and index >= 20 else 0)
        view.add_frame(index, plain(QColor(level, level, level).name()))
    assert view.verdict.startswith(words)
    assert view.accessibleDescription() == view.verdict
    view.resize(900, 700)
    image = view.grab().toImage()
    before, after = (image.pixelColor(x, 60).lightness() for x in (150, 450))
    assert abs(before - 38) <= 1, "the frames beside the seam stand large above the others"
    assert abs(after - (120 if jumps else 40)) <= 1


def test_peaks(folder: Path) -> None:
    assert peaks_of([0, 16384, -16384, 0], 4, 2) == [(0.0, 0.5), (-0.5, 0.0)]
    assert peaks_of([8192], 4, 2) == [(0.25, 0.25), (0.0, 0.0)], "what is missing is silent"
    sound = make_media(folder, "h264.mp4")
    assert len(read_peaks(sound, -0.25, 0.25, 50)) == 50
    assert read_peaks(make_media(folder, "mute.mp4"), 0, 0.25, 50) == []
    assert read_peaks(folder / "missing.mp4", 0, 0.25, 50) == []
    assert RATE >= 2 * 3000
