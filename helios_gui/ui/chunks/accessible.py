"""What assistive technology sees of the painted grid: a list with one item per chunk."""

from __future__ import annotations

import time
from functools import cache

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget

from helios_gui.ui.chunks.chunk_text import chunk_description, chunk_name
from helios_gui.ui.chunks.view import CellView
from helios_gui.ui.qt_runtime.guard import guarded


class GridAccessible(QAccessibleWidget):
    """The grid as a list. Items are made when asked for and live as long as the grid."""

    def __init__(self, grid: CellView) -> None:
        super().__init__(grid, QAccessible.Role.List)
        self._grid = grid
        self._items: dict[int, CellAccessible] = {}

    @guarded(0)
    def childCount(self) -> int:
        return len(self._grid.cells)

    @guarded()
    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        if not 0 <= index < len(self._grid.cells):
            return None
        if index not in self._items:
            self._items[index] = CellAccessible(self._grid, index)
        return self._items[index]

    @guarded(-1)
    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return child.index if isinstance(child, CellAccessible) else -1

    @guarded()
    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return self.child(self._grid.index_at(self._grid.viewport().mapFromGlobal(QPoint(x, y))))

    @guarded()
    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        return self.child(self._grid.selection.current) if self._grid.hasFocus() else None

    def forget(self) -> None:
        """Take the items out of Qt's registry, which would outlive the grid."""
        for item in self._items.values():
            QAccessible.deleteAccessibleInterface(QAccessible.uniqueId(item))
        self._items.clear()


class CellAccessible(QAccessibleInterface):
    """One chunk: its name says which it is and how it goes, its description how often and how long."""

    def __init__(self, grid: CellView, index: int) -> None:
        super().__init__()
        self._grid = grid
        self.index = index

    @guarded(False)
    def isValid(self) -> bool:
        return self.index < len(self._grid.cells)

    @guarded()
    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    @guarded()
    def window(self) -> QWindow | None:  # type: ignore[override]
        return self._grid.window().windowHandle()

    @guarded()
    def parent(self) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self._grid)

    @guarded()
    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    @guarded()
    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        return None

    @guarded(0)
    def childCount(self) -> int:
        return 0

    @guarded(-1)
    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return -1

    @guarded("")
    def text(self, kind: QAccessible.Text) -> str:
        if not self.isValid():
            return ""
        if kind is QAccessible.Text.Name:
            return chunk_name(self._grid.cells[self.index])
        if kind is QAccessible.Text.Description:
            facts = chunk_description(self._grid.cells[self.index], time.time()), self._grid.heat_words(self.index)
            return ", ".join(filter(None, facts))
        return ""

    @guarded()
    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Do nothing: chunks are not renamed."""

    @guarded(QRect())
    def rect(self) -> QRect:
        if not self.isValid():
            return QRect()
        cell = self._grid.visual_rect(self.index)
        return QRect(self._grid.viewport().mapToGlobal(cell.topLeft()), cell.size())

    @guarded(QAccessible.Role.ListItem)
    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    @guarded(QAccessible.State())
    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        if not self.isValid():
            state.invalid = True
            return state
        state.focusable = state.selectable = state.multiSelectable = True
        state.focused = self._grid.hasFocus() and self._grid.selection.current == self.index
        state.selected = self._grid.cells.is_selected(self.index)
        state.offscreen = not self._grid.viewport().rect().intersects(self._grid.visual_rect(self.index))
        return state


@cache
def install_factory() -> None:
    """Tell Qt, once per process, who speaks for chunk grids."""

    def make(_key: str, target: QObject) -> QAccessibleInterface | None:
        speak_for = getattr(target, "make_accessible", None)
        return speak_for() if speak_for is not None else None

    QAccessible.installFactory(make)


def announce(grid: CellView, kind: QAccessible.Event, index: int = -1) -> None:
    """Report that something happened to the cell ``index``, or the grid; costs nothing while nobody listens."""
    if QAccessible.isActive():
        event = QAccessibleEvent(grid, kind)
        event.setChild(index)
        QAccessible.updateAccessibility(event)
