"""Which cells are selected and where the keyboard is, by the rules every list follows. No Qt here."""

from __future__ import annotations

from helios_gui.ui.chunks.cells import Cells


class Selection:
    """The selection over ``cells``. ``current`` is the cell keys start from, -1 for none."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.current = -1
        self._anchor = -1

    def pick(self, index: int) -> None:
        """Select this cell alone: a plain click or key."""
        self.cells.select_all(selected=False)
        self.cells.select_range(index, index)
        self.current = self._anchor = index

    def toggle(self, index: int) -> None:
        """Add this cell or take it out: Ctrl+click."""
        self.cells.select_range(index, index, selected=not self.cells.is_selected(index))
        self.current = self._anchor = index

    def extend(self, index: int) -> None:
        """Select from where the selection began to this cell: Shift+click or Shift+arrow."""
        start = self._anchor if self._anchor >= 0 else index
        self.cells.select_all(selected=False)
        self.cells.select_range(start, index)
        self.current, self._anchor = index, start

    def place(self, index: int, anchor: int) -> None:
        """Let the keyboard go on from a cell; what it extends begins at ``anchor``."""
        self.current, self._anchor = index, anchor

    def everything(self) -> None:
        """Select all cells; the current one stays, or becomes the first."""
        self.cells.select_all()
        if self.current < 0 and len(self.cells):
            self.current = self._anchor = 0

    def nothing(self) -> None:
        """Select no cell; the current one stays."""
        self.cells.select_all(selected=False)
