"""What is counted as jobs change is what a look at all of them finds, and costs no look at all of them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import ChunkState, JobAdded, JobChanged, JobRemoved, JobState, JobSummary, Standing
from helios_gui.types.waits import WaitKind
from helios_gui.ui.job.job_text import ORDERS
from helios_gui.ui.qt_runtime.paced_call import PacedCall
from helios_gui.ui.queue.actions import JobAction, is_offered
from helios_gui.ui.queue.model import JobQueueModel
from helios_gui.ui.queue.panel import QueuePanel
from helios_gui.ui.status_line import status_text
from helios_gui.utils.queue_progress import QueueMeter

MakeSummary = Callable[..., JobSummary]


def some_job(make_summary: MakeSummary, place: int, chance: random.Random) -> JobSummary:
    """A job in any state; few of these occur together in the engine."""
    return make_summary(
        place,
        state=chance.choice(list(JobState)),
        profile=chance.choice(("Local", "Cloud", "Night")),
        in_line=chance.random() < 0.2,
        blocked=chance.random() < 0.1,
        held_up=chance.random() < 0.1,
        stopping=chance.choice((0, 0, 0, 2)),
        waits_for=chance.choice((None, None, WaitKind.POWER, WaitKind.DISK)),
        counts={ChunkState.RUNNING: chance.choice((0, 0, 1)), ChunkState.FAILED: chance.choice((0, 1))},
        reason=chance.choice(("", f"reason {place % 3}")),
        frames_done=chance.randrange(100),
        frames_per_second=chance.choice((None, 2.0)),
        cost=chance.choice((0.0, 0.5)),
        started_at=chance.choice((None, 1.0)),
        scout=chance.choice(ORDERS),
        standing=Standing(group=chance.choice(("", "A"))),
    )


def test_a_profile_is_counted_once_whatever_jobs_call_it(tmp_path: Path, make_summary: MakeSummary) -> None:
    job = replace(make_summary(0, state=JobState.RUNNING), profile="Lokal", counts={ChunkState.RUNNING: 2})
    profiles = ProfileStore(tmp_path / "profiles.json")
    profiles.save([LocalProfile(name="Local", concurrency=4)], "Local")
    assert status_text([job], ["Lokal", "LOCAL"], profiles, None).startswith("Local 2/4")
    assert status_text([], ["Lokal"], profiles, None) == "Local 0/4"


@pytest.mark.parametrize("seed", range(3))
def test_counts_and_the_status_line_are_those_of_all_jobs(
    qtbot: QtBot, tmp_path: Path, make_summary: MakeSummary, seed: int
) -> None:
    chance, model = random.Random(seed), JobQueueModel()
    profiles = ProfileStore(tmp_path / "profiles.json")
    profiles.save([LocalProfile(name=name) for name in ("Local", "Cloud", "Night")], "Local")
    short, whole = QueueMeter(), QueueMeter()
    for _ in range(60):
        place = chance.randrange(8)
        if chance.random() < 0.2:
            model.apply([JobRemoved(f"job-{place}")])
        else:
            model.apply([JobAdded(some_job(make_summary, place, chance))])
            model.apply([JobChanged(some_job(make_summary, place, chance))])
        jobs, busy = model.jobs(), model.busy_jobs()
        assert (model.counts.jobs, model.counts.at_work) == (len(jobs), sum(job.is_at_work for job in jobs))
        assert set(model.counts.profiles) == {job.profile for job in jobs}
        progress = whole.measure(jobs)
        assert short.measure([*busy, *model.jobs_at_rest(short.counted)]) == progress
        used = model.counts.profiles
        assert status_text(busy, used, profiles, progress) == status_text(jobs, used, profiles, progress)
        for looks in (
            lambda job: job.needs_the_computer,
            lambda job: job.can_pause,
            lambda job: job.stopping,
            lambda job: job.state is JobState.PAUSED and not job.blocked,
            lambda job: job.state.is_active or job.in_line,
            lambda job: job.blocked,
        ):
            assert sum(bool(looks(job)) for job in busy) == sum(bool(looks(job)) for job in jobs)


def test_actions_are_enabled_as_any_of_the_selected_jobs_wants(qtbot: QtBot, make_summary: MakeSummary) -> None:
    chance, panel = random.Random(1), QueuePanel()
    qtbot.addWidget(panel)
    actions = panel.actions_of_jobs
    actions.set_profiles(["Local", "Cloud", "Night"])
    for _ in range(100):
        jobs = [some_job(make_summary, place, chance) for place in range(chance.randrange(1, 4))]
        actions.set_jobs(jobs)
        for name in JobAction:
            if name is not JobAction.RENDER_CLOUD:
                assert actions[name].isEnabled() == any(is_offered(name, job) for job in jobs), name
        at_rest = any(not job.is_at_work for job in jobs)
        assert actions.profile_menu.menuAction().isEnabled() == at_rest
        ticked = {action.data() for action in actions.order_menu.actions() if action.isChecked()}
        orders = {job.scout for job in jobs}
        assert ticked == (orders if len(orders) == 1 else set())


def test_selecting_all_jobs_looks_at_no_cell_for_the_header(qtbot: QtBot, make_summary: MakeSummary) -> None:
    panel = QueuePanel()
    qtbot.addWidget(panel)
    panel.apply([JobAdded(make_summary(place)) for place in range(1_000)])
    panel.resize(900, 400)
    panel.show()
    qtbot.waitExposed(panel)
    asked: list[int] = []
    flags = panel.model.flags
    panel.model.flags = lambda index: asked.append(1) or flags(index)  # type: ignore[method-assign,func-returns-value]
    panel.view.selectAll()
    panel.grab()
    assert len(panel.selected_jobs()) == 1_000
    assert len(asked) < 1_000
    panel.apply([JobChanged(make_summary(7, state=JobState.RUNNING))])
    assert panel.actions_of_jobs[JobAction.PAUSE].isEnabled()


def test_a_paced_call_leaves_time_between_long_ones_and_misses_nothing(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("helios_gui.ui.qt_runtime.paced_call.time.monotonic", lambda: now[0])
    calls: list[float] = []

    def take_long() -> None:
        calls.append(now[0])
        now[0] += 0.005

    owner = QObject()
    paced = PacedCall(take_long, owner)
    for _ in range(5):
        paced()
    assert calls == [100.0]
    now[0] += 0.05
    qtbot.waitUntil(lambda: len(calls) == 2)
    paced.now()
    assert len(calls) == 3
    paced()
    paced.stop()
    assert not paced._timer.isActive()
    paced.now()
    paced()
    assert len(calls) == 3
