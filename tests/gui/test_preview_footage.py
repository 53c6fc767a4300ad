"""What is rendered of a video plays before the video is done: gaps are passed over, and more is waited for."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.types import JobState
from helios_gui.ui.preview.footage import Footage, Segment
from helios_gui.ui.preview.panel import PreviewPanel
from helios_gui.ui.preview.scrubber import KNOB
from helios_gui.ui.theme import theme
from tests.gui.conftest import OpenWindow
from tests.gui.preview_media import FRAMES, frame_number, make_media
from tests.gui.window_steps import Eventually, add_trusted, press_render, state

PART = FRAMES // 3
RATE = Fraction(24)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Segment]:
    """The numbered video in three chunks, the last of which is an image sequence numbered from 1."""
    folder = tmp_path_factory.mktemp("parts")
    video = make_media(folder, "mute.mp4")
    found = []
    for index in range(3):
        first = index * PART
        path = folder / ("last_####.png" if index == 2 else f"part_{index}.mp4")
        output = "last_%04d.png" if index == 2 else path.name
        picked = f"select='between(n,{first},{first + PART - 1})',setpts=N/24/TB"
        command = [find_ffmpeg(), "-v", "error", "-nostdin", "-i", str(video), "-vf", picked, "-r", "24", output]
        subprocess.run(command, check=True, cwd=folder)
        found.append(Segment(first, PART, path, range(1, PART + 1) if index == 2 else None))
    return found


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[PreviewPanel]:
    panel = PreviewPanel()
    qtbot.addWidget(panel)
    panel.resize(640, 420)
    panel.show()
    yield panel
    panel.release()


def shows(qtbot: QtBot, panel: PreviewPanel, index: int) -> None:
    qtbot.waitUntil(lambda: panel.current_frame == index and frame_number(panel.image()) == index, timeout=20_000)


def open_footage(qtbot: QtBot, panel: PreviewPanel, *segments: Segment) -> Footage:
    footage = Footage(FRAMES, RATE, segments)
    panel.open_footage(footage, name=Path("film.mp4"))
    qtbot.waitUntil(lambda: panel.frame_count == FRAMES, timeout=20_000)
    return footage


def test_frames_that_are_not_there_are_the_next_that_is() -> None:
    footage = Footage(100, RATE, [Segment(40, 10, Path("b")), Segment(10, 10, Path("a"))])
    assert [footage.nearest(index) for index in (0, 10, 19, 20, 39, 45, 50, 99)] == [10, 10, 19, 40, 40, 45, 49, 49]
    assert footage.at(30) is None
    assert footage.ranges() == [(10, 19), (40, 49)]
    assert footage.add([Segment(20, 20, Path("c"))])
    assert not footage.add([Segment(20, 20, Path("c"))])
    assert footage.ranges() == [(10, 49)]


def test_each_frame_that_is_there_is_shown_at_its_place(
    qtbot: QtBot, panel: PreviewPanel, parts: list[Segment]
) -> None:
    open_footage(qtbot, panel, parts[0], parts[2])
    shows(qtbot, panel, 0)
    for sought, shown in ((40, 40), (5, 5), (PART + 4, 2 * PART), (PART - 1, PART - 1), (FRAMES - 1, FRAMES - 1)):
        panel.seek(sought)
        shows(qtbot, panel, shown)


def test_what_is_not_there_takes_no_time(qtbot: QtBot, panel: PreviewPanel, parts: list[Segment]) -> None:
    open_footage(qtbot, panel, parts[0], parts[2])
    shows(qtbot, panel, 0)
    seen: list[int] = []
    panel.frame_shown.connect(seen.append)
    panel.seek(PART - 3)
    shows(qtbot, panel, PART - 3)
    panel.play()
    shows(qtbot, panel, FRAMES - 1)
    qtbot.waitUntil(lambda: not panel.is_playing)
    assert not [index for index in seen if PART <= index < 2 * PART]
    assert 2 * PART in seen


def test_playing_waits_for_more_and_goes_on_by_itself(qtbot: QtBot, panel: PreviewPanel, parts: list[Segment]) -> None:
    footage = open_footage(qtbot, panel, parts[0])
    shows(qtbot, panel, 0)
    panel.play()
    shows(qtbot, panel, PART - 1)
    qtbot.waitUntil(lambda: not panel.is_playing)
    footage.add([parts[1]])
    panel.footage_grew()
    shows(qtbot, panel, 2 * PART - 1)
    qtbot.waitUntil(lambda: not panel.is_playing)
    panel.pause()
    footage.add([parts[2]])
    panel.footage_grew()
    assert not panel.is_playing, "a person who pauses does not wait for more"
    panel.play()
    shows(qtbot, panel, FRAMES - 1)


def test_the_scrubber_shows_what_is_there(qtbot: QtBot, panel: PreviewPanel, parts: list[Segment]) -> None:
    footage = open_footage(qtbot, panel, parts[0])
    shows(qtbot, panel, 0)
    scrubber = panel._transport.scrubber

    def colour(index: int) -> str:
        picture = scrubber.grab().toImage()
        ratio = picture.devicePixelRatio()
        x = KNOB / 2 + (scrubber.width() - KNOB) * (index + 0.5) / FRAMES
        return picture.pixelColor(round(x * ratio), round(scrubber.height() / 2 * ratio)).name()

    there, missing = theme().tokens.completed.name(), theme().tokens.line_strong.name()
    assert (colour(8), colour(24)) == (there, missing)
    footage.add([parts[1]])
    panel.footage_grew()
    assert (colour(8), colour(24), colour(40)) == (there, there, missing)


async def test_a_job_that_runs_shows_its_finished_chunks(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job(chunks=6, broken=(3,), slow=0.3), eventually)
        press_render(qtbot, window)
        view = window.job_view
        await eventually(lambda: view.preview is not None and view.preview.frame_count == 30)
        assert view.preview is not None
        await eventually(lambda: state(window, job_id) is JobState.FAILED)
        ranges = view.preview._transport.scrubber
        await eventually(lambda: ranges._ranges == ((0, 14), (20, 29)))
        view.preview.setFocus()
        qtbot.keyClick(view.preview, Qt.Key.Key_End)
        await eventually(lambda: view.preview is not None and view.preview.current_frame == 29)
