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
from helios_gui.types import JobState, RenderChunk
from helios_gui.ui.preview.footage import Footage
from helios_gui.ui.preview.panel import PreviewPanel
from helios_gui.ui.preview.scrubber import KNOB
from helios_gui.ui.theme import theme
from tests.gui.conftest import OpenWindow
from tests.gui.preview_media import FRAMES, frame_number, make_media
from tests.gui.window_steps import Eventually, add_trusted, press_render, state

PART = FRAMES // 3
RATE = Fraction(24)


def chunks(*outputs: str, frames: int = PART) -> list[RenderChunk]:
    return [
        RenderChunk(id=7 * index, start_frame=1 + index * frames, frame_count=frames, output_file=name, command="x")
        for index, name in enumerate(outputs)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Holds the numbered video in three chunks, the last of which is an image sequence."""
    folder = tmp_path_factory.mktemp("parts")
    video = make_media(folder, "mute.mp4")
    for index, output in enumerate(("part_0.mp4", "part_1.mp4", "last_%04d.png")):
        first = index * PART
        picked = f"select='between(n,{first},{first + PART - 1})',setpts=N/24/TB"
        number = ("-start_number", str(1 + first)) if index == 2 else ()
        command = [
            find_ffmpeg(),
            "-v",
            "error",
            "-nostdin",
            "-i",
            str(video),
            "-vf",
            picked,
            "-r",
            "24",
            *number,
            output,
        ]
        subprocess.run(command, check=True, cwd=folder)
    return folder


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


def open_footage(qtbot: QtBot, panel: PreviewPanel, folder: Path, *there: int) -> Footage:
    footage = Footage(chunks("part_0.mp4", "part_1.mp4", "last_####.png"), RATE, folder)
    footage.add(there)
    panel.open_footage(footage, name=Path("film.mp4"))
    qtbot.waitUntil(lambda: panel.frame_count == FRAMES, timeout=20_000)
    return footage


def test_frames_that_are_not_there_are_the_next_that_is() -> None:
    footage = Footage(chunks(*"abcdefghij", frames=10), RATE, Path())
    assert footage.is_empty
    assert footage.ranges() == []
    assert footage.add([4, 1])
    assert [footage.nearest(frame) for frame in (0, 10, 19, 20, 39, 45, 50, 99)] == [10, 10, 19, 40, 40, 45, 49, 49]
    assert footage.ranges() == [(10, 19), (40, 49)]
    assert footage.last == 49
    assert footage.add([2, 3])
    assert not footage.add([2])
    assert footage.ranges() == [(10, 49)]
    footage.add([9])
    footage.remove([1, 3])
    assert footage.ranges() == [(20, 29), (40, 49), (90, 99)]
    assert footage.file(3) == (Path("d"), None, 10)


def test_each_frame_that_is_there_is_shown_at_its_place(qtbot: QtBot, panel: PreviewPanel, folder: Path) -> None:
    open_footage(qtbot, panel, folder, 0, 2)
    shows(qtbot, panel, 0)
    for sought, shown in ((40, 40), (5, 5), (PART + 4, 2 * PART), (PART - 1, PART - 1), (FRAMES - 1, FRAMES - 1)):
        panel.seek(sought)
        shows(qtbot, panel, shown)


def test_what_is_not_there_takes_no_time(qtbot: QtBot, panel: PreviewPanel, folder: Path) -> None:
    open_footage(qtbot, panel, folder, 0, 2)
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


def test_playing_waits_for_more_and_goes_on_by_itself(qtbot: QtBot, panel: PreviewPanel, folder: Path) -> None:
    footage = open_footage(qtbot, panel, folder, 0)
    shows(qtbot, panel, 0)
    panel.play()
    shows(qtbot, panel, PART - 1)
    qtbot.waitUntil(lambda: not panel.is_playing)
    footage.add([1])
    panel.footage_grew()
    shows(qtbot, panel, 2 * PART - 1)
    qtbot.waitUntil(lambda: not panel.is_playing)
    panel.pause()
    footage.add([2])
    panel.footage_grew()
    assert not panel.is_playing, "a person who pauses does not wait for more"
    panel.play()
    shows(qtbot, panel, FRAMES - 1)


def test_the_scrubber_shows_what_is_there(qtbot: QtBot, panel: PreviewPanel, folder: Path) -> None:
    footage = open_footage(qtbot, panel, folder, 0)
    shows(qtbot, panel, 0)
    scrubber = panel._transport.scrubber

    def colour(index: int) -> str:
        picture = scrubber.grab().toImage()
        ratio = picture.devicePixelRatio()
        x = KNOB / 2 + (scrubber.width() - KNOB) * (index + 0.5) / FRAMES
        return picture.pixelColor(round(x * ratio), round(scrubber.height() / 2 * ratio)).name()

    there, missing = theme().tokens.completed.name(), theme().tokens.line_strong.name()
    assert (colour(8), colour(24)) == (there, missing)
    footage.add([1])
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
        window.commands.retry(job_id, [0])
        await eventually(lambda: ranges._ranges == ((5, 14), (20, 29)), "what is rendered again is let go of")
        await eventually(lambda: ranges._ranges == ((0, 14), (20, 29)))
