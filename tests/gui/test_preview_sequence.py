"""The preview plays image sequences: the frames of a finished job, and those of one chunk."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from helios_gui.jobfile.job_files import save_job
from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.types import JobState
from helios_gui.ui.preview.panel import PreviewPanel
from helios_gui.ui.preview.pictures import SequenceReader
from tests.gui.window_steps import Eventually, OpenWindow, add_trusted, only_job, press_render
from tests.support.frame_jobs import frames_job
from tests.support.frame_renderer import HEIGHT, WIDTH, colour_of, png


def write_frames(folder: Path, numbers: range) -> Path:
    for number in numbers:
        (folder / f"f_{number:04d}.png").write_bytes(png(number))
    return folder / "f_####.png"


def shown(image: QImage) -> tuple[int, int, int]:
    if image.isNull():
        return (-1, -1, -1)
    colour = image.pixelColor(WIDTH // 2, HEIGHT // 2)
    return colour.red(), colour.green(), colour.blue()


def test_every_frame_is_shown_at_its_place(panel: PreviewPanel, tmp_path: Path, qtbot: QtBot) -> None:
    path = write_frames(tmp_path, range(8, 15))
    panel.open(path, rate=Fraction(24000, 1001), autoplay=False)
    qtbot.waitUntil(lambda: panel.frame_count == 7 and shown(panel.image()) == colour_of(8))
    for index in (3, 6, 0):
        panel.seek(index)
        qtbot.waitUntil(lambda: shown(panel.image()) == colour_of(8 + index))  # noqa: B023
    panel.play()
    qtbot.waitUntil(lambda: panel.current_frame == 6 and not panel.is_playing)
    assert shown(panel.image()) == colour_of(14)


def test_only_the_frames_that_are_asked_for_are_shown(panel: PreviewPanel, tmp_path: Path, qtbot: QtBot) -> None:
    path = write_frames(tmp_path, range(10))
    (tmp_path / "f_0004.png").unlink()
    panel.open(path, autoplay=False, numbers=range(2, 8, 2))
    qtbot.waitUntil(lambda: panel.frame_count == 2 and shown(panel.image()) == colour_of(2))


def test_frames_that_cannot_be_shown_are_explained(panel: PreviewPanel, tmp_path: Path, qtbot: QtBot) -> None:
    panel.open(tmp_path / "f_####.png", autoplay=False)
    assert "no such file" in panel._pages.currentWidget().accessibleDescription()
    path = write_frames(tmp_path, range(2))
    (tmp_path / "f_0000.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    panel.open(path, autoplay=False)
    qtbot.waitUntil(lambda: "f_0000.png" in panel._pages.currentWidget().accessibleDescription())


def test_linear_light_is_shown_as_it_is_encoded(tmp_path: Path) -> None:
    linear = "nullsrc=s=32x16:r=25:d=0.04,format=gbrpf32le,geq=r=0.18:g=0.18:b=0.18"
    command = ["-v", "error", "-f", "lavfi", "-i", linear, "-start_number", "1", str(tmp_path / "e_%04d.exr")]
    subprocess.run([str(find_ffmpeg()), *command], check=True)
    with SequenceReader(tmp_path / "e_%04d.exr", None, Fraction(24)) as reader:
        assert all(abs(value - 104) <= 1 for value in shown(reader.read(0)[1]))
        assert reader.facts.timeline.rate == 24


async def test_a_finished_sequence_plays_in_the_window_and_a_chunk_opens_its_frames(
    qtbot: QtBot, open_window: OpenWindow, eventually: Eventually, tmp_path: Path
) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    save_job(frames_job(folder, start=5, sizes=(3, 4), outputFile="frames/f_####.png"), folder / "shot.helios.json")
    async with open_window() as window:
        await add_trusted(window, folder / "shot.helios.json", eventually)
        press_render(qtbot, window)
        await eventually(lambda: only_job(window).state is JobState.COMPLETED)
        await eventually(lambda: window.job_view.preview is not None and window.job_view.preview.frame_count == 7)
        preview = window.job_view.preview
        assert preview is not None
        window.job_view.grid.open_output_requested.emit(1)
        await eventually(lambda: preview.frame_count == 4 and preview.current_frame in range(4))
        preview.pause()
        preview.seek(0)
        await eventually(lambda: shown(preview.image()) == colour_of(8))
