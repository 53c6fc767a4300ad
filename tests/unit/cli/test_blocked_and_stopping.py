"""What the terminal says of jobs that wait for a sign-in, and of workers that have not confirmed that they stopped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from helios_gui.cli.output import ExitCode
from helios_gui.cli.render.job_watcher import JobWatcher
from helios_gui.cli.render.reporters.base import JobOutcome
from helios_gui.cli.render.reporters.json_lines import JsonReporter
from helios_gui.cli.render.reporters.outcome_text import outcome_lines
from helios_gui.cli.render.reporters.plain import PlainReporter
from helios_gui.cli.render.reporters.progress_display import TerminalProperties, draw_progress
from helios_gui.translation import choose_language
from helios_gui.types import (
    ChunkState,
    JobChanged,
    JobExecutionOptions,
    JobMetadata,
    JobSpec,
    JobState,
    JobStatus,
    JobSummary,
    RenderChunk,
)
from helios_gui.types.waits import WaitKind

RESUME = "helios-gui render job.json --resume"
EXPIRED = "The AWS credentials have expired. Sign in again: aws sso login."
STILL = "stopping; may still bill (2 workers have not confirmed, until 12:00:00 at most)"
LEFT = "2 workers had not confirmed when the app was closed, and may bill until 12:00:00"

RUNNING = JobSummary(
    id="abc",
    name="Opening titles",
    state=JobState.RUNNING,
    profile="cloud",
    job_dir=Path("/work"),
    output=Path("/work/out.mp4"),
    frames_total=1000,
    chunks_total=100,
    added_at=0.0,
)
BLOCKED = replace(RUNNING, state=JobState.PAUSED, blocked=True, reason=EXPIRED)
STOPPING = replace(RUNNING, stopping=2, reason=STILL, stop_note=STILL)
INTERRUPTED = replace(RUNNING, state=JobState.INTERRUPTED, reason=f"The app was closed. {LEFT}.", stop_note=LEFT)


def title(summary: JobSummary, *, stopping: bool = False) -> str:
    return draw_progress(summary, [], TerminalProperties(120, 30), 0.0, stopping=stopping).plain.split("\n")[0]


def watch(resume: str) -> JobWatcher:
    chunk = RenderChunk(id=0, start_frame=0, frame_count=1000, output_file="a.mov", command="render")
    spec = JobSpec(metadata=JobMetadata(total_frames=1000, fps=25, width=64, height=36), chunks=(chunk,))
    reporter = PlainReporter()
    status = JobStatus(RUNNING, spec, JobExecutionOptions(), ())
    return JobWatcher(status, reporter, resume)


def test_the_picture_says_that_a_job_waits() -> None:
    assert title(RUNNING) == "Opening titles  rendering, profile cloud"
    assert title(BLOCKED) == "Opening titles  waiting, profile cloud"


def test_the_picture_says_that_workers_may_still_bill() -> None:
    assert title(RUNNING, stopping=True).endswith("stopping … (press Ctrl-C again to stop immediately)")
    assert title(STOPPING, stopping=True).endswith(
        "stopping; 2 workers may still bill (press Ctrl-C again to stop immediately)"
    )


def test_one_line_says_what_is_waited_for_and_how_to_leave(capsys: pytest.CaptureFixture[str]) -> None:
    watcher = watch(RESUME)
    for summary in (BLOCKED, BLOCKED, RUNNING):
        watcher([JobChanged(summary)])
    first, second = capsys.readouterr().err.splitlines()
    assert first == (
        f"{EXPIRED} Waiting; the job continues as soon as this is solved. "
        f"Press Ctrl-C to leave, and resume later with: {RESUME}"
    )
    assert second == "Solved: the job continues."


def test_what_the_profile_waits_for_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    waits = replace(RUNNING, waits_for=WaitKind.HOURS, reason="waits until 20:00")
    busy = replace(waits, counts={ChunkState.RUNNING: 1})
    watcher = watch("")
    for summary in (waits, waits, RUNNING):
        watcher([JobChanged(summary)])
    first, second = capsys.readouterr().err.splitlines()
    assert first == "waits until 20:00; it goes on by itself (or with --now)"
    assert second == "The job goes on."
    assert title(waits) == "Opening titles  waiting, profile cloud"
    assert title(busy) == "Opening titles  rendering, profile cloud"


def test_where_nobody_waits_nothing_is_said_of_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    watch("")([JobChanged(BLOCKED)])
    assert capsys.readouterr().err == ""


def test_plain_lines_say_once_that_workers_may_still_bill(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = PlainReporter()
    for summary in (RUNNING, STOPPING, replace(STOPPING, stopping=1)):
        reporter.job_changed(summary)
    assert capsys.readouterr().err.splitlines() == [STILL]


def test_the_last_words_say_whom_an_interrupted_render_left_working(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = JobOutcome(ExitCode.INTERRUPTED, INTERRUPTED, RESUME)
    assert outcome_lines(outcome) == [f"Interrupted. 0 of 100 chunks are done. Resume with: {RESUME}", f"{LEFT}."]
    assert len(outcome_lines(JobOutcome(ExitCode.INTERRUPTED, RUNNING, RESUME))) == 1
    JsonReporter().end(outcome)
    assert json.loads(capsys.readouterr().out)["stopNote"] == LEFT


def test_the_end_of_a_render_is_told_in_the_chosen_language() -> None:
    done, failed = replace(RUNNING, report="2 Abschnitte"), replace(RUNNING, reason="film.mov fehlt.")
    choose_language("de")
    try:
        assert outcome_lines(JobOutcome(ExitCode.DONE, done, ""))[0].startswith("Fertig: ")
        assert outcome_lines(JobOutcome(ExitCode.FAILED, failed, ""))[0] == "Fehlgeschlagen: film.mov fehlt."
    finally:
        choose_language("en")
