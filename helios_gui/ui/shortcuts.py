"""The sheet of keyboard shortcuts, made from the actions in the menus."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QHBoxLayout, QMenu, QMenuBar, QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.plain_label import PlainLabel

_MOST_ROWS = 16
"""Rows of a column before the next menu begins another."""


class ShortcutsSheet(QDialog):
    """What each menu has shortcuts for; show it with ``open()``."""

    def __init__(self, bar: QMenuBar, parent: QWidget) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        columns = QHBoxLayout()
        columns.setSpacing(5 * SPACE)
        grid, row = _add_column(columns), 0
        for action in bar.actions():
            menu = action.menu()
            rows = list(_shortcuts_of(menu)) if isinstance(menu, QMenu) else []
            if not rows:
                continue
            if row and row + len(rows) + 2 > _MOST_ROWS:
                grid, row = _add_column(columns), 0
            if row:
                grid.setRowMinimumHeight(row, 2 * SPACE)  # between two menus
                row += 1
            heading = PlainLabel(_plain(action.text()))
            heading.setProperty("role", "section")
            grid.addWidget(heading, row, 0, 1, 2)
            for number, (text, keys) in enumerate(rows, row + 1):
                name = PlainLabel(text)
                shortcut = PlainLabel(keys)
                shortcut.setAccessibleName(f"{text}: {keys}")
                grid.addWidget(name, number, 0)
                grid.addWidget(shortcut, number, 1)
            row += len(rows) + 1
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(columns)
        layout.addWidget(buttons)


def _add_column(columns: QHBoxLayout) -> QGridLayout:
    column = QVBoxLayout()
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * SPACE)
    grid.setVerticalSpacing(SPACE // 2)
    column.addLayout(grid)
    column.addStretch()
    columns.addLayout(column)
    return grid


def _shortcuts_of(menu: QMenu) -> Iterator[tuple[str, str]]:
    for action in menu.actions():
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        if keys and action.isVisible():
            yield _plain(action.text()), keys


def _plain(text: str) -> str:
    return text.replace("&", "").removesuffix("…").rstrip()
