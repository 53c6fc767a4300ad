"""Blocked jobs are told of once for each profile, and so is that they go on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from helios_gui.types import ChunkState, JobAdded, JobChanged, JobRemoved, JobState, JobSummary
from helios_gui.ui import blocked_notices
from helios_gui.ui.blocked_notices import BlockedNotices
from helios_gui.ui.job.job_text import job_headline, problem_text
from helios_gui.ui.queue.actions import JobAction, is_offered
from helios_gui.ui.queue.columns import progress_text, tooltip_text
from helios_gui.ui.theme import job_style
from helios_gui.ui.widgets.notice_bar import NoticeBoard

CAUSE = "The sign-in has expired. Sign in again: aws sso login --profile studio"
STILL = "stopping; may still bill (2 workers have not confirmed, until 12:00:00 at most)"

Make = Callable[..., JobSummary]
Eventually = Callable[..., Awaitable[None]]


class Stand:
    """A notice board and what watches jobs for it; ``looks`` counts how often it was asked to look again."""

    def __init__(self, qtbot: QtBot, make: Make) -> None:
        self.board = NoticeBoard()
        qtbot.addWidget(self.board)
        self.board.show()
        self.looks = 0
        self.watch = BlockedNotices(self.board, self._look, self.board)
        self._make = make

    def _look(self) -> None:
        self.looks += 1

    def block(self, place: int, cause: str = CAUSE, profile: str = "studio") -> None:
        job = self._make(place, state=JobState.PAUSED, reason=cause, blocked=True, profile=profile)
        self.watch.apply([JobChanged(job)])

    def change(self, place: int, **changes: object) -> None:
        self.watch.apply([JobChanged(self._make(place, profile="studio", **changes))])

    @property
    def texts(self) -> list[str]:
        return [notice.text for notice in self.board.notices()]


@pytest.fixture
def stand(qtbot: QtBot, make_summary: Make) -> Stand:
    return Stand(qtbot, make_summary)


def test_one_notice_for_a_profile_however_many_jobs_are_blocked(stand: Stand) -> None:
    for place in range(3):
        stand.block(place, CAUSE if place else "Storage says the same in other words.")
    (text,) = stand.texts
    assert "in other words" in text
    assert "use the profile “studio” are paused. They continue automatically" in text
    stand.block(3, profile="other studio")
    assert len(stand.texts) == 2


def test_a_notice_that_was_dismissed_stays_away(stand: Stand) -> None:
    stand.block(0)
    stand.board.notices()[0].dismiss()
    stand.block(0)
    stand.block(1)
    assert stand.texts == []
    stand.change(0, state=JobState.RUNNING)
    stand.change(1, state=JobState.CANCELLED)
    stand.block(0)
    assert len(stand.texts) == 1, "a cause that comes back is told again"


async def test_good_news_replace_the_notice_and_leave_by_themselves(
    monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, make_summary: Make, eventually: Eventually
) -> None:
    monkeypatch.setattr(blocked_notices, "RECOVERY_NOTICE_MS", 50)
    stand = Stand(qtbot, make_summary)
    stand.block(0)
    stand.block(1)
    stand.change(0, state=JobState.PENDING, in_line=True)
    assert len(stand.texts) == 1
    stand.change(1, state=JobState.RUNNING)
    assert stand.texts == ["“studio” works again: its jobs continue."]
    await eventually(lambda: not stand.texts)


def test_good_news_make_room_for_bad_ones(stand: Stand) -> None:
    stand.block(0)
    stand.change(0, state=JobState.RUNNING)
    stand.block(0)
    (text,) = stand.texts
    assert CAUSE in text


@pytest.mark.parametrize("how", ["cancelled", "paused", "removed"])
def test_jobs_that_wait_no_more_take_the_notice_with_them(stand: Stand, how: str) -> None:
    stand.block(0)
    if how == "removed":
        stand.watch.apply([JobRemoved("job-0")])
    else:
        stand.change(0, state=JobState(how))
    assert stand.texts == []


def test_jobs_that_are_found_blocked_are_told_of(stand: Stand, make_summary: Make) -> None:
    stand.watch.apply([JobAdded(make_summary(0, state=JobState.PAUSED, reason=CAUSE, blocked=True))])
    assert len(stand.texts) == 1


def test_somebody_who_comes_back_is_expected_to_have_signed_in(stand: Stand) -> None:
    app = QGuiApplication.instance()
    assert isinstance(app, QGuiApplication)
    app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    assert stand.looks == 0
    app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    assert stand.looks == 1


def test_the_job_itself_says_what_it_waits_for(make_summary: Make) -> None:
    waiting = make_summary(0, state=JobState.PAUSED, reason=CAUSE, blocked=True)
    assert problem_text(waiting) == CAUSE
    assert is_offered(JobAction.PAUSE, waiting), "so that it stays paused whoever signs in"
    paused = make_summary(0, state=JobState.PAUSED, reason="2 chunks will finish")
    assert problem_text(paused) == ""
    assert not is_offered(JobAction.PAUSE, paused)
    sending = make_summary(0, state=JobState.RUNNING, reason="sends its files: 3.0 of 40.0 MB")
    assert job_headline(sending).startswith("sends its files: 3.0 of 40.0 MB · ")


@pytest.mark.parametrize("state", [JobState.RUNNING, JobState.CANCELLED])
def test_a_job_whose_workers_may_still_bill_says_so_everywhere(make_summary: Make, state: JobState) -> None:
    counts = {ChunkState.COMPLETED: 4, ChunkState.PENDING: 6}
    job = make_summary(0, state=state, reason=STILL, stop_note=STILL, stopping=2, counts=counts, cost=0.2)
    assert job_style(job).word == "stopping"
    assert problem_text(job) == STILL
    assert job_headline(job).startswith("4 / 10 chunks"), (
        "once is enough, in the line that is shortened where it must be"
    )
    assert progress_text(job) == "$0.20 · may still bill"
    assert progress_text(replace(job, cost=0.0)) == "may still bill"
    assert STILL in tooltip_text(job).splitlines()


def test_a_job_says_what_may_have_been_billed_in_the_end(make_summary: Make) -> None:
    said = "2 workers did not confirm and may have billed until their 120 s limit"
    job = make_summary(0, state=JobState.CANCELLED, reason=f"cancelled; {said}", stop_note=said)
    assert job_style(job).word == "cancelled"
    assert problem_text(job) == f"cancelled; {said}"
    assert progress_text(job) == "0 % (0/10)"
