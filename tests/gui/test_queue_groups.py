"""Groups in the queue: their rows, their totals, and what can be done with them by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from helios_gui.translation import choose_language
from helios_gui.types import ChunkState, JobAdded, JobChanged, JobRemoved, JobState, JobSummary, Priority, Standing
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.queue.columns import Column
from helios_gui.ui.queue.groups import total_of
from helios_gui.ui.queue.model import JobQueueModel
from helios_gui.ui.queue.panel import QueuePanel

MakeSummary = Callable[..., JobSummary]
LEFT = Qt.MouseButton.LeftButton
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
TRAILER = Standing(group="Trailer")


@pytest.fixture
def jobs(make_summary: MakeSummary) -> list[JobSummary]:
    """Five jobs; the second and the fourth are a group, of which one is done and one is rendered."""
    running = {ChunkState.RUNNING: 5, ChunkState.COMPLETED: 5}
    changes: dict[int, dict[str, object]] = {
        1: {
            "standing": TRAILER,
            "state": JobState.COMPLETED,
            "frames_done": 100,
            "counts": {ChunkState.COMPLETED: 10},
            "cost": 0.5,
        },
        3: {
            "standing": TRAILER,
            "state": JobState.RUNNING,
            "frames_done": 50,
            "counts": running,
            "cost": 0.25,
            "frames_per_second": 10.0,
            "eta": 5.0,
        },
    }
    return [make_summary(place, **changes.get(place, {})) for place in range(5)]


@pytest.fixture
def panel(qtbot: QtBot, jobs: list[JobSummary]) -> QueuePanel:
    queue = QueuePanel()
    qtbot.addWidget(queue)
    queue.resize(900, 400)
    queue.show()
    qtbot.waitExposed(queue)
    queue.apply([JobAdded(job) for job in jobs])
    queue.activateWindow()
    queue.view.setFocus()
    return queue


def names(model: JobQueueModel) -> list[str]:
    return [model.index(row, Column.NAME).data() for row in range(model.rowCount())]


def click(qtbot: QtBot, panel: QueuePanel, row: int, left: int = 100) -> None:
    place = panel.view.visualRect(panel.model.index(row, 0))
    qtbot.mouseClick(panel.view.viewport(), LEFT, pos=QPoint(place.left() + left, place.center().y()))


def test_jobs_of_a_group_stand_below_its_row(panel: QueuePanel, qtmodeltester: object) -> None:
    qtmodeltester.check(panel.model)  # type: ignore[attr-defined]
    assert names(panel.model) == ["Job 0", "Trailer", "Job 1", "Job 3", "Job 2", "Job 4"]
    assert panel.model.index(1, 0).data(SPOKEN) == "Group Trailer, 2 jobs, running, expanded"
    assert panel.model.index(1, Column.PROGRESS).data() == "75 % (15/20) · $0.75"
    assert panel.model.index(1, Column.ETA).data() == "0:05"


def test_signs_of_a_job_are_spoken_too(panel: QueuePanel, make_summary: MakeSummary) -> None:
    urgent = make_summary(0, standing=Standing(priority=Priority.HIGH, after=("job-4",)))
    panel.apply([JobChanged(urgent)])
    assert panel.model.index(0, 0).data(SPOKEN) == "Job 0, ready, Starts after “Job 4”, Priority: high"
    assert "Priority: high" in panel.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_a_group_is_what_its_jobs_come_to(make_summary: MakeSummary) -> None:
    done = make_summary(0, state=JobState.COMPLETED, started_at=1.0, finished_at=5.0, work_seconds=4.0)
    failed = make_summary(1, state=JobState.FAILED, started_at=2.0, finished_at=9.0, profile="Studio", work_seconds=7.0)
    waiting = make_summary(2, in_line=True, standing=Standing(priority=Priority.HIGH))
    running = make_summary(3, state=JobState.RUNNING, frames_per_second=20.0)
    total = total_of("All", [done, failed])
    assert (total.state, total.started_at, total.finished_at, total.profile) == (JobState.FAILED, 1.0, 9.0, "…")
    assert total.work_seconds == 8.0  # side by side
    assert total_of("All", [done, replace(failed, work_seconds=1.0)]).work_seconds == 5.0
    assert total_of("All", [done]).state is JobState.COMPLETED
    total = total_of("All", [done, failed, waiting])
    assert (total.state, total.in_line, total.finished_at) == (JobState.PENDING, True, None)
    assert total.standing.priority is Priority.HIGH
    assert total_of("All", [failed, waiting, running]).state is JobState.RUNNING
    assert total_of("All", [waiting, running]).eta == pytest.approx(10.0)


def test_a_group_is_folded_by_mouse_and_keys(qtbot: QtBot, panel: QueuePanel) -> None:
    click(qtbot, panel, 1, left=18)
    assert names(panel.model) == ["Job 0", "Trailer", "Job 2", "Job 4"]
    click(qtbot, panel, 1, left=18)
    assert panel.model.rowCount() == 6
    click(qtbot, panel, 3)  # a job of the group: the left arrow leads to the group, and folds it
    qtbot.keyClick(panel.view, Qt.Key.Key_Left)
    assert panel.model.rowCount() == 4
    assert panel.view.currentIndex().row() == 1
    assert panel.model.index(1, 0).data(SPOKEN).endswith("collapsed")
    qtbot.keyClick(panel.view, Qt.Key.Key_Right)
    assert panel.model.rowCount() == 6
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert panel.model.rowCount() == 4
    panel.select("job-3")  # which is hidden
    assert panel.model.rowCount() == 6
    assert panel.current_job == "job-3"


def test_actions_on_a_group_are_about_all_of_its_jobs(qtbot: QtBot, panel: QueuePanel) -> None:
    asked: list[tuple[JobAction, list[str]]] = []
    panel.action_requested.connect(lambda action, ids: asked.append((action, ids)))
    click(qtbot, panel, 1, left=18)
    click(qtbot, panel, 1)
    assert [job.id for job in panel.selected_jobs()] == ["job-1", "job-3"]
    assert panel.current_job == "job-1"
    panel.actions_of_jobs[JobAction.RENDER].trigger()
    panel.actions_of_jobs[JobAction.PAUSE].trigger()
    panel.actions_of_jobs[JobAction.REMOVE].trigger()
    assert asked == [
        (JobAction.RENDER, ["job-1"]),
        (JobAction.PAUSE, ["job-3"]),
        (JobAction.REMOVE, ["job-1", "job-3"]),
    ]


def test_the_total_follows_and_a_group_comes_and_goes(panel: QueuePanel, jobs: list[JobSummary]) -> None:
    from dataclasses import replace

    told: list[tuple[int, int]] = []
    panel.model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    panel.apply([JobChanged(replace(jobs[3], frames_done=100))])
    assert told == [(1, 1), (3, 3)]
    assert panel.model.index(1, Column.PROGRESS).data().startswith("100 %")
    panel.view.selectAll()
    panel.apply([JobRemoved("job-1")])
    assert names(panel.model) == ["Job 0", "Job 2", "Trailer", "Job 3", "Job 4"]
    panel.apply([JobChanged(replace(jobs[3], standing=Standing()))])
    assert names(panel.model) == ["Job 0", "Job 2", "Job 3", "Job 4"]
    panel.apply([JobChanged(replace(jobs[4], standing=TRAILER))])
    assert names(panel.model) == ["Job 0", "Job 2", "Job 3", "Trailer", "Job 4"]


def test_a_filter_shows_what_it_finds_in_folded_groups(panel: QueuePanel) -> None:
    panel.model.set_collapsed({"Trailer"})
    panel.model.set_filter("job 3")
    assert names(panel.model) == ["Trailer", "Job 3"]
    panel.model.set_filter("trailer")
    assert names(panel.model) == ["Trailer", "Job 1", "Job 3"]
    panel.model.set_filter("")
    assert names(panel.model) == ["Job 0", "Trailer", "Job 2", "Job 4"]


def test_sorting_keeps_groups_together(panel: QueuePanel) -> None:
    panel.model.sort(Column.PROGRESS, Qt.SortOrder.DescendingOrder)
    assert names(panel.model)[:3] == ["Trailer", "Job 1", "Job 3"]
    panel.model.sort(Column.NAME)
    assert names(panel.model) == ["Job 0", "Job 2", "Job 4", "Trailer", "Job 1", "Job 3"]


def test_a_dragged_group_takes_its_jobs_along(panel: QueuePanel) -> None:
    data = panel.model.mimeData([panel.model.index(1, 0), panel.model.index(2, 0)])
    assert bytes(data.data("application/x-helios-jobs").data()).decode().split("\n") == ["job-1", "job-3"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_menus_offer_groups_priorities_and_copies(qtbot: QtBot, panel: QueuePanel, language: str) -> None:
    choose_language(language)
    try:
        queue = QueuePanel()
    finally:
        choose_language("en")
    qtbot.addWidget(queue)
    menus = queue.actions_of_jobs.menus
    high = "&High" if language == "en" else "&Hoch"
    assert menus.priorities.actions()[0].text() == high


def test_menus_say_what_is_chosen(qtbot: QtBot, panel: QueuePanel) -> None:
    menus = panel.actions_of_jobs.menus
    asked: list[object] = []
    menus.priority_chosen.connect(asked.append)
    menus.group_chosen.connect(asked.append)
    menus.copy_wanted.connect(asked.append)
    menus.new_group_wanted.connect(lambda: asked.append("new"))
    panel.actions_of_jobs.set_profiles(["Local", "Studio"])
    click(qtbot, panel, 3)
    assert [action.isChecked() for action in menus.priorities.actions()] == [False, True, False]
    for menu, number in ((menus.priorities, 0), (menus.groups, 0), (menus.copies, 1)):
        choose(qtbot, menu, number)
    choose(qtbot, menus.groups, 2)
    choose(qtbot, menus.groups, 3)
    assert asked == [Priority.HIGH, "Trailer", "Studio", "new", ""]


def choose(qtbot: QtBot, menu: QMenu, number: int) -> None:
    """Open a menu, and click on one of its entries."""
    menu.popup(QPoint(0, 0))
    action = menu.actions()[number]
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())
