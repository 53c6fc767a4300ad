"""What is rendered of a video plays before the video is done: gaps are passed over, and more is waited for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.types import (
    ChunkState,
    ChunkStatus,
    JobExecutionOptions,
    JobMetadata,
    JobSpec,
    JobState,
    JobStatus,
    JobSummary,
    RenderChunk,
)
from helios_gui.ui.job.view import JobView
from helios_gui.ui.preview.filmstrip import Filmstrip
from helios_gui.ui.preview.footage import Footage
from helios_gui.ui.preview.panel import PreviewPanel
from helios_gui.ui.preview.scrubber import KNOB
from helios_gui.ui.theme import theme
from helios_gui.ui.thumbnails import maker
from helios_gui.ui.thumbnails.chunk_pictures import ChunkPictures
from tests.gui.conftest import OpenWindow
from tests.gui.preview_media import FRAMES, frame_number, make_media, wait_for_frame
from tests.gui.window_steps import Eventually, add_trusted, press_render, state

PART = FRAMES // 3
RATE = Fraction(24)
SMALL = QSize(160, 100)


def chunks(*outputs: str, frames: int = PART) -> list[RenderChunk]:
    return [
        RenderChunk(id=7 * index, start_frame=1 + index * frames, frame_count=frames, output_file=name, command="x")
        for index, name in enumerate(outputs)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Path:
    """Holds the numbered video in three chunks, the last of which is an image sequence."""
    folder = tmp_path_factory.mktemp("parts")
    video = make_media(media, "mute.mp4")
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


def open_footage(qtbot: QtBot, panel: PreviewPanel, folder: Path, *there: int) -> Footage:
    footage = Footage(chunks("part_0.mp4", "part_1.mp4", "last_####.png"), RATE, folder)
    footage.add(there)
    panel.open_footage(footage, name=Path("film.mp4"))
    qtbot.waitUntil(lambda: panel.frame_count == FRAMES)
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
    wait_for_frame(qtbot, panel, 0)
    for sought, shown in ((40, 40), (5, 5), (PART + 4, 2 * PART), (PART - 1, PART - 1), (FRAMES - 1, FRAMES - 1)):
        panel.seek(sought)
        wait_for_frame(qtbot, panel, shown)


def test_what_is_not_there_takes_no_time(qtbot: QtBot, panel: PreviewPanel, folder: Path) -> None:
    open_footage(qtbot, panel, folder, 0, 2)
    wait_for_frame(qtbot, panel, 0)
    seen: list[int] = []
    panel.frame_shown.connect(seen.append)
    panel.seek(PART - 3)
    wait_for_frame(qtbot, panel, PART - 3)
    panel.play()
    wait_for_frame(qtbot, panel, FRAMES - 1)
    qtbot.waitUntil(lambda: not panel.is_playing)
    assert not [index for index in seen if PART <= index < 2 * PART]
    assert 2 * PART in seen


def test_playing_waits_for_more_and_goes_on_by_itself(qtbot: QtBot, panel: PreviewPanel, folder: Path) -> None:
    footage = open_footage(qtbot, panel, folder, 0)
    wait_for_frame(qtbot, panel, 0)
    panel.play()
    wait_for_frame(qtbot, panel, PART - 1)
    qtbot.waitUntil(lambda: not panel.is_playing)
    footage.add([1])
    panel.footage_grew()
    wait_for_frame(qtbot, panel, 2 * PART - 1)
    qtbot.waitUntil(lambda: not panel.is_playing)
    panel.pause()
    footage.add([2])
    panel.footage_grew()
    assert not panel.is_playing, "a person who pauses does not wait for more"
    panel.play()
    wait_for_frame(qtbot, panel, FRAMES - 1)


@pytest.mark.parametrize("name", ["h264.mp4", "mute.mp4"])
def test_what_grows_is_not_said_to_have_no_sound(qtbot: QtBot, panel: PreviewPanel, folder: Path, name: str) -> None:
    make_media(folder, name)
    footage = Footage(chunks(name, "missing.mp4", frames=FRAMES), RATE, folder)
    footage.add([0])
    panel.open_footage(footage, name=folder / "film.mp4")
    wait_for_frame(qtbot, panel, 0)
    note = panel._transport._silent
    assert (note.text(), note.toolTip()) == ("no sound yet", "Sound plays once the video is done.")


def test_the_scrubber_shows_what_is_there(qtbot: QtBot, panel: PreviewPanel, folder: Path) -> None:
    footage = open_footage(qtbot, panel, folder, 0)
    wait_for_frame(qtbot, panel, 0)
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


def test_what_is_rendered_again_is_shown_where_a_person_looked(qtbot: QtBot, panel: PreviewPanel, folder: Path) -> None:
    video = make_media(folder, "h264.mp4")
    panel.open(video, autoplay=False)
    wait_for_frame(qtbot, panel, 0)
    panel.seek(PART + 4)
    wait_for_frame(qtbot, panel, PART + 4)
    footage = Footage(chunks("part_0.mp4", "part_1.mp4", "last_####.png"), RATE, folder)
    footage.add([0, 2])
    panel.open_footage(footage, name=video)
    wait_for_frame(qtbot, panel, 2 * PART)  # what is there of it
    panel.release()
    panel.open(video, autoplay=False)
    wait_for_frame(qtbot, panel, PART + 4)
    panel.seek(3)
    wait_for_frame(qtbot, panel, 3)
    panel.open_footage(footage, name=video)
    wait_for_frame(qtbot, panel, 3)
    panel.open_footage(footage, name=folder / "another.mp4")
    wait_for_frame(qtbot, panel, 0)


def test_a_finished_video_begins_at_its_beginning_whichever_chunk_came_first(
    qtbot: QtBot, panel: PreviewPanel, folder: Path
) -> None:
    video = make_media(folder, "h264.mp4")
    footage = Footage(chunks("part_0.mp4", "part_1.mp4", "last_####.png"), RATE, folder)
    footage.add([1])
    panel.open_footage(footage, name=video)
    wait_for_frame(qtbot, panel, PART)
    panel.open(video, autoplay=False)
    wait_for_frame(qtbot, panel, 0)


def test_a_strip_of_pictures_stands_above_the_scrubber(panel: PreviewPanel, folder: Path, qtbot: QtBot) -> None:
    """Each picture is of the frame at its place, those of chunks that are missing come when these do."""
    footage = Footage(chunks("part_0.mp4", "part_1.mp4", "last_####.png"), RATE, folder)
    footage.add([0, 2])
    panel.open_footage(footage, name=folder / "film.mp4")
    strip = panel.findChild(Filmstrip)
    assert strip is not None

    def all_shown() -> bool:
        return bool(strip.wanted()) and strip.shown == strip.wanted()

    qtbot.waitUntil(all_shown)
    before = strip.shown
    assert before
    assert not any(PART <= frame < 2 * PART for frame in before)
    assert [number_in(strip.picture(frame)) for frame in before] == before
    footage.add([1])
    panel.footage_grew()
    qtbot.waitUntil(lambda: len(strip.shown) > len(before) and all_shown())
    assert [number_in(strip.picture(frame)) for frame in strip.shown] == strip.shown
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(strip.width() - 8, 10))
    qtbot.waitUntil(lambda: panel.current_frame >= FRAMES - 2 and frame_number(panel.image()) >= FRAMES - 2)
    panel.resize(640, 200)
    assert not strip.isVisible(), "a low preview keeps its room for the picture"


def number_in(picture: QImage) -> int:
    """The number in a small picture."""
    return frame_number(picture.scaled(320, 180))


class TestChunkPictures:
    """The pictures in the cells of the grid."""

    @pytest.fixture
    def pictures(self) -> Iterator[ChunkPictures]:
        yield (pictures := ChunkPictures())
        pictures.close()

    def show(self, pictures: ChunkPictures, folder: Path, outputs: tuple[str, ...]) -> list[ChunkStatus]:
        metadata = JobMetadata(total_frames=FRAMES, fps=24, width=320, height=180)
        spec = JobSpec(name="x", metadata=metadata, chunks=tuple(chunks(*outputs)), output_file="film.mp4")
        parts = [
            ChunkStatus(chunk.id, place, chunk.start_frame, PART, ChunkState.COMPLETED, finished_at=1.0)
            for place, chunk in enumerate(spec.chunks)
        ]
        summary = JobSummary(
            "job-1", "x", JobState.RUNNING, "Local", folder, folder / "film.mp4", FRAMES, len(parts), 0.0
        )
        pictures.show(JobStatus(summary, spec, JobExecutionOptions(job_dir=folder), tuple(parts)))
        return parts

    def wait(self, pictures: ChunkPictures, part: ChunkStatus, qtbot: QtBot, size: QSize = SMALL) -> QImage:
        found: list[QImage | None] = []

        def is_there() -> bool:
            found.append(pictures.picture(part, size))
            return found[-1] is not None

        qtbot.waitUntil(is_there)
        picture = found[-1]
        assert picture is not None
        return picture

    def test_a_finished_chunk_shows_its_first_frame(self, pictures: ChunkPictures, folder: Path, qtbot: QtBot) -> None:
        parts = self.show(pictures, folder, ("part_0.mp4", "part_1.mp4", "last_####.png"))
        for part, first in zip(parts, (0, PART, 2 * PART), strict=True):
            picture = self.wait(pictures, part, qtbot)
            assert picture.width() <= SMALL.width()
            assert picture.height() <= SMALL.height()
            assert number_in(picture) == first

    def test_a_running_chunk_shows_the_newest_whole_frame(
        self, pictures: ChunkPictures, folder: Path, tmp_path: Path, qtbot: QtBot
    ) -> None:
        part = replace(self.show(pictures, tmp_path, ("a.mp4", "b.mp4", "last_####.png"))[2], finished_at=None)
        workdir = tmp_path / ".helios" / "job-1" / "workdir-4"
        workdir.mkdir(parents=True)
        for offset in range(3):
            name = f"last_{part.start_frame + offset:04d}.png"
            shutil.copy(folder / name, workdir / name)
            os.utime(workdir / name, (offset, offset))
        running = replace(part, state=ChunkState.RUNNING, frames_done=2)
        assert number_in(self.wait(pictures, running, qtbot)) == 2 * PART + 1, "the last one may not be whole yet"
        (workdir / "last_0099.png").write_bytes(b"of another chunk")
        later = replace(running, frames_done=3)
        shutil.copy(folder / f"last_{part.start_frame + 3:04d}.png", workdir)
        qtbot.waitUntil(lambda: number_in(self.wait(pictures, later, qtbot)) == 2 * PART + 2)
        waiting = replace(running, state=ChunkState.PENDING)
        assert pictures.picture(waiting, SMALL) is None

    def test_what_cannot_be_read_has_no_picture(self, pictures: ChunkPictures, tmp_path: Path, qtbot: QtBot) -> None:
        (tmp_path / "bad.mp4").write_bytes(b"no video")
        part = self.show(pictures, tmp_path, ("bad.mp4", "missing.mp4", "none_####.png"))[0]
        with qtbot.waitSignal(pictures.made):
            assert pictures.picture(part, SMALL) is None
        assert pictures.picture(part, SMALL) is None

    def test_large_cells_show_them(self, folder: Path, qtbot: QtBot) -> None:
        view = JobView()
        qtbot.addWidget(view)
        view.resize(700, 500)
        view.show()
        parts = self.show(view.pictures, folder, ("part_0.mp4", "part_1.mp4", "last_####.png"))
        view.grid.set_chunks(parts)
        view.setCurrentIndex(1)
        view.grid.zoom(20)
        assert view.grid.grid_layout.shows_pictures

        def has_picture() -> bool:  # the lowest bit of 16 is black: the left edge of the picture
            rect = view.grid.visual_rect(1)
            colour = view.grid.viewport().grab().toImage().pixelColor(rect.left() + 12, rect.top() + 12)
            return colour.lightness() < 40

        qtbot.waitUntil(has_picture)
        view.pictures.close()


def test_small_pictures_take_no_more_memory_than_they_may(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "KEPT_BYTES", 10 * 100 * 100 * 4)
    pictures = maker.ThumbnailMaker()
    made: list[object] = []
    pictures.made.connect(made.append)

    def make() -> QImage:
        picture = QImage(100, 100, QImage.Format.Format_RGB32)
        picture.fill(0)
        return picture

    for key in range(40):
        pictures.get(key, make)
    qtbot.waitUntil(lambda: len(made) == 40)
    assert pictures.kept_bytes <= 10 * 100 * 100 * 4
    newest = made[-1]
    assert pictures.get(newest, make) is not None
    pictures.close()
