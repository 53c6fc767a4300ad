"""The table of environment variables: two columns, edited in place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, icon, monospace_font, theme
from helios_gui.ui.widgets.tooltips import plain_tooltip, set_tooltip

Index = QModelIndex | QPersistentModelIndex
Row = tuple[str, str]

_VISIBLE_ROWS = 4
_ROW_HEIGHT = 28


class VariablesModel(QAbstractTableModel):
    """Rows of name and value, in order; ``problems`` are asked for whenever a cell is painted."""

    edited = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self.problems: Callable[[], Sequence[str]] = lambda: ()

    def set_rows(self, rows: list[Row], problems: Callable[[], Sequence[str]]) -> None:
        """Show (and change in place) these rows."""
        self.beginResetModel()
        self.rows, self.problems = rows, problems
        self.endResetModel()

    def add(self) -> QModelIndex:
        """Append an empty row; the answer is its name cell."""
        row = len(self.rows)
        self.beginInsertRows(QModelIndex(), row, row)
        self.rows.append(("", ""))
        self.endInsertRows()
        self.edited.emit()
        return self.index(row, 0)

    def remove(self, row: int) -> None:
        """Drop one row."""
        self.beginRemoveRows(QModelIndex(), row, row)
        del self.rows[row]
        self.endRemoveRows()
        self.edited.emit()

    @guarded(0)
    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    @guarded(0)
    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 2

    @guarded()
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.FontRole:
            return monospace_font()
        problem = self.problems()[index.row()] if index.column() == 0 else ""
        if problem and role == Qt.ItemDataRole.ForegroundRole:
            return theme().tokens.danger
        if problem and role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return plain_tooltip(problem)
        return None

    @guarded(False)
    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = list(self.rows[index.row()])
        if role != Qt.ItemDataRole.EditRole or row[index.column()] == str(value):
            return False
        row[index.column()] = str(value)
        self.rows[index.row()] = (row[0], row[1])
        self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, 1))  # a name may free another's
        self.edited.emit()
        return True

    @guarded()
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("Name"), tr("Value"))[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    @guarded(Qt.ItemFlag.NoItemFlags)
    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable


class _LiveEditor(QStyledItemDelegate):
    """Hands over what is typed at once, so that it is checked, and can be applied, without leaving the cell."""

    @guarded()
    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setProperty("role", "cell")
        editor.setFont(monospace_font())
        editor.textEdited.connect(lambda: self.commitData.emit(editor))
        return editor

    @guarded()
    def setEditorData(self, editor: QWidget, index: Index) -> None:
        text = str(index.data(Qt.ItemDataRole.EditRole))
        if isinstance(editor, QLineEdit) and editor.text() != text:  # else the cursor would jump to the end
            editor.setText(text)

    @guarded()
    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(option.rect)  # the whole cell, its padding too


class EnvironmentEditor(QWidget):
    """The table with its buttons. ``edited`` is emitted after every change to the rows."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = VariablesModel(self)
        self.model.edited.connect(self.edited)
        self.table = self._make_table()
        self.add_button = QPushButton(icon("add"), tr("Add variable"))
        self.add_button.setAutoDefault(False)
        self.add_button.clicked.connect(self._add)
        self.remove_button = QPushButton(icon("trash"), tr("Remove"))
        self.remove_button.setAutoDefault(False)
        set_tooltip(self.remove_button, tr("Remove the selected variable (Delete)"))
        self.remove_button.clicked.connect(self._remove)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._remove)
        self.setFocusProxy(self.table)
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        buttons.addWidget(self.add_button)
        buttons.addWidget(self.remove_button)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addWidget(self.table)
        layout.addLayout(buttons)
        self._update_buttons()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        table.setItemDelegate(_LiveEditor(table))
        table.setAccessibleName(tr("Environment variables"))
        table.setProperty("role", "field")
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setHighlightSections(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setFixedHeight(_ROW_HEIGHT * (_VISIBLE_ROWS + 1))
        table.selectionModel().selectionChanged.connect(self._update_buttons)
        self.model.modelReset.connect(self._update_buttons)
        return table

    def _add(self) -> None:
        index = self.model.add()
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index)
        self.table.edit(index)

    def _remove(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self.model.remove(index.row())
            self._update_buttons()

    def _update_buttons(self) -> None:
        self.remove_button.setEnabled(self.table.selectionModel().hasSelection())
