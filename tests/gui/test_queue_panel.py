"""The queue panel by clicks, keys and menus: what it asks for, and for which jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QStandardItemModel
from PySide6.QtWidgets import QApplication, QMenu, QTableView
from pytestqt.qtbot import QtBot

from helios_gui.translation import LANGUAGES, choose_language, tr, tr_count
from helios_gui.types import (
    ChunkState,
    JobAdded,
    JobChanged,
    JobRemoved,
    JobState,
    JobSummary,
    Priority,
    QueueReordered,
    Standing,
)
from helios_gui.ui.queue.actions import MOVES, JobAction, is_offered
from helios_gui.ui.queue.columns import Column, header_text
from helios_gui.ui.queue.panel import QueuePanel
from helios_gui.ui.queue.view import QueueView
from helios_gui.ui.queue.view_layout import ViewLayout
from helios_gui.ui.theme import SPACE, theme
from helios_gui.ui.theme.states import job_words
from tests.support.drops import drag

MakeSummary = Callable[..., JobSummary]
NO_KEY = Qt.KeyboardModifier.NoModifier
LEFT, CONTROL, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def entries(menu: QMenu) -> Iterator[QAction]:
    """The entries of a menu and of the menus in it."""
    for action in menu.actions():
        yield action
        submenu = action.menu()
        if isinstance(submenu, QMenu):
            yield from entries(submenu)


@pytest.fixture
def panel(qtbot: QtBot, make_summary: MakeSummary) -> QueuePanel:
    """A shown panel with five jobs, one in each of the usual states."""
    queue = QueuePanel()
    qtbot.addWidget(queue)
    queue.resize(900, 400)
    queue.show()
    qtbot.waitExposed(queue)
    failed = {ChunkState.COMPLETED: 9, ChunkState.FAILED: 1}
    states: list[dict[str, object]] = [
        {"state": JobState.RUNNING, "counts": {ChunkState.RUNNING: 2, ChunkState.PENDING: 8}},
        {"state": JobState.PENDING},
        {"state": JobState.FAILED, "counts": failed, "reason": "chunk 3 failed", "started_at": 1.0},
        {"state": JobState.COMPLETED, "counts": {ChunkState.COMPLETED: 10}},
        {"state": JobState.PAUSED},
    ]
    queue.apply([JobAdded(make_summary(place, **changes)) for place, changes in enumerate(states)])
    return queue


class Asked:
    """What a panel asked for."""

    def __init__(self, panel: QueuePanel) -> None:
        self.actions: list[tuple[JobAction, list[str]]] = []
        self.moves: list[tuple[list[str], int]] = []
        self.activated: list[str] = []
        panel.action_requested.connect(lambda action, jobs: self.actions.append((action, jobs)))
        panel.move_requested.connect(lambda job_ids, place: self.moves.append((job_ids, place)))
        panel.activated.connect(self.activated.append)


def click(qtbot: QtBot, panel: QueuePanel, row: int, modifier: Qt.KeyboardModifier = NO_KEY) -> None:
    place = panel.view.visualRect(panel.model.index(row, 0)).center()
    qtbot.mouseClick(panel.view.viewport(), LEFT, modifier, place)


def test_the_heading_of_a_narrow_queue_is_read_whole(qtbot: QtBot, panel: QueuePanel) -> None:
    panel.resize(375, 400)
    qtbot.waitUntil(lambda: panel.heading.width() >= panel.heading.sizeHint().width())
    assert panel.filter.width() >= panel.filter.minimumWidth() > 0
    panel.resize(900, 400)
    qtbot.waitUntil(lambda: panel.filter.width() == panel.filter.maximumWidth())


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_heading_says_what_runs_however_narrow_it_is(qtbot: QtBot, make_summary: MakeSummary, code: str) -> None:
    choose_language(code)
    try:
        panel = QueuePanel()
        qtbot.addWidget(panel)
        states = [JobState.RUNNING] * 12 + [JobState.PENDING] * 2_333
        panel.apply([JobAdded(make_summary(place, state=state)) for place, state in enumerate(states)])
        running = tr_count("{number} running", "{number} running", 12)
        counts = f"{tr_count('{number} job', '{number} jobs', 2_345)} · {running}"
        whole = f"{tr('QUEUE')}   {counts}"
        panel.show()
        for width, forms in ((600, [whole]), (384, [whole, counts]), (panel.minimumWidth(), [running])):
            panel.resize(width, 400)
            qtbot.waitUntil(lambda forms=forms: panel.heading.shown_text in forms)
        assert panel.heading.toolTip() == whole
    finally:
        choose_language("en")


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_state_is_read_whole_in_its_column(qtbot: QtBot, code: str) -> None:
    choose_language(code)
    try:
        panel = QueuePanel()
        qtbot.addWidget(panel)
        panel.resize(600, 400)
        panel.show()
        room = panel.view.columnWidth(Column.STATE) - 2 * SPACE
        metrics = panel.view.fontMetrics()
        assert [word for word in job_words() if metrics.horizontalAdvance(word) > room] == []
    finally:
        choose_language("en")


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_heading_is_read_whole(qtbot: QtBot, code: str) -> None:
    choose_language(code)
    try:
        panel = QueuePanel()
        qtbot.addWidget(panel)
        panel.resize(1400, 400)
        for column in list(Column)[1:]:
            panel.view.choose_column(column, True)
        panel.show()
        header = panel.view.horizontalHeader()
        width = header.fontMetrics().horizontalAdvance
        assert [
            column for column in Column if width(header_text(column)) + 2 * SPACE > header.sectionSize(column)
        ] == []
    finally:
        choose_language("en")


@pytest.mark.parametrize("code", LANGUAGES)
def test_long_words_for_states_leave_room_for_names(qtbot: QtBot, make_summary: MakeSummary, code: str) -> None:
    choose_language(code)
    try:
        panel = QueuePanel()
        qtbot.addWidget(panel)
        panel.resize(480, 400)
        panel.apply([JobAdded(make_summary(1))])
        panel.show()
        assert not panel.view.isColumnHidden(Column.STATE)
        assert panel.view.columnWidth(Column.NAME) >= 160
    finally:
        choose_language("en")


def test_the_state_column_keeps_a_width_that_a_person_chose(qtbot: QtBot, make_summary: MakeSummary) -> None:
    panel, later_panel = QueuePanel(), QueuePanel()
    view, later = panel.view, later_panel.view
    for each in (panel, later_panel):
        qtbot.addWidget(each)
        each.apply([JobAdded(make_summary(1))])
        each.resize(480, 400)
    panel.show()
    view.horizontalHeader().resizeSection(Column.STATE, 131)  # what a drag of its edge does
    panel.resize(700, 400)
    assert view.columnWidth(Column.STATE) == 131
    later.restore_layout(view.save_layout())
    later_panel.show()
    assert later.columnWidth(Column.STATE) == 131


def test_headings_can_be_read_after_a_restart_in_another_language(qtbot: QtBot) -> None:
    def heading_widths(view: QueueView) -> dict[Column, int]:
        metrics = view.horizontalHeader().fontMetrics()
        shown = [column for column in Column if not view.isColumnHidden(column)]
        return {column: metrics.horizontalAdvance(header_text(column)) for column in shown}

    def open_panel(code: str, saved: QByteArray | None = None) -> QueuePanel:
        choose_language(code)
        panel = QueuePanel()
        qtbot.addWidget(panel)
        panel.resize(1600, 400)
        panel.show()
        if saved is not None:
            panel.view.restore_layout(saved)
        return panel

    try:
        english = open_panel("en")
        for column, width in heading_widths(english.view).items():
            english.view.horizontalHeader().resizeSection(column, max(48, width))  # just as wide as they have to be
        german = open_panel("de", english.view.save_layout())
        assert {
            column: width
            for column, width in heading_widths(german.view).items()
            if width > german.view.columnWidth(column)
        } == {}
        german.view.horizontalHeader().resizeSection(Column.PROGRESS, 48)
        later = open_panel("de", german.view.save_layout())
        assert later.view.columnWidth(Column.PROGRESS) == 48, "what a person chose in this language stays"
    finally:
        choose_language("en")


def test_the_state_column_still_fits_after_a_restart(qtbot: QtBot, make_summary: MakeSummary) -> None:
    choose_language("de")
    try:
        panel, later = QueuePanel(), QueuePanel()
        for each, width in ((panel, 480), (later, 700)):
            qtbot.addWidget(each)
            each.apply([JobAdded(make_summary(1))])
            each.resize(width, 400)
            each.show()
        later.view.restore_layout(panel.view.save_layout())
        assert later.view.columnWidth(Column.STATE) > panel.view.columnWidth(Column.STATE)
    finally:
        choose_language("en")


def test_clicks_select_and_name_the_job_to_show(qtbot: QtBot, panel: QueuePanel) -> None:
    shown: list[str] = []
    panel.current_changed.connect(shown.append)
    click(qtbot, panel, 1)
    click(qtbot, panel, 3, SHIFT)
    assert [job.id for job in panel.selected_jobs()] == ["job-1", "job-2", "job-3"]
    click(qtbot, panel, 0, CONTROL)
    assert len(panel.selected_jobs()) == 4
    assert shown == ["job-1", "job-3", "job-0"]


def test_every_action_is_asked_for_with_the_jobs_it_suits(qtbot: QtBot, panel: QueuePanel) -> None:
    asked = Asked(panel)
    panel.view.selectAll()
    everything = [f"job-{place}" for place in range(5)]
    expected = {
        JobAction.RENDER: ["job-1", "job-2", "job-3", "job-4"],
        JobAction.PAUSE: ["job-0"],
        JobAction.CANCEL: ["job-0", "job-1", "job-4"],
        JobAction.RETRY_FAILED: ["job-2"],
        JobAction.RESTITCH: ["job-3"],
        JobAction.RESTITCH_REENCODE: ["job-3"],
        JobAction.OPEN_OUTPUT: ["job-3"],
        JobAction.COPY_ERROR: ["job-2"],
        JobAction.DUPLICATE: everything,
        JobAction.START_AFTER: ["job-1", "job-2", "job-3", "job-4"],
        JobAction.SHOW_FOLDER: everything,
        JobAction.REMOVE: everything,
    }
    for action in expected:
        panel.actions_of_jobs[action].trigger()
    assert asked.actions == list(expected.items())


def test_actions_are_enabled_by_the_selection(qtbot: QtBot, panel: QueuePanel, make_summary: MakeSummary) -> None:
    actions = panel.actions_of_jobs
    assert not actions[JobAction.REMOVE].isEnabled()
    click(qtbot, panel, 1)
    assert actions[JobAction.RENDER].isEnabled()
    assert not actions[JobAction.PAUSE].isEnabled()
    panel.apply([JobChanged(make_summary(1, state=JobState.RUNNING))])
    assert not actions[JobAction.RENDER].isEnabled()
    assert actions[JobAction.PAUSE].isEnabled()


def test_the_context_menu_offers_everything(qtbot: QtBot, panel: QueuePanel) -> None:
    asked = Asked(panel)
    click(qtbot, panel, 2)
    place = panel.view.visualRect(panel.model.index(2, 0)).center()
    panel.view.customContextMenuRequested.emit(place)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    offered_there = {action.objectName() for action in entries(menu) if action.objectName()}
    assert offered_there == {action.value for action in JobAction}
    retry = panel.actions_of_jobs[JobAction.RETRY_FAILED]
    qtbot.mouseClick(menu, LEFT, pos=menu.actionGeometry(retry).center())
    assert asked.actions == [(JobAction.RETRY_FAILED, ["job-2"])]


def test_after_its_menu_was_open_the_queue_goes_on(qtbot: QtBot, panel: QueuePanel, make_summary: MakeSummary) -> None:
    for _ in range(2):
        panel.view.customContextMenuRequested.emit(panel.view.visualRect(panel.model.index(2, 0)).center())
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        menu.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        qtbot.wait(1)
        click(qtbot, panel, 1)
        panel.apply([JobChanged(make_summary(1, standing=Standing(priority=Priority.HIGH)))])
        assert panel.actions_of_jobs.menus.priorities.actions()[0].isChecked()


def test_what_is_wanted_of_two_additions_is_done_when_both_are_there(
    qtbot: QtBot, panel: QueuePanel, make_summary: MakeSummary
) -> None:
    asked = Asked(panel)
    click(qtbot, panel, 1)
    panel.expect_jobs()
    panel.expect_jobs()
    panel.actions_of_jobs[JobAction.RENDER].trigger()
    assert asked.actions == []
    panel.apply([JobAdded(make_summary(5)), JobAdded(make_summary(6))])
    panel.take_expected(["job-6"])
    assert asked.actions == []
    panel.take_expected(["job-5"])
    assert [(action, sorted(ids)) for action, ids in asked.actions] == [(JobAction.RENDER, ["job-5", "job-6"])]
    panel.expect_jobs()
    panel.take_expected([])
    assert len(asked.actions) == 1


def test_keys(qtbot: QtBot, panel: QueuePanel) -> None:
    asked = Asked(panel)
    panel.activateWindow()
    panel.view.setFocus()
    click(qtbot, panel, 0)
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    qtbot.keyClick(panel.view, Qt.Key.Key_Delete)
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    qtbot.keyClick(panel.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(panel.view, Qt.Key.Key_Home, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert asked.actions == [
        (JobAction.PAUSE, ["job-0"]),
        (JobAction.RENDER, ["job-1"]),
        (JobAction.REMOVE, ["job-1"]),
    ]
    assert asked.activated == ["job-1"]
    assert asked.moves == [(["job-1"], 0), (["job-1"], 0), (["job-1"], 2)]
    qtbot.keyClick(panel.view, Qt.Key.Key_A, CONTROL)
    assert len(panel.selected_jobs()) == 5
    qtbot.keyClick(panel.view, Qt.Key.Key_F, CONTROL)
    assert panel.filter.hasFocus()


def test_double_click_activates(qtbot: QtBot, panel: QueuePanel) -> None:
    asked = Asked(panel)
    place = panel.view.visualRect(panel.model.index(3, 0)).center()
    qtbot.mouseClick(panel.view.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(panel.view.viewport(), LEFT, pos=place)
    assert asked.activated == ["job-3"]


def test_clicks_on_a_heading_sort_and_the_third_brings_the_queue_back(qtbot: QtBot, panel: QueuePanel) -> None:
    header = panel.view.horizontalHeader()
    place = QPoint(header.sectionPosition(Column.NAME) + 20, header.height() // 2)
    orders = []
    for _ in range(3):
        qtbot.mouseClick(header.viewport(), LEFT, pos=place)
        orders.append([panel.model.summary_at(row).id for row in range(5)])
    up = [f"job-{place}" for place in range(5)]
    assert orders == [up, up[::-1], up]
    assert panel.model.in_queue_order


def test_typing_filters_and_keeps_the_selection(qtbot: QtBot, panel: QueuePanel) -> None:
    click(qtbot, panel, 2)
    panel.focus_filter()
    qtbot.keyClicks(panel.filter, "failed")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    assert panel.current_job == "job-2"
    qtbot.keyClick(panel.filter, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 5)
    assert panel.current_job == "job-2"
    assert panel.view.currentIndex().row() == 2


def test_a_filter_without_match_says_so_and_offers_a_way_out(qtbot: QtBot, panel: QueuePanel) -> None:
    qtbot.keyClicks(panel.filter, "zzz")
    qtbot.waitUntil(panel.no_match.isVisible)
    qtbot.mouseClick(panel.no_match.button, LEFT)
    qtbot.waitUntil(panel.view.isVisible)
    assert panel.filter.text() == ""


def test_selecting_a_hidden_job_clears_the_filter(qtbot: QtBot, panel: QueuePanel) -> None:
    qtbot.keyClicks(panel.filter, "failed")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    panel.select("job-4")
    assert panel.current_job == "job-4"
    assert panel.filter.text() == ""


def test_an_empty_queue_says_what_to_do(qtbot: QtBot, panel: QueuePanel) -> None:
    panel.apply([JobRemoved(f"job-{place}") for place in range(5)])
    assert panel.empty.isVisible()
    assert not panel.filter.isVisible()
    with qtbot.waitSignal(panel.add_requested):
        qtbot.mouseClick(panel.empty.button, LEFT)
    assert panel.current_job == ""


def test_dragging_rows_reorders(qtbot: QtBot, panel: QueuePanel) -> None:
    asked = Asked(panel)
    rows = [panel.model.index(row, 0) for row in (0, 1)]
    below_the_middle = panel.view.visualRect(panel.model.index(3, 0)).bottomLeft() + QPoint(20, -3)
    drag(panel.view, panel.model.mimeData(rows), below_the_middle)
    drag(panel.view, panel.model.mimeData(rows[:1]), QPoint(20, panel.view.viewport().height() - 5))
    assert asked.moves == [(["job-0", "job-1"], 2), (["job-0"], 4)]
    assert panel.model.rowCount() == 5  # the engine moves rows, not the view


def test_rows_cannot_be_dragged_while_sorted_and_files_are_left_to_the_window(qtbot: QtBot, panel: QueuePanel) -> None:
    asked = Asked(panel)
    data = panel.model.mimeData([panel.model.index(0, 0)])
    panel.view.sortByColumn(Column.NAME, Qt.SortOrder.DescendingOrder)
    drag(panel.view, data, QPoint(20, 20))
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile("/job.json")])
    assert not drag(panel.view, files, QPoint(20, 20)).isAccepted()
    assert asked.moves == []


def test_many_selected_jobs_stay_selected_and_in_view_when_the_queue_is_reordered(
    qtbot: QtBot, panel: QueuePanel, make_summary: MakeSummary
) -> None:
    jobs = [make_summary(place) for place in range(5, 2_000)]
    panel.apply([JobAdded(job) for job in jobs])
    chosen = [job.id for job in jobs[200:1_200:2]]
    panel.select_all(chosen)
    bar = panel.view.verticalScrollBar()
    bar.setValue(700)
    followed: list[int] = []
    panel.model.layoutChanged.connect(lambda: followed.append(1))
    order = [job.id for job in panel.model.jobs()]
    panel.apply([QueueReordered((order[-1], *order[:-1]))])
    assert [job.id for job in panel.selected_jobs()] == chosen
    assert panel.current_job == chosen[0]
    assert bar.value() == 700
    assert not followed, "Qt would follow each cell of each selected row"
    panel.select(chosen[3])
    panel.apply([QueueReordered(tuple(order))])
    assert followed, "few are followed, and all else stays as it is"
    assert [job.id for job in panel.selected_jobs()] == [chosen[3]]


def test_a_narrow_panel_leaves_room_for_names(qtbot: QtBot, panel: QueuePanel) -> None:
    panel.resize(panel.minimumWidth(), 400)
    assert panel.view.columnWidth(Column.NAME) >= 100
    panel.resize(330, 400)
    assert not panel.view.isColumnHidden(Column.ETA)
    assert panel.view.columnWidth(Column.NAME) >= 100


def test_narrow_panels_hide_columns_until_the_person_chooses(qtbot: QtBot, panel: QueuePanel) -> None:
    panel.resize(420, 400)
    assert panel.view.isColumnHidden(Column.ADDED)
    assert not panel.view.isColumnHidden(Column.PROGRESS)
    panel.view.choose_column(Column.ADDED, True)
    panel.resize(410, 400)
    assert not panel.view.isColumnHidden(Column.ADDED)


def test_the_layout_of_columns_is_remembered(qtbot: QtBot, panel: QueuePanel) -> None:
    panel.view.horizontalHeader().resizeSection(Column.PROGRESS, 211)
    other = QueuePanel()
    qtbot.addWidget(other)
    other.resize(900, 400)
    other.view.restore_layout(panel.view.save_layout())
    assert other.view.columnWidth(Column.PROGRESS) == 211


def test_a_layout_with_fewer_columns_is_taken_from_an_older_version(qtbot: QtBot, panel: QueuePanel) -> None:
    older = QTableView()
    qtbot.addWidget(older)
    older.setModel(QStandardItemModel(0, len(Column) - 2))
    older.horizontalHeader().resizeSection(Column.PROGRESS, 211)
    panel.resize(900, 400)
    panel.view.restore_layout(ViewLayout(older.horizontalHeader().saveState(), {Column.TOOK: True}).to_bytes())
    assert panel.view.columnWidth(Column.PROGRESS) == 211
    assert not panel.view.isColumnHidden(Column.TOOK)
    assert panel.view.columnWidth(Column.TOOK) > 0


@pytest.mark.parametrize("state", list(JobState))
def test_a_job_can_always_be_moved_and_removed(state: JobState, make_summary: MakeSummary) -> None:
    job = make_summary(0, state=state)
    assert is_offered(JobAction.MOVE_UP, job)
    assert is_offered(JobAction.REMOVE, job)
    assert is_offered(JobAction.PAUSE, job) is (state is JobState.RUNNING)


def test_keys_go_to_the_first_and_the_last_job_and_the_row_with_the_keyboard_is_marked(
    qtbot: QtBot, panel: QueuePanel
) -> None:
    def marked(row: int) -> bool:
        left = panel.view.visualRect(panel.model.index(row, Column.NAME))
        picture = panel.view.viewport().grab().toImage()
        ratio = picture.devicePixelRatio()
        place = round((left.left() + 1) * ratio), round(left.center().y() * ratio)
        return picture.pixelColor(*place) == theme().tokens.accent

    panel.activateWindow()
    panel.view.setFocus()
    qtbot.waitUntil(panel.view.hasFocus)
    panel.select("job-2")
    for key, row in ((Qt.Key.Key_End, 4), (Qt.Key.Key_Home, 0), (Qt.Key.Key_Down, 1)):
        qtbot.keyClick(panel.view, key)
        assert [job.id for job in panel.selected_jobs()] == [f"job-{row}"]
        assert marked(row)
    panel.filter.setFocus()
    assert not marked(1)


def test_moves_are_enabled_where_they_change_something(panel: QueuePanel) -> None:
    def enabled() -> list[bool]:
        return [panel.actions_of_jobs[name].isEnabled() for name in MOVES]

    assert enabled() == [False, False, False]  # nothing is selected
    for job_ids, expected in (
        (["job-0"], [False, False, True]),
        (["job-2"], [True, True, True]),
        (["job-4"], [True, True, False]),
        (["job-0", "job-1"], [False, False, True]),
        (["job-0", "job-2"], [True, True, True]),
        ([f"job-{place}" for place in range(5)], [False, False, False]),
    ):
        panel.select_all(job_ids)
        assert enabled() == expected, job_ids
    panel.select("job-4")
    panel.apply([QueueReordered(("job-4", "job-0", "job-1", "job-2", "job-3"))])
    assert enabled() == [False, False, True]
