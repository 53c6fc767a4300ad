"""The story of a job: what happened to it in short, and how the log panel shows it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from helios_gui.types import Attempt, ChunkState, JobState, JobStatus, JobSummary
from helios_gui.ui.logs.levels import LogLevel
from helios_gui.ui.logs.panel import LogPanel
from helios_gui.ui.logs.story import StoryLine, job_story
from tests.gui.log_steps import FAILED, RUNNING, SUCCEEDED, attempt, open_panel

# What the offscreen platform says whenever a layout tells its sizes to a window.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def job(state: JobState, **changes: object) -> JobStatus:
    plain = JobSummary("job-1", "Film", state, "Farm", Path("/job"), Path("/job/film.mp4"), 96, 8, 1000.0)
    summary = replace(plain, **changes)  # type: ignore[arg-type]
    return JobStatus(summary, None, None, ())  # type: ignore[arg-type]  # the story asks for neither


def attempts_at_eight(failing: int = -1) -> list[Attempt]:
    found = []
    for chunk in range(8):
        end, bad = 1012.0 + 10 * chunk, chunk == failing
        cause = "exit code 1: boom" if bad else ""
        state = FAILED if bad else SUCCEEDED
        found.append(Attempt(str(chunk), chunk, 1, state, 1002.0 + 10 * chunk, Path("x"), end, cause=cause))
    return found


def test_the_story_of_a_job_that_went_well() -> None:
    lines = job_story(job(JobState.COMPLETED, finished_at=1100.0, report="copied\nsound kept"), attempts_at_eight())
    assert [(line.moment, line.text) for line in lines] == [
        (1000.0, "Planned: 96 frames, 8 chunks, through Farm"),
        (1002.0, "Rendering began with chunk 0"),
        (1022.0, "2 of 8 chunks are done"),
        (1042.0, "4 of 8 chunks are done"),
        (1062.0, "6 of 8 chunks are done"),
        (1082.0, "All chunks are done"),
        (1100.0, f"Joined: {Path('/job/film.mp4')}"),
        (None, "copied"),
        (None, "sound kept"),
    ]


def test_the_story_of_a_job_that_failed() -> None:
    attempts = attempts_at_eight(failing=3)
    lines = job_story(job(JobState.FAILED, finished_at=1100.0, reason="chunk 3 failed"), attempts)
    failure = StoryLine(1042.0, "Chunk 3, attempt 1 failed: exit code 1: boom", LogLevel.ERROR, 3)
    assert failure in lines
    assert lines[-1] == StoryLine(1100.0, "Failed because: chunk 3 failed", LogLevel.ERROR)
    again = Attempt("3-2", 3, 2, SUCCEEDED, 1050.0, Path("x"), 1055.0)
    assert replace(failure, level=LogLevel.WARNING) in job_story(job(JobState.RUNNING), [*attempts, again])


def test_the_story_of_chunks_that_are_rendered_again() -> None:
    again = [Attempt("2-2", 2, 2, SUCCEEDED, 1200.0, Path("x"), 1210.0)]
    begun = Attempt("3-2", 3, 2, RUNNING, 1205.0, Path("x"))
    done = replace(begun, state=SUCCEEDED, finished_at=1220.0)
    first = ["2 of 8 chunks are done", "4 of 8 chunks are done", "6 of 8 chunks are done", "All chunks are done"]
    for counts, attempts, last in (
        ({ChunkState.COMPLETED: 7}, [*again, begun], []),
        ({ChunkState.COMPLETED: 8}, [*again, done], [(1220.0, "All chunks are done")]),
    ):
        lines = job_story(job(JobState.RUNNING, counts=counts), [*attempts_at_eight(), *attempts])
        told = [(line.moment, line.text) for line in lines]
        assert [text for _, text in told[2:6]] == first, "as it was the first time"
        assert told[6:] == [(1200.0, "Rendering again began with chunk 2"), *last]


def test_thousands_of_failures_are_summed_up() -> None:
    attempts = [Attempt(str(n), n, 1, FAILED, 1000.0 + n, Path("x"), 1001.0 + n, cause="no") for n in range(20_000)]
    lines = job_story(job(JobState.RUNNING, chunks_total=20_000), attempts)
    assert len(lines) < 600
    assert "… 19,500 more failed attempts …" in [line.text for line in lines]


@pytest.fixture
def panel(qtbot: QtBot) -> LogPanel:
    return open_panel(qtbot)


def test_the_story_is_shown_while_no_chunk_is_chosen(qtbot: QtBot, panel: LogPanel, tmp_path: Path) -> None:
    panel.set_story(job_story(job(JobState.RUNNING), attempts_at_eight(failing=3)))
    assert panel.story.isVisible()
    rows = [panel.story.model().index(row, 0).data() for row in range(panel.story.model().rowCount())]
    place = next(row for row, words in enumerate(rows) if "Chunk 3" in words)
    index = panel.story.model().index(place, 0)
    with qtbot.waitSignal(panel.story.chunk_chosen) as chosen:
        qtbot.mouseClick(panel.story.viewport(), Qt.MouseButton.LeftButton, pos=panel.story.visualRect(index).center())
    assert chosen.args == [3]
    log = tmp_path / "attempt.log"
    log.write_text("first\n", encoding="utf-8")
    panel.show_attempts("Chunk 4", [attempt(log)])
    assert not panel.story.isVisible()
    panel.activateWindow()
    panel.view.setFocus()
    with qtbot.waitSignal(panel.story_wanted):
        qtbot.keyClick(panel.view, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert panel.story.isVisible()
    panel.copy()
    assert "\tPlanned: 96 frames, 8 chunks" in QGuiApplication.clipboard().text()
    panel.clear()
    assert panel.empty.isVisible()
