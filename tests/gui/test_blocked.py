"""Blocked jobs are told of once."""

from __future__ import annotations

from collections.abc import Callable

from pytestqt.qtbot import QtBot

from helios_gui.types import JobState, JobSummary
from helios_gui.ui.blocked import BlockedJobs
from helios_gui.ui.job.words import headline, trouble
from helios_gui.ui.notices import NoticeBoard

CAUSE = "The sign-in has expired. Sign in again: aws sso login --profile studio"


def test_one_notice_however_many_jobs_are_blocked(qtbot: QtBot, make_summary: Callable[..., JobSummary]) -> None:
    board = NoticeBoard()
    qtbot.addWidget(board)
    board.show()
    blocked = BlockedJobs(board)
    for place in range(3):
        blocked.take(make_summary(place, state=JobState.PAUSED, reason=CAUSE, blocked=True))
    (notice,) = board.notices()
    assert CAUSE in notice.text
    assert "press Render" in notice.text
    notice.dismiss()
    blocked.take(make_summary(0, state=JobState.PAUSED, reason=CAUSE, blocked=True))
    assert board.notices() == []


def test_a_cause_that_comes_back_is_told_again(qtbot: QtBot, make_summary: Callable[..., JobSummary]) -> None:
    board = NoticeBoard()
    qtbot.addWidget(board)
    board.show()
    blocked = BlockedJobs(board)
    blocked.take(make_summary(0, state=JobState.PAUSED, reason=CAUSE, blocked=True))
    board.notices()[0].dismiss()
    blocked.take(make_summary(0, state=JobState.RUNNING))
    blocked.take(make_summary(0, state=JobState.PAUSED, reason=CAUSE, blocked=True))
    assert len(board.notices()) == 1


def test_the_job_itself_says_what_it_waits_for(make_summary: Callable[..., JobSummary]) -> None:
    assert trouble(make_summary(0, state=JobState.PAUSED, reason=CAUSE, blocked=True)) == CAUSE
    assert trouble(make_summary(0, state=JobState.PAUSED, reason="2 chunks will finish")) == ""
    sending = make_summary(0, state=JobState.RUNNING, reason="sends its files: 3.0 of 40.0 MB")
    assert headline(sending).startswith("sends its files: 3.0 of 40.0 MB · ")
