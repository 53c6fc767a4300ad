"""The table of the queue: whole rows, sorting by clicks on the header, reordering by dragging."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from helios_gui.translation import language, tr
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.queue.columns import COLUMNS, Column, header_text
from helios_gui.ui.queue.delegate import ROW_HEIGHT, QueueDelegate, is_on_fold
from helios_gui.ui.queue.groups import group_key
from helios_gui.ui.queue.model import JOB_MIME_TYPE, GroupRole, GroupRow, JobQueueModel
from helios_gui.ui.queue.view_layout import ViewLayout
from helios_gui.ui.theme import SPACE
from helios_gui.ui.theme.states import job_words
from helios_gui.ui.widgets.tooltips import set_tooltip

_NAME_ROOM = 160  # logical pixels that the names of jobs keep beside the words for their states


@guarded()
class QueueView(QTableView):
    """``dropped`` carries the dragged jobs' ids and the id of the job they were dropped before (or ``None``).

    ``grouped`` carries those of jobs that were dropped on a group's row, and its name.
    """

    dropped = Signal(list, object)
    grouped = Signal(list, str)
    toggle_requested = Signal()

    def __init__(self, model: JobQueueModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._queue = model
        self._chosen: dict[Column, bool] = {}
        self._is_state_fitted, self._is_fitting = True, False
        self.columns_menu = self._make_columns_menu()
        self.setModel(model)
        self.setItemDelegate(QueueDelegate(self))
        self._set_behaviour()
        self._set_header()

    def _set_behaviour(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragDropOverwriteMode(False)
        self.setAccessibleName(tr("Job queue"))
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)

    def _set_header(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSelectionModel(QItemSelectionModel(self._queue, header))  # else it looks at each selected cell
        header.setResizeContentsPrecision(0)
        header.setMinimumSectionSize(48)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        header.ensurePolished()  # for the fonts
        self.ensurePolished()
        for column, rules in COLUMNS.items():
            if rules.width:
                header.resizeSection(column, max(rules.width, self._heading_width(column)))
        header.resizeSection(Column.STATE, self._widest_state())
        header.sectionResized.connect(self._see_width)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        set_tooltip(header, tr("Click to sort; a third click restores the queue order"))
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda point: self.columns_menu.popup(header.mapToGlobal(point)))
        header.setSectionsMovable(True)
        header.setFirstSectionMovable(False)

    # -- columns

    def _make_columns_menu(self) -> QMenu:
        menu = QMenu(tr("&Columns of the queue"), self)
        boxes = {}
        for column in list(Column)[1:]:
            boxes[column] = action = menu.addAction(header_text(column))
            action.setCheckable(True)
            action.triggered.connect(lambda shown, column=column: self.choose_column(column, shown))
        menu.addSeparator()
        menu.addAction(tr("As the &room allows"), self.forget_columns)

        def tick() -> None:
            for column, action in boxes.items():
                action.setChecked(not self.isColumnHidden(column))

        menu.aboutToShow.connect(tick)
        return menu

    def forget_columns(self) -> None:
        """Show the usual columns, as many as there is room for."""
        self._chosen.clear()
        self._make_room()

    def choose_column(self, column: Column, shown: bool) -> None:
        """Show or hide a column by the person's will, whatever the room."""
        self._chosen[column] = shown
        self.setColumnHidden(column, not shown)

    def save_layout(self) -> QByteArray:
        """Return widths, order and sorting of the columns, which are shown, and folded groups, to be remembered."""
        layout = ViewLayout(
            self.horizontalHeader().saveState(),
            self._chosen,
            frozenset(self._queue.collapsed),
            is_state_fitted=self._is_state_fitted,
            language=language(),
        )
        return layout.to_bytes()

    def restore_layout(self, state: QByteArray) -> None:
        """Bring back what ``save_layout`` gave; anything else is ignored."""
        layout = ViewLayout.from_bytes(state)
        if not layout.header.isEmpty():
            self.horizontalHeader().restoreState(layout.header)
            self.horizontalHeader().setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
            self._is_state_fitted = layout.is_state_fitted
            if layout.language != language():
                self._widen_to_headings()
        self._chosen = dict(layout.chosen)
        self._queue.set_collapsed(layout.collapsed)
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        for column in list(Column)[1:]:
            rules = COLUMNS[column]
            wide_enough = not rules.on_request and self.width() >= rules.room_needed
            shown = self._chosen.get(column, wide_enough)
            if self.isColumnHidden(column) == shown:
                self.setColumnHidden(column, not shown)
        self._fit_state()

    def _heading_width(self, column: Column) -> int:
        """Return the width in which the heading of a column can be read whole."""
        return self.horizontalHeader().fontMetrics().horizontalAdvance(header_text(column)) + 2 * SPACE

    def _widen_to_headings(self) -> None:
        """Make columns as wide as their headings: the widths are those of a language with shorter ones."""
        header = self.horizontalHeader()
        for column in Column:
            is_hidden = self.isColumnHidden(column)
            self.setColumnHidden(column, False)  # a hidden one does not tell its width
            header.resizeSection(column, max(header.sectionSize(column), self._heading_width(column)))
            self.setColumnHidden(column, is_hidden)

    def _widest_state(self) -> int:
        """Return the width in which every word for a state can be read whole."""
        widest_word = max(map(self.fontMetrics().horizontalAdvance, job_words()))
        return max(COLUMNS[Column.STATE].width, widest_word + 2 * SPACE)

    def _see_width(self, column: int, old: int, new: int) -> None:
        if column == Column.STATE and old and new and not self._is_fitting:  # 0 is the width of a hidden one
            self._is_state_fitted = False

    def _fit_state(self) -> None:
        """Have long words for states, of which there are few, leave room for the names of the jobs."""
        if self.isColumnHidden(Column.STATE) or not self._is_state_fitted:
            return
        others = sum(self.columnWidth(column) for column in list(Column)[1:] if column != Column.STATE)
        room = self.viewport().width() - others - _NAME_ROOM
        self._is_fitting = True
        self.setColumnWidth(Column.STATE, max(COLUMNS[Column.STATE].width, min(self._widest_state(), room)))
        self._is_fitting = False

    # -- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self.toggle_requested.emit()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
            return
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._fold(event.key() == Qt.Key.Key_Left):
            return
        super().keyPressEvent(event)

    @guarded(QModelIndex())
    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        if action in (QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MoveEnd):
            modifiers |= Qt.KeyboardModifier.ControlModifier  # to the first or last job, not within its row
        return super().moveCursor(action, modifiers)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        group = index.data(GroupRole) if index.column() == Column.NAME else None
        if isinstance(group, GroupRow) and is_on_fold(self.visualRect(index), event.position()):
            self._set_folded(group.name, not group.collapsed)
            return
        super().mousePressEvent(event)

    def _fold(self, folded: bool) -> bool:
        """Collapse or expand the group of the current row; on a job's row, collapsing leads to its group."""
        index = self.currentIndex()
        group = index.data(GroupRole) if index.isValid() else ""
        if not group:
            return False
        name = group if isinstance(group, str) else group.name
        if isinstance(group, str) and not folded:
            return False
        self._set_folded(name, folded)
        row = self._queue.row_of(group_key(name))
        if row is not None:
            self.setCurrentIndex(self._queue.index(row, 0))
        return True

    def _set_folded(self, name: str, folded: bool) -> None:
        collapsed = set(self._queue.collapsed) - {name}
        self._queue.set_collapsed(collapsed | {name} if folded else collapsed)

    # -- dragging rows; anything else (files) is left to the window behind

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._is_reorder(event):
            super().dragEnterEvent(event)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if self._is_reorder(event):
            super().dragMoveEvent(event)
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        if not self._is_reorder(event):
            event.ignore()
            return
        ids = bytes(event.mimeData().data(JOB_MIME_TYPE).data()).decode().split("\n")
        point = event.position().toPoint()
        event.setDropAction(Qt.DropAction.IgnoreAction)  # the engine reorders; the view must not remove rows
        event.accept()
        self.setState(QAbstractItemView.State.NoState)
        self.viewport().update()
        if self.dropIndicatorPosition() is QAbstractItemView.DropIndicatorPosition.OnItem:
            self.grouped.emit(ids, self._queue.group_at(self.indexAt(point).row()))
        else:
            self.dropped.emit(ids, self._job_below(point))

    def _is_reorder(self, event: QDropEvent) -> bool:
        return self._queue.in_queue_order and event.mimeData().hasFormat(JOB_MIME_TYPE)

    def _job_below(self, point: QPoint) -> str | None:
        index: QModelIndex = self.indexAt(point)
        if not index.isValid():
            return None
        row = index.row() + (1 if point.y() > self.visualRect(index).center().y() else 0)
        jobs = self._queue.jobs_at(row) if row < self._queue.rowCount() else []
        return jobs[0].id if jobs else None
