"""The sheet of keyboard shortcuts, made from the actions in the menus and beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QMenuBar,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helios_gui.translation import tr
from helios_gui.ui.job.view import JobView
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import resize_on_screen

_Rows: TypeAlias = list[tuple[str, str]]
"""What can be done, and the keys for it."""

_COLUMNS = 2


class ShortcutsSheet(QDialog):
    """What the menus and the parts of the window have shortcuts for; show it with ``open()``."""

    def __init__(self, bar: QMenuBar, view: JobView, parent: QWidget) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        inside = QWidget(self)
        columns = QHBoxLayout(inside)
        columns.setContentsMargins(0, 0, 2 * SPACE, 0)
        columns.setSpacing(5 * SPACE)
        grids = [_add_column(columns) for _ in range(_COLUMNS)]
        filled = [0] * _COLUMNS
        for heading, rows in _groups(bar, view):
            if rows:
                shortest = filled.index(min(filled))
                filled[shortest] = _add_group(grids[shortest], filled[shortest], heading, rows)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        area = self._make_area(inside)
        layout.addWidget(area)
        layout.addWidget(buttons)
        resize_on_screen(
            self, self.sizeHint() - area.sizeHint() + QSize(area.minimumWidth(), inside.sizeHint().height())
        )

    def _make_area(self, inside: QWidget) -> QScrollArea:
        """Return an area for the columns, which scrolls where the screen is too small for all of them."""
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setMinimumWidth(inside.sizeHint().width() + area.verticalScrollBar().sizeHint().width())
        area.setAccessibleName(self.windowTitle())  # it can have the keyboard, to be scrolled
        return area


def _add_column(columns: QHBoxLayout) -> QGridLayout:
    column = QVBoxLayout()
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * SPACE)
    grid.setVerticalSpacing(SPACE // 4)
    column.addLayout(grid)
    column.addStretch()
    columns.addLayout(column)
    return grid


def _add_group(grid: QGridLayout, row: int, heading: str, rows: _Rows) -> int:
    """Add a heading and its rows below ``row``; return the row below them."""
    if row:
        grid.setRowMinimumHeight(row, 2 * SPACE)
        row += 1
    title = PlainLabel(heading)
    title.setProperty("role", "section")
    grid.addWidget(title, row, 0, 1, 2)
    for number, (text, keys) in enumerate(rows, row + 1):
        shortcut = PlainLabel(keys)
        shortcut.setAccessibleName(f"{text}: {keys}")
        grid.addWidget(PlainLabel(text), number, 0)
        grid.addWidget(shortcut, number, 1)
    return row + len(rows) + 1


def _groups(bar: QMenuBar, view: JobView) -> Iterator[tuple[str, _Rows]]:
    for action in bar.actions():
        menu = action.menu()
        if isinstance(menu, QMenu):
            yield _plain(action.text()), _shortcuts_of(menu)
    yield tr("Chunks"), _shortcuts_of(view.grid)
    yield tr("Log"), _shortcuts_of(view.log)
    key = Qt.Key
    yield (
        tr("Preview"),
        [
            (tr("Play or pause"), _keys(key.Key_Space)),
            (tr("A frame back, forward"), _keys(key.Key_Left, key.Key_Right)),
            (tr("A second back, forward"), _keys(key.Key_PageUp, key.Key_PageDown)),
            (tr("First, last frame"), _keys(key.Key_Home, key.Key_End)),
            (tr("Previous, next seam"), _keys(key.Key_Up, key.Key_Down)),
            (tr("Look at the seam"), _keys(key.Key_S)),
            (tr("Loop"), _keys(key.Key_L)),
            (tr("Mute"), _keys(key.Key_M)),
        ],
    )
    yield (
        tr("Timeline"),
        [
            (tr("Attempt before, after"), _keys(key.Key_Left, key.Key_Right)),
            (tr("Show its log"), _keys(key.Key_Return)),
            (tr("Zoom in, out, show all"), _keys(key.Key_Plus, key.Key_Minus, key.Key_0)),
        ],
    )


def _shortcuts_of(widget: QWidget) -> _Rows:
    """Return the shortcuts of a widget's actions, those in menus of a menu too."""
    rows: _Rows = []
    for action in widget.actions():
        if not action.isVisible():
            continue
        menu = action.menu()
        if isinstance(menu, QMenu):
            rows += _shortcuts_of(menu)
        elif keys := action.shortcut().toString(QKeySequence.SequenceFormat.NativeText):
            rows.append((_plain(action.text()), keys))
    return rows


def _keys(*keys: Qt.Key) -> str:
    return "  ".join(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) for key in keys)


def _plain(text: str) -> str:
    return text.replace("&", "").removesuffix("…").rstrip()
