"""While nobody looks: the computer stays awake, the desktop is told, and what was chosen happens at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.power.power_actions import PowerAction
from helios_gui.types import JobAdded, JobChanged, JobState, JobSummary
from helios_gui.types.waits import WaitKind
from helios_gui.ui.desktop.after_queue import AfterQueue, CountdownSheet
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.widgets.confirm import ConfirmSheet
from tests.gui.conftest import OpenWindow
from tests.gui.window_steps import Eventually, add_trusted, only_job, press_render, sheet_of, state
from tests.support.desktop_bus import LoginManager, Notifications, PowerManagement, both_buses, service

Make = Callable[..., JobSummary]


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with both_buses(tmp_path, monkeypatch) as address:
        yield address


@pytest.fixture
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offscreen, a window that was shown is active; here it is behind others."""
    monkeypatch.setattr(MainWindow, "isActiveWindow", lambda self: False)


async def test_the_computer_stays_awake_while_a_job_runs(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually, bus: str
) -> None:
    power = PowerManagement()
    async with service(bus, power.NAME, power.PATH, power), open_window() as window:
        job_id = await add_trusted(window, write_job(slow=0.5), eventually)
        assert "awake" not in window.status_label.text()
        press_render(qtbot, window)
        await eventually(lambda: "the computer stays awake" in window.status_label.text())
        assert len(power.held) == 1
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
        await eventually(lambda: not power.held)
        await eventually(lambda: "awake" not in window.status_label.text())


async def test_a_desktop_that_may_sleep_is_said_and_a_person_may_not_want_it(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually, bus: str
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job(slow=0.5), eventually)
        press_render(qtbot, window)
        await eventually(lambda: "the computer may fall asleep" in window.status_label.text())
        dialog = window._open_settings()
        awake = dialog.pages.appearance.awake
        qtbot.mouseClick(awake, Qt.MouseButton.LeftButton, pos=QPoint(8, awake.height() // 2))
        assert not awake.isChecked()
        dialog.reject()
        await eventually(lambda: state(window, job_id) is JobState.COMPLETED)
    async with open_window() as window:
        assert not window._open_settings().pages.appearance.awake.isChecked()


async def test_the_desktop_is_told_how_a_job_ended_and_its_buttons_work(
    qtbot: QtBot,
    open_window: OpenWindow,
    write_job: Callable[..., Path],
    eventually: Eventually,
    bus: str,
    nobody_looks: None,
) -> None:
    desktop = Notifications()
    async with service(bus, desktop.NAME, desktop.PATH, desktop), open_window() as window:
        failing = await add_trusted(window, write_job("Bad", broken=(1,)), eventually)
        press_render(qtbot, window)
        await eventually(lambda: desktop.shown)
        good = await add_trusted(window, write_job("Fine"), eventually)
        press_render(qtbot, window)
        await eventually(lambda: len(desktop.shown) == 2)
        told, done = desktop.shown
        assert told["title"] == "“Bad” has failed"
        assert "chunk" in told["text"].lower()
        assert told["actions"][3::2] == ["Show", "Retry"]
        assert done["title"] == "“Fine” is done"
        assert done["text"].startswith("15 frames in ")
        assert done["actions"][3::2] == ["Show", "Open folder"]
        assert "sound-name" not in done["hints"]
        window.queue.select(failing)
        # Pressed until it is heard: a person is slower than the answer that tells the window the notification's number.
        await eventually(lambda: desktop.press(2, "Show") or window.queue.current_job == good)
        desktop.press(1, "Retry")
        await eventually(lambda: len(desktop.shown) == 3)


async def test_many_jobs_at_once_are_one_notification_without_markup(
    open_window: OpenWindow, eventually: Eventually, bus: str, make_summary: Make, nobody_looks: None
) -> None:
    desktop = Notifications()
    async with service(bus, desktop.NAME, desktop.PATH, desktop), open_window() as window:
        told = window.notifications
        told.apply([JobAdded(make_summary(place, state=JobState.RUNNING)) for place in range(6)])
        told.apply([JobChanged(make_summary(place, state=JobState.COMPLETED)) for place in range(4)])
        await eventually(lambda: desktop.shown)
        assert desktop.shown[0]["title"] == "4 jobs have ended"
        assert desktop.shown[0]["text"] == ""
        window._state.notifies_with_sound = True
        reason = "<img src='file:///etc/passwd'> is missing"
        told.apply([JobChanged(make_summary(4, state=JobState.FAILED, reason=reason))])
        told.apply([JobChanged(make_summary(4, state=JobState.FAILED, reason=reason))])
        await eventually(lambda: len(desktop.shown) == 2)
        assert desktop.shown[1]["text"] == "‹img src='file:///etc/passwd'› is missing"
        assert desktop.shown[1]["hints"]["sound-name"].value == "default"
        told.apply([JobChanged(make_summary(5, state=JobState.PAUSED, blocked=True, reason="Sign in again"))])
        await eventually(lambda: len(desktop.shown) == 3)
        assert desktop.shown[2]["title"].endswith("waits for you")
        told.apply([JobChanged(make_summary(place, state=JobState.RUNNING)) for place in range(4)])
        blocked = [JobChanged(make_summary(place, state=JobState.PAUSED, blocked=True)) for place in range(2)]
        told.apply([*blocked, *(JobChanged(make_summary(place, state=JobState.FAILED)) for place in (2, 3))])
        await eventually(lambda: len(desktop.shown) == 4)
        assert desktop.shown[3]["title"] == "2 jobs have ended"
        assert desktop.shown[3]["text"] == "2 of them failed\n2 jobs do not go on"


async def test_frames_of_an_earlier_run_are_not_said_to_be_made_in_the_time_of_the_last(
    open_window: OpenWindow, eventually: Eventually, bus: str, make_summary: Make, nobody_looks: None
) -> None:
    desktop = Notifications()
    async with service(bus, desktop.NAME, desktop.PATH, desktop), open_window() as window:
        told = window.notifications
        paused = replace(make_summary(0, state=JobState.PAUSED), frames_total=100, frames_done=90, started_at=1_000.0)
        running = replace(paused, state=JobState.RUNNING, frames_done=92, started_at=9_000.0)
        told.apply([JobAdded(paused), JobChanged(running)])
        told.apply([JobChanged(replace(running, state=JobState.COMPLETED, frames_done=100, finished_at=9_005.0))])
        await eventually(lambda: desktop.shown)
    assert desktop.shown[0]["text"] == "10 frames in 0:05"


async def test_each_of_what_needs_a_person_is_told(
    open_window: OpenWindow, eventually: Eventually, bus: str, make_summary: Make, nobody_looks: None
) -> None:
    desktop = Notifications()
    async with service(bus, desktop.NAME, desktop.PATH, desktop), open_window() as window:
        told = window.notifications
        running = [make_summary(place, state=JobState.RUNNING) for place in range(4)]
        told.apply([JobAdded(job) for job in running])
        needs = [
            replace(running[0], state=JobState.PAUSED, blocked=True, reason="Sign in again"),
            replace(running[1], short_of_room=True, reason="no space left on /films"),
            replace(running[2], waits_for=WaitKind.DISK, reason="less than 5 GB are free"),
            replace(running[3], state=JobState.FAILED, reason="stopped: the job has cost $5.00"),
        ]
        for number, job in enumerate(needs, 1):
            told.apply([JobChanged(job)])
            told.apply([JobChanged(replace(job, frames_done=1))])
            await eventually(lambda number=number: len(desktop.shown) == number)
        told.apply([JobChanged(job) for job in running[1:3]])  # there is room again: nobody needs to come
        told.apply([JobChanged(replace(running[1], state=JobState.COMPLETED))])
        await eventually(lambda: len(desktop.shown) == 5)
    titles = [one["title"] for one in desktop.shown]
    assert [title.partition("” ")[2] for title in titles] == [*["waits for you"] * 3, "has failed", "is done"]
    assert [one["text"] for one in desktop.shown[:4]] == [job.reason for job in needs]


async def test_who_wants_it_is_told_what_holds_jobs_up_but_never_their_hours(
    qtbot: QtBot,
    open_window: OpenWindow,
    write_job: Callable[..., Path],
    eventually: Eventually,
    bus: str,
    nobody_looks: None,
) -> None:
    desktop, later = Notifications(), datetime.now() + timedelta(hours=2)
    profiles = [
        LocalProfile(name="Local"),
        LocalProfile(name="Night", hours=f"{later:%H}:00-{later:%H}:30"),
        LocalProfile(name="Beside", wait_while_running=(psutil.Process().name(),)),
    ]
    async with service(bus, desktop.NAME, desktop.PATH, desktop), open_window() as window:
        page = window._open_settings().pages.appearance
        assert not page.hold_ups.isChecked()
        qtbot.mouseClick(page.hold_ups, Qt.MouseButton.LeftButton, pos=QPoint(8, page.hold_ups.height() // 2))
        page.window().reject()
        window.engine.profiles.save(profiles, "Local")
        manager, rows = window.engine.manager, window.queue.model
        for profile, waits_for in (("Night", WaitKind.HOURS), ("Beside", WaitKind.PROGRAM)):
            waiting = await add_trusted(window, write_job(profile), eventually)
            await manager.options.set_profile(waiting, profile)
            press_render(qtbot, window)
            await eventually(lambda waits_for=waits_for: waits_for in [job.waits_for for job in rows.jobs()])
        await eventually(lambda: desktop.shown)
        bad = await add_trusted(window, write_job("Bad", broken=(1,)), eventually)
        after = await add_trusted(window, write_job("After"), eventually)
        await manager.standings.set_after(after, [bad])
        window.queue.select_all([bad, after])
        press_render(qtbot, window)
        await eventually(lambda: len(desktop.shown) == 3)
    told = {one["title"]: one["text"] for one in desktop.shown}
    assert set(told) == {"“Beside” is held up", "“Bad” has failed", "“After” is held up"}
    assert told["“Beside” is held up"] == f"waits while {psutil.Process().name()} runs"
    assert told["“After” is held up"].startswith("does not start: “Bad” has failed")


async def test_a_window_with_jobs_that_wait_for_their_hours_is_not_closed_without_a_question(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    later = datetime.now() + timedelta(hours=2)
    async with open_window() as window:
        window.engine.profiles.save([LocalProfile(name="Local", hours=f"{later:%H}:00-{later:%H}:30")], "Local")
        job_id = await add_trusted(window, write_job("Night"), eventually)
        window.frame.close()
        await eventually(window.closed.is_set, "nothing would begin by itself")
        window.closed.clear()
        press_render(qtbot, window)
        await eventually(lambda: only_job(window).waits_for is WaitKind.HOURS)
        window.frame.close()
        await eventually(lambda: sheet_of(window, ConfirmSheet))
        sheet = sheet_of(window, ConfirmSheet)
        assert sheet is not None
        assert "does not begin by itself" in sheet.body.text()
        sheet.reject()
        await eventually(lambda: sheet_of(window, ConfirmSheet) is None)
        assert not window.closed.is_set()
        assert state(window, job_id) is JobState.PENDING


async def test_nothing_is_told_to_who_looks_at_the_window_or_does_not_want_it(
    open_window: OpenWindow, eventually: Eventually, bus: str, make_summary: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    desktop = Notifications()
    async with service(bus, desktop.NAME, desktop.PATH, desktop), open_window() as window:
        told = window.notifications
        told.apply([JobAdded(make_summary(place, state=JobState.RUNNING)) for place in range(3)])
        monkeypatch.setattr(told, "_is_watched", lambda: True)
        told.apply([JobChanged(make_summary(0, state=JobState.COMPLETED))])
        monkeypatch.setattr(told, "_is_watched", lambda: False)
        window._state.notifies = False
        told.apply([JobChanged(make_summary(1, state=JobState.COMPLETED))])
        window._state.notifies = True
        told.apply([JobChanged(make_summary(2, state=JobState.COMPLETED))])
        await eventually(lambda: desktop.shown)
        assert len(desktop.shown) == 1


def choose(window: MainWindow, choice: AfterQueue) -> None:
    window.after_queue.actions[choice].trigger()


def countdown() -> CountdownSheet | None:
    return next((one for one in QApplication.topLevelWidgets() if isinstance(one, CountdownSheet)), None)


def work_and_end(window: MainWindow, make_summary: Make, place: int = 0) -> None:
    window.after_queue.take([make_summary(place, state=JobState.RUNNING)])
    window.after_queue.take([make_summary(place, state=JobState.COMPLETED)])


async def test_what_the_computer_can_do_is_offered_and_done_after_the_countdown(
    open_window: OpenWindow, eventually: Eventually, bus: str, make_summary: Make
) -> None:
    manager = LoginManager()
    async with service(bus, manager.NAME, manager.PATH, manager), open_window() as window:
        menu = window.actions_of_window.after_queue_menu
        menu.aboutToShow.emit()
        actions = window.after_queue.actions
        await eventually(lambda: actions[AfterQueue.SHUT_DOWN].isVisible())
        assert not actions[AfterQueue.HIBERNATE].isVisible()
        choose(window, AfterQueue.SHUT_DOWN)
        work_and_end(window, make_summary)
        await eventually(countdown)
        sheet = countdown()
        assert sheet is not None
        assert "shuts down" in sheet.windowTitle()
        for _ in range(59):
            sheet.timer.timeout.emit()
        assert sheet.body.text() == "In 1 second."
        assert manager.done == []
        sheet.timer.timeout.emit()
        await eventually(lambda: manager.done)
        assert manager.done == ["power off False"]


async def test_the_status_line_says_what_happens_when_all_is_done(open_window: OpenWindow) -> None:
    async with open_window() as window:
        before = window.status_label.text()
        choose(window, AfterQueue.QUIT)
        assert window.status_label.text() == f"{before} · this app quits when all is done"
        choose(window, AfterQueue.SHUT_DOWN)
        assert window.status_label.text() == f"{before} · the computer shuts down when all is done"
        choose(window, AfterQueue.NOTHING)
        assert window.status_label.text() == before


async def test_a_person_stops_the_countdown_and_a_new_job_outlives_it(
    open_window: OpenWindow, eventually: Eventually, make_summary: Make
) -> None:
    async with open_window() as window:
        choose(window, AfterQueue.QUIT)
        work_and_end(window, make_summary)
        await eventually(countdown)
        sheet = countdown()
        assert sheet is not None
        sheet.no.click()
        await eventually(lambda: countdown() is None)
        assert not window.closed.is_set()
        work_and_end(window, make_summary)
        await eventually(countdown)
        window.after_queue.take([make_summary(1, state=JobState.RUNNING)])
        sheet = countdown()
        assert sheet is not None
        sheet.yes.click()
        await eventually(lambda: countdown() is None)
        assert not window.closed.is_set(), "something is rendered again"
        window.after_queue.take([make_summary(1, state=JobState.COMPLETED)])
        await eventually(countdown)
        sheet = countdown()
        assert sheet is not None
        sheet.yes.click()
        await eventually(window.closed.is_set)


async def test_a_queue_is_not_done_while_a_job_waits_for_a_person_or_nothing_ran(
    open_window: OpenWindow, eventually: Eventually, make_summary: Make
) -> None:
    async with open_window() as window:
        choose(window, AfterQueue.QUIT)
        window.after_queue.take([make_summary(0, state=JobState.PENDING)])
        window.after_queue.take([make_summary(0, state=JobState.RUNNING)])
        window.after_queue.take([make_summary(0, state=JobState.PAUSED, blocked=True)])
        assert countdown() is None
        window.after_queue.take([make_summary(0, state=JobState.COMPLETED)])
        await eventually(countdown)
        sheet = countdown()
        assert sheet is not None
        sheet.no.click()
        await eventually(lambda: countdown() is None)


async def test_the_whole_queue_finishes_what_runs_then_stops_and_goes_on_when_asked(
    qtbot: QtBot,
    tmp_path: Path,
    open_window: OpenWindow,
    write_job: Callable[..., Path],
    eventually: Eventually,
    bus: str,
) -> None:
    power = PowerManagement()
    async with service(bus, power.NAME, power.PATH, power), open_window() as window:
        window.engine.profiles.save([LocalProfile(name="Local", concurrency=2)], "Local")
        queue = window.actions_of_window.whole_queue
        jobs = [await add_trusted(window, write_job(name, slow=0.6), eventually) for name in ("One", "Two")]
        assert not any(action.isEnabled() for action in (queue.finish, queue.resume))
        window.queue.select_all(jobs)
        press_render(qtbot, window)
        rows = window.queue.model
        await eventually(lambda: sum(row.chunks_running for row in rows.jobs()) == 2)
        choose(window, AfterQueue.QUIT)
        await eventually(queue.finish.isEnabled)
        queue.finish.trigger()
        await eventually(lambda: any(row.is_finishing for row in rows.jobs()))
        assert power.held, "the computer must stay awake for the chunks that still run"
        assert countdown() is None
        await eventually(countdown)
        sheet = countdown()
        assert sheet is not None
        sheet.no.click()
        assert {state(window, job) for job in jobs} == {JobState.PAUSED}
        assert not any(row.is_at_work for row in rows.jobs())
        assert 0 < sum(row.chunks_done for row in rows.jobs()) < 6
    async with open_window() as window:  # what was stopped stays so when the app starts again
        queue = window.actions_of_window.whole_queue
        assert {state(window, job) for job in jobs} == {JobState.PAUSED}
        await eventually(queue.resume.isEnabled)
        queue.resume.trigger()
        await eventually(lambda: {state(window, job) for job in jobs} == {JobState.COMPLETED})


def test_rests_have_the_names_of_choices() -> None:
    assert {AfterQueue(action.value) for action in PowerAction} < set(AfterQueue)
