"""A job in the window, watched while it runs and after: its story, its figures, its chunks' colours, its seams."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from helios_gui.types import ChunkState, JobState
from helios_gui.ui.chunks.heat import AttemptFacts
from helios_gui.ui.chunks.heat_mode import HeatMode
from helios_gui.ui.logs.levels import LogLevel
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.preview.newest_frame import NewestFrame
from helios_gui.ui.seams.inspector import SeamInspector
from tests.gui.window_steps import Eventually, OpenWindow, add_trusted, press_render, state

WriteJob = Callable[..., Path]


def story(window: MainWindow) -> list[str]:
    return [line.text for line in window.job_view.log.story.story.lines]


async def test_a_job_that_succeeds(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, tmp_path: Path
) -> None:
    async with open_window() as window:
        view = window.job_view
        job_id = await add_trusted(window, write_job("Film", chunks=3), eventually)
        view.tabs.setCurrentWidget(view.log)
        await eventually(lambda: story(window), "a story")
        assert story(window) == ["Planned: 15 frames, 3 chunks, through Local"]
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        view.tabs.setCurrentWidget(view.log)
        await eventually(lambda: any(words.startswith("Joined: ") for words in story(window)), lambda: story(window))
        assert "All chunks are done" in story(window)
        assert view.log.story.isVisible()
        saved = tmp_path / "story.log"
        dialog = view.log.save()
        assert dialog is not None
        dialog.fileSelected.emit(str(saved))
        dialog.close()
        await eventually(lambda: saved.is_file() and "Joined: " in saved.read_text("utf-8"))

        view.tabs.setCurrentWidget(view.details)
        charts = view.details.charts
        await eventually(charts.speed.isVisible)
        assert not charts.cost.isVisible(), "this computer costs nothing"

        view.grid_bar.mode_actions[HeatMode.WORKER].trigger()
        await eventually(lambda: view.grid.colouring.facts.workers.keys() == {0, 1, 2})
        window.frame.hide()
        view.grid.set_facts(AttemptFacts())
        window.presenter._attempts.changed()
        assert not view.grid.colouring.facts.workers, "nobody looks"
        window.frame.show()
        await eventually(lambda: view.grid.colouring.facts.workers.keys() == {0, 1, 2})

        assert view.preview is not None
        view.preview.setFocus()
        await eventually(lambda: view.preview is not None and view.preview.frame_count == 15)
        view.preview.pause()  # it plays by itself once it is done
        view.preview.seek(5)
        await eventually(lambda: view.preview is not None and view.preview.current_frame == 5)
        view.preview.inspect_seam()
        inspector = next(iter(window.frame.findChildren(SeamInspector)))
        assert inspector.title.text() == "Seam 1 of 2: chunk 0 and chunk 1"
        qtbot.mouseClick(inspector.again, Qt.MouseButton.LeftButton)
        await eventually(lambda: [chunk.attempts for chunk in view.grid.cells] == [2, 2, 1])
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)


async def test_a_job_that_fails(
    qtbot: QtBot, open_window: OpenWindow, write_job: WriteJob, eventually: Eventually, tmp_path: Path
) -> None:
    async with open_window() as window:
        view, log = window.job_view, window.job_view.log
        profiles = window.engine.profiles
        profiles.save([profiles.default.model_copy(update={"retries": 0})], profiles.default.name)
        job_id = await add_trusted(window, write_job("Broken", chunks=3, broken=(1,)), eventually)
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.FAILED)
        view.tabs.setCurrentWidget(log)
        await eventually(lambda: log.title.text().startswith("Chunk 1 "), log.title.text)
        assert log.cause.isVisible()
        saved, attempt = tmp_path / "chunk.log", log.pane.attempt
        assert attempt is not None
        log.save_requested.emit(attempt.log_path, saved)
        await eventually(lambda: saved.is_file() and saved.read_bytes() == attempt.log_path.read_bytes())
        log.back_action.trigger()
        await eventually(
            lambda: any(words.startswith("Failed because: ") for words in story(window)), lambda: story(window)
        )
        failures = [line for line in log.story.story.lines if line.level is LogLevel.ERROR]
        assert {line.chunk_id for line in failures} == {1, None}
        view.grid.set_filter(ChunkState.FAILED)
        assert [chunk.id for chunk in view.grid.cells] == [1]


async def test_frames_are_seen_while_their_chunk_is_rendered(
    qtbot: QtBot, open_window: OpenWindow, tmp_path: Path, eventually: Eventually
) -> None:
    source = "testsrc2=size=64x36:rate=25,realtime=speed=0.15"
    command = f"ffmpeg -y -f lavfi -i {source} -frames:v 250 -stats_period 0.2 -start_number 0 frames/f_%04d.png"
    document: dict[str, Any] = {
        "name": "Stills",
        "metadata": {"totalFrames": 250, "fps": 25, "width": 64, "height": 36},
        "chunks": [
            {"id": 0, "startFrame": 0, "frameCount": 250, "outputFile": "frames/f_####.png", "command": command}
        ],
    }
    (tmp_path / "frames").mkdir()
    path = tmp_path / "job.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    async with open_window() as window:
        job_id = await add_trusted(window, path, eventually)
        view = window.job_view
        view.tabs.setCurrentIndex(0)
        press_render(qtbot, window)
        newest = view.findChild(NewestFrame)
        assert newest is not None
        await eventually(newest.isVisible, "a frame")
        assert newest.words.text() == "The newest frame, of chunk 0"
        assert newest.image().width() == 64
        await window.engine.manager.cancel_job(job_id)
        await eventually(lambda: state(window, job_id) is JobState.CANCELLED)


async def test_the_colours_are_as_they_were_left(open_window: OpenWindow) -> None:
    async with open_window() as window:
        assert window.job_view.grid.mode is HeatMode.STATE
        window.job_view.grid_bar.mode_actions[HeatMode.ATTEMPTS].trigger()
    async with open_window() as window:
        assert window.job_view.grid.mode is HeatMode.ATTEMPTS
        assert window.job_view.grid_bar.mode_actions[HeatMode.ATTEMPTS].isChecked()
