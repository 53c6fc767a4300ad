"""The job queue panel: a heading with a filter, the table, and what to do when it is empty."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    QSignalBlocker,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from helios_gui.translation import tr, tr_count
from helios_gui.types import ChunkChanged, Event, JobChanged, JobSummary
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.queue.actions import JobAction, JobActions, is_offered
from helios_gui.ui.queue.model import JobQueueModel, row_ranges
from helios_gui.ui.queue.ordering import Placement, can_move, move_before, move_by_one
from helios_gui.ui.queue.state_filter import StateFilter
from helios_gui.ui.queue.view import QueueView
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.elided_label import ElidedLabel
from helios_gui.ui.widgets.empty_state import EmptyState
from helios_gui.ui.widgets.tooltips import set_tooltip

_FILTER_DELAY = 80  # milliseconds between the last key and the filter
_NARROW_FILTER, _FILTER = 80, 112  # pixels
_NARROW_PANEL = 320  # pixels
_SHORTEST_SEARCH = 2  # characters; fewer are in every log
_MANY_SELECTED = 50  # jobs


@guarded()
class QueuePanel(QWidget):
    """Shows the queue and says what the person wants with which jobs; it changes nothing itself.

    ``action_requested(JobAction, list of job ids)`` for everything but moving; ``move_requested`` carries the
    parts of an ``ordering.Placement``, ``profile_requested`` a profile's name and job ids,
    ``order_requested`` an order of chunks and job ids;
    ``current_changed`` the id of the job to show ("" for none); ``activated`` a job that was double-clicked or
    entered; ``add_requested`` the empty state's button; ``emptied`` whether there are no jobs;
    ``log_search_wanted`` the words to look for in logs ("" for no longer any), to be answered by
    ``show_found_in_logs``.
    """

    action_requested = Signal(object, list)
    move_requested = Signal(list, int)
    profile_requested = Signal(str, list)
    order_requested = Signal(object, list)
    current_changed = Signal(str)
    activated = Signal(str)
    add_requested = Signal()
    emptied = Signal(bool)
    log_search_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(240)
        self.model = JobQueueModel(self)
        self.actions_of_jobs = JobActions(self, self.model.groups)
        self.view = QueueView(self.model, self)
        self._current = ""
        self._chosen: set[str] = set()
        self._is_group_selected = False
        self._menu: QMenu | None = None
        self._found_in_logs: tuple[str, Sequence[str]] = "", ()
        self._remembered: list[str] = []
        self._scrolled_to = 0, 0
        """How many rows there were when the selection was remembered, and how far they were scrolled."""
        self._expected = 0
        self._arrived: list[str] = []
        self._selected_before: list[str] = []
        self._waiting_action: JobAction | None = None
        self._build()
        self._connect()
        self._update_heading()

    # -- what others use

    def apply(self, events: Sequence[Event]) -> None:
        """Take a batch of the engine's events."""
        self.model.apply(events)
        self._update_heading()
        if any(map(self._concerns_selection, events)):
            self._selection_moved()

    def selected_jobs(self) -> list[JobSummary]:
        """Return the selected jobs, and those of selected groups, top to bottom."""
        ranges = self.view.selectionModel().selection().toList()  # selectedRows() takes a second for 10,000 rows
        rows = sorted({row for block in ranges for row in range(block.top(), block.bottom() + 1)})
        return list({job.id: job for row in rows for job in self.model.jobs_at(row)}.values())

    @property
    def current_job(self) -> str:
        """The id of the job the rest of the window shows; "" for none."""
        return self._current

    def select(self, job_id: str) -> None:
        """Select one job and bring it into view; a filter that hides it is cleared, and its group expanded."""
        self.select_all([job_id])

    def select_all(self, job_ids: Sequence[str]) -> None:
        """Select these jobs and no others, and bring the first into view; a filter that hides one is cleared."""
        self._show_rows(job_ids)
        rows = [row for job_id in job_ids if (row := self.model.row_of(job_id)) is not None]
        if rows:
            # Not with selectRow: that heeds the Ctrl or Shift of the shortcut which asked for it.
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
            self.view.selectionModel().setCurrentIndex(self.model.index(rows[0], 0), flags)
            self._select_rows(rows[1:])
            self.view.scrollTo(self.model.index(rows[0], 0))

    def _show_rows(self, job_ids: Sequence[str]) -> None:
        """Have a row for each of these jobs."""
        hidden = [job for job_id in job_ids if self.model.row_of(job_id) is None and (job := self.model.job(job_id))]
        if hidden:
            self._show_everything()
            self.model.set_collapsed(set(self.model.collapsed) - {job.standing.group for job in hidden})

    def expect_jobs(self) -> None:
        """Take *Render* as meant for jobs that are being added, and have it wait, unless others are selected."""
        if not self._expected:
            self._selected_before = [job.id for job in self.selected_jobs()]
        self._expected += 1

    def take_expected(self, job_ids: Sequence[str]) -> None:
        """Select jobs that were added, and render them if that was wanted meanwhile; nothing if none could be added.

        Where several additions are under way, what was wanted is done with all of them, after the last.
        """
        self._expected -= 1
        self._arrived += job_ids
        if job_ids:
            self.select_all(self._arrived)
            self.view.setFocus()
        if self._expected:
            return
        arrived, self._arrived = self._arrived, []
        action, self._waiting_action = self._waiting_action, None
        if arrived and action is not None:
            self._request(action)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.filter.setMinimumWidth(_FILTER if self.width() >= _NARROW_PANEL else _NARROW_FILTER)

    def focus_filter(self) -> None:
        """Put the keyboard into the filter field."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    # -- building

    def _build(self) -> None:
        self.heading = ElidedLabel("section", parent=self)
        self.filter = QLineEdit(self)
        self.filter.setPlaceholderText(tr("Filter"))
        self.filter.setAccessibleName(tr("Filter jobs"))
        set_tooltip(self.filter, tr("Show jobs whose name, state or profile contain these words (Ctrl+K)"))
        self.filter.setClearButtonEnabled(True)
        self.filter.addAction(icon("search", "faint"), QLineEdit.ActionPosition.LeadingPosition)
        # Its size hint is left out: the heading is to be read first, if need be in a shorter form.
        self.filter.setMaximumWidth(200)
        self.filter.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        top = QHBoxLayout()
        top.setContentsMargins(2 * SPACE, SPACE, SPACE, SPACE)
        top.setSpacing(SPACE)
        top.addWidget(self.heading)
        top.addWidget(self.filter, 1)
        self.state_filter = StateFilter(self)
        top.addWidget(self.state_filter)
        self.empty = EmptyState(
            "drop",
            tr("Drop pages, scenes, videos or job files here"),
            tr("or a folder that contains job files"),
            tr("Add jobs…"),
            self,
        )
        self.no_match = EmptyState("search", tr("No job matches the filter"), "", tr("Clear the filter"), self)
        self._pages = QStackedWidget(self)
        for page in (self.view, self.empty, self.no_match):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self._pages, 1)
        self._filter_timer = QTimer(self)
        self._filter_timer.setSingleShot(True)
        self._filter_timer.setInterval(_FILTER_DELAY)

    def _connect(self) -> None:
        self.filter.textChanged.connect(self._filter_timer.start)
        self._filter_timer.timeout.connect(self._apply_filter)
        self.empty.activated.connect(self.add_requested)
        self.no_match.activated.connect(self._show_everything)
        self.state_filter.changed.connect(self._apply_filter)
        self.actions_of_jobs.triggered.connect(self._request)
        self.actions_of_jobs.profile_chosen.connect(self._request_profile)
        self.actions_of_jobs.order_chosen.connect(self._request_order)
        self.view.addActions(self.actions_of_jobs.for_table())
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.dropped.connect(self._dropped)
        self.view.toggle_requested.connect(self._toggle)
        self.view.activated.connect(self._activated)
        self.view.selectionModel().selectionChanged.connect(self._selection_moved)
        self.model.modelAboutToBeReset.connect(self._remember_selection)
        self.model.modelReset.connect(self._restore_selection)
        escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), self.filter)
        escape.setContext(Qt.ShortcutContext.WidgetShortcut)
        escape.activated.connect(self._leave_filter)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.focus_filter)

    # -- requests

    def _request(self, action: JobAction) -> None:
        selected = self.selected_jobs()
        renders = action in (JobAction.RENDER, JobAction.RENDER_CLOUD)
        if self._expected and renders and [job.id for job in selected] == self._selected_before:
            self._waiting_action = action
            return
        jobs = [job.id for job in selected if is_offered(action, job)]
        if not jobs:
            return
        steps = {JobAction.MOVE_UP: -1, JobAction.MOVE_DOWN: 1}
        if action in steps:
            self._move(move_by_one(self._queue(), jobs, steps[action]))
        elif action is JobAction.MOVE_TOP:
            self._move(move_before(self._queue(), jobs, self._queue()[0]))
        else:
            self.action_requested.emit(action, jobs)

    def _request_profile(self, name: str) -> None:
        jobs = [job.id for job in self.selected_jobs() if not (job.is_at_work or job.elsewhere) and job.profile != name]
        if jobs:
            self.profile_requested.emit(name, jobs)
        self._selection_moved()  # puts the tick back where it belongs

    def _request_order(self, scout: int | None) -> None:
        jobs = [job.id for job in self.selected_jobs() if not (job.is_at_work or job.elsewhere) and job.scout != scout]
        if jobs:
            self.order_requested.emit(scout, jobs)
        self._selection_moved()  # puts the tick back where it belongs

    def _queue(self) -> Sequence[str]:
        return self.model.job_ids()

    def _move(self, placement: Placement | None) -> None:
        if placement is not None:
            self.move_requested.emit(*placement)

    def _dropped(self, job_ids: list[str], before: str | None) -> None:
        known = [job_id for job_id in job_ids if self.model.job(job_id) is not None]
        self._move(move_before(self._queue(), known, before))

    def _toggle(self) -> None:
        """Pause what runs; where nothing runs, render."""
        action = self.actions_of_jobs[JobAction.PAUSE]
        if not action.isEnabled():
            action = self.actions_of_jobs[JobAction.RENDER]
        action.trigger()

    def _activated(self, index: QModelIndex) -> None:
        if group := self.model.group_at(index.row()):
            self.model.set_collapsed(set(self.model.collapsed) ^ {group})
        else:
            self.activated.emit(self.model.summary_at(index.row()).id)

    def _show_menu(self, point: QPoint) -> None:
        if not self.view.indexAt(point).isValid():
            return
        if self._menu is None:  # and kept: with a menu, PySide takes the entries of its submenus for deleted
            self._menu = QMenu(self)
            self.actions_of_jobs.fill(self._menu)
        self._menu.popup(self.view.viewport().mapToGlobal(point))

    # -- filter and selection

    def _apply_filter(self) -> None:
        self._filter_timer.stop()
        text = self.filter.text().strip()
        wanted = text if self.state_filter.searches_logs and len(text) >= _SHORTEST_SEARCH else ""
        if wanted != self._found_in_logs[0]:
            self._found_in_logs = wanted, ()
            self.log_search_wanted.emit(wanted)
        self.model.set_filter(text, self.state_filter.kinds, self._found_in_logs[1])
        self._update_heading()

    def show_found_in_logs(self, text: str, job_ids: Sequence[str]) -> None:
        """Show jobs, too, in whose logs the text is, if that is still what is looked for."""
        if text == self._found_in_logs[0]:
            self._found_in_logs = text, job_ids
            self._apply_filter()

    def _show_everything(self) -> None:
        self.filter.clear()
        self.state_filter.blockSignals(True)
        self.state_filter.clear()
        self.state_filter.blockSignals(False)
        self._apply_filter()

    def _leave_filter(self) -> None:
        self.filter.clear()
        self.view.setFocus()

    def _remember_selection(self) -> None:
        self._remembered = [job.id for job in self.selected_jobs()]
        self._scrolled_to = self.model.rowCount(), self.view.verticalScrollBar().value()

    def _restore_selection(self) -> None:
        rows = [row for job_id in self._remembered if (row := self.model.row_of(job_id)) is not None]
        with QSignalBlocker(self.view.selectionModel()):  # all is painted anew anyway
            self._select_rows(rows)
        if rows:
            no_update = QItemSelectionModel.SelectionFlag.NoUpdate
            self.view.selectionModel().setCurrentIndex(self.model.index(rows[0], 0), no_update)
        row_count, scrolled_to = self._scrolled_to
        if row_count == self.model.rowCount():  # they have only changed places
            self.view.verticalScrollBar().setValue(scrolled_to)
        self._selection_moved()

    def _select_rows(self, rows: Sequence[int]) -> None:
        selection, last = QItemSelection(), self.model.columnCount() - 1
        for first_row, last_row in row_ranges(sorted(rows)):
            selection.append(QItemSelectionRange(self.model.index(first_row, 0), self.model.index(last_row, last)))
        self.view.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)

    def _concerns_selection(self, event: Event) -> bool:
        """Return whether an event may change the selected jobs, or which they are."""
        if isinstance(event, JobChanged):
            return self._is_group_selected or event.summary.id in self._chosen
        return not isinstance(event, ChunkChanged)

    def _selection_moved(self) -> None:
        jobs = self.selected_jobs()
        ids = [job.id for job in jobs]
        can_rise, can_sink = can_move(self._queue(), ids)
        self.actions_of_jobs.set_jobs(jobs, can_rise=can_rise, can_sink=can_sink)
        self.model.resets = len(jobs) > _MANY_SELECTED
        row = self.view.currentIndex().row()
        current = [job.id for job in self.model.jobs_at(row)] if 0 <= row < self.model.rowCount() else []
        self._chosen = set(ids)
        self._is_group_selected = any(job.standing.group for job in jobs)
        shown = next((job_id for job_id in (*current, *ids) if job_id in self._chosen), "")
        if shown != self._current:
            self._current = shown
            self.current_changed.emit(shown)

    def _update_heading(self) -> None:
        jobs, active = self.model.counts.jobs, self.model.counts.at_work
        counts = [tr_count("{number} job", "{number} jobs", jobs)] if jobs else []
        counts += [tr_count("{number} running", "{number} running", active)] if active else []
        numbers = " · ".join(counts)
        self.heading.set_forms("   ".join(filter(None, (tr("QUEUE"), numbers))), *filter(None, (numbers, *counts[-1:])))
        self.filter.setVisible(bool(jobs))
        self.state_filter.setVisible(bool(jobs))
        page: QWidget = self.view if self.model.rowCount() else self.no_match
        self._pages.setCurrentWidget(page if jobs else self.empty)
        self.emptied.emit(not jobs)
