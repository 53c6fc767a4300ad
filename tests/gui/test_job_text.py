"""What the window says of one job: its cost, its state, its time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from helios_gui.types import ChunkState, JobState, JobSummary
from helios_gui.types.waits import WaitKind
from helios_gui.ui.job.job_text import job_headline
from helios_gui.ui.queue.columns import COLUMNS, Column
from helios_gui.ui.theme import job_style


@pytest.mark.parametrize(
    ("cost", "expected", "words"),
    [
        (0.21, None, "$0.21"),
        (0.21, 0.484, "$0.21 of about $0.48"),
        (0.21, 0.2101, "$0.21"),
        (0.001, 0.3, "< $0.01 of about $0.30"),
    ],
)
def test_a_running_job_says_what_it_comes_to(
    make_summary: Callable[..., JobSummary], cost: float, expected: float | None, words: str
) -> None:
    counts = {ChunkState.COMPLETED: 4, ChunkState.RUNNING: 6}
    job = make_summary(0, state=JobState.RUNNING, counts=counts, cost=cost, expected_cost=expected)
    assert job_headline(job) == f"4 / 10 chunks · {words}"


def test_a_paused_job_whose_chunks_still_run_is_finishing(make_summary: Callable[..., JobSummary]) -> None:
    job = make_summary(0, state=JobState.PAUSED, counts={ChunkState.RUNNING: 2}, reason="2 running chunks will finish")
    assert (job.is_finishing, job.is_at_work, job_style(job).word) == (True, True, "finishing")
    assert job_headline(job).startswith("stops after 2 running chunks · ")
    rested = make_summary(0, state=JobState.PAUSED)
    assert (rested.is_finishing, rested.is_at_work, job_style(rested).word) == (False, False, "paused")


def test_a_job_that_has_to_wait_says_for_what(make_summary: Callable[..., JobSummary]) -> None:
    job = make_summary(0, state=JobState.RUNNING, reason="waits until 20:00", waits_for=WaitKind.HOURS)
    assert job_style(job).word == "waiting"
    assert job_headline(job).startswith("waits until 20:00 · ")
    busy = make_summary(0, state=JobState.RUNNING, counts={ChunkState.RUNNING: 1}, waits_for=WaitKind.POWER)
    assert (job_style(busy).word, busy.needs_the_computer) == ("running", True)
    unplugged = make_summary(0, state=JobState.RUNNING, waits_for=WaitKind.POWER)
    assert not unplugged.needs_the_computer, "it would empty the battery to wait"


def test_a_job_that_does_not_go_on_by_itself_looks_unlike_one_that_waits(
    make_summary: Callable[..., JobSummary],
) -> None:
    waiting = job_style(make_summary(0, in_line=True))
    held_up = job_style(make_summary(0, held_up=True, reason="does not start: “a” failed"))
    blocked = job_style(make_summary(0, state=JobState.PAUSED, blocked=True, reason="sign in"))
    full = job_style(make_summary(0, state=JobState.RUNNING, short_of_room=True, reason="the disk is full"))
    assert [style.word for style in (waiting, held_up, blocked, full)] == [
        "waiting",
        "held up",
        "needs you",
        "needs you",
    ]
    assert waiting.glyph not in {held_up.glyph, blocked.glyph}


def test_a_job_that_was_paused_tells_how_long_it_worked(make_summary: Callable[..., JobSummary]) -> None:
    job = make_summary(0, state=JobState.COMPLETED, started_at=1000.0, finished_at=1002.0, work_seconds=95.0)
    assert job_headline(job).endswith(" · took 1:35")
    assert COLUMNS[Column.TOOK].text(job) == "1:35"


def test_what_is_free_is_not_told(make_summary: Callable[..., JobSummary]) -> None:
    assert "$" not in job_headline(make_summary(0, state=JobState.RUNNING))
