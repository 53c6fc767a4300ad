"""Videos dropped on the window: read, shown, made into a job, encoded in chunks, played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

import helios_gui
from helios_gui.jobfile.job_files import load_job
from helios_gui.stitcher import probe
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.new_render.sheet import NewRenderSheet
from tests.gui.window_steps import sheet_of
from tests.support.drops import drop
from tests.support.numbered_video import numbered_input, numbers_in, run_ffmpeg

Eventually = Callable[..., Awaitable[None]]
OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]


async def test_a_dropped_video_shows_stills_becomes_hevc_and_plays(
    tmp_path: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = tmp_path / "Ü 1.mov"
    sound = ["-f", "lavfi", "-i", "sine=r=48000:d=1"]
    run_ffmpeg(*numbered_input(30), *sound, "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", str(video))
    monkeypatch.setenv("PYTHONPATH", str(Path(helios_gui.__file__).parents[1]))
    async with open_window() as window:
        assert drop(window, video)
        await eventually(lambda: sheet_of(window, NewRenderSheet) is not None)
        sheet = sheet_of(window, NewRenderSheet)
        assert sheet is not None
        await eventually(lambda: "helios-gui transcode" in sheet.panel.command.toPlainText())
        assert sheet.form.frames.text() == "0-29"
        still = sheet.panel.still
        await eventually(lambda: not still.image().isNull() and not still.note)
        assert (still.image().width(), still.image().height()) == (128, 64)
        assert not window.queue.model.jobs()

        qtbot.keyClick(sheet.form.frames, Qt.Key.Key_Return)
        await eventually(lambda: sheet_of(window, NewRenderSheet) is None)
        await eventually(lambda: window.queue.model.jobs() and window.queue.model.jobs()[0].state.is_finished)
        assert window.queue.model.jobs()[0].state is JobState.COMPLETED
        made = tmp_path / str(load_job(video.with_name("Ü 1.helios.json")).output_file)
        info = probe(made)
        assert info.video is not None
        assert info.audio is not None
        assert (info.video.codec, info.audio.codec) == ("hevc", "aac")
        assert numbers_in(made) == list(range(30))
        await eventually(lambda: (preview := window.job_view.preview) is not None and preview.frame_count == 30)
