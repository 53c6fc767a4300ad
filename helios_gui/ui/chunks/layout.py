"""Where each cell of the chunk grid is: pure geometry, no widgets.

All lengths are logical pixels; sizes are snapped to whole device pixels so that edges stay crisp at any
device pixel ratio. Cells are numbered from 0, row by row.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum, auto

MARGIN = 8


class Density(Enum):
    """How much a cell can show."""

    LARGE = auto()
    """Number, glyph and partial fill."""
    MEDIUM = auto()
    """Partial fill, and a glyph where it fits."""
    DENSE = auto()
    """Colour alone, no spacing; words come from the tooltip, the legend and the accessible description."""


class Move(Enum):
    """A step of the keyboard through the grid."""

    LEFT = auto()
    RIGHT = auto()
    UP = auto()
    DOWN = auto()
    PAGE_UP = auto()
    PAGE_DOWN = auto()
    HOME = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class CellSize:
    """One of the sizes cells come in: width, height and the gap between neighbours."""

    width: float
    height: float
    gap: float
    density: Density


_SIZES = (
    CellSize(56, 40, 6, Density.LARGE),
    CellSize(46, 32, 5, Density.LARGE),
    CellSize(28, 28, 4, Density.MEDIUM),
    CellSize(24, 24, 3, Density.MEDIUM),
    CellSize(20, 20, 3, Density.MEDIUM),
    CellSize(18, 18, 2, Density.MEDIUM),
    CellSize(16, 16, 2, Density.MEDIUM),
    CellSize(12, 12, 2, Density.MEDIUM),
    CellSize(10, 10, 0, Density.DENSE),
    CellSize(8, 8, 0, Density.DENSE),
    CellSize(7, 7, 0, Density.DENSE),
    CellSize(6, 6, 0, Density.DENSE),
)


def _smallest_width(count: int) -> float:
    """Below this a grid of ``count`` cells rather scrolls: few chunks never shrink to dots."""
    if count <= 60:
        return 24
    if count <= 300:
        return 16
    return 12 if count <= 1500 else 6


@dataclass(frozen=True, slots=True)
class GridLayout:
    """The arrangement of ``count`` cells in a viewport ``width`` wide."""

    count: int
    size: CellSize
    columns: int

    @property
    def density(self) -> Density:
        """How much a cell can show."""
        return self.size.density

    @property
    def rows(self) -> int:
        """Rows in all, the last one perhaps not full."""
        return math.ceil(self.count / self.columns)

    @property
    def pitch_x(self) -> float:
        """From one cell's left edge to the next one's."""
        return self.size.width + self.size.gap

    @property
    def pitch_y(self) -> float:
        """From one cell's top edge to the next one's."""
        return self.size.height + self.size.gap

    @property
    def content_height(self) -> int:
        """Height of everything including margins, rounded up."""
        if not self.count:
            return 0
        return math.ceil(self.rows * self.pitch_y - self.size.gap + 2 * MARGIN)

    def position(self, index: int) -> tuple[float, float]:
        """Left and top of a cell, from the top of the content."""
        row, column = divmod(index, self.columns)
        return MARGIN + column * self.pitch_x, MARGIN + row * self.pitch_y

    def index_at(self, x: float, y: float) -> int:
        """Return the cell under a point of the content, or -1 (margins, gaps, past the last)."""
        column, in_column = divmod(x - MARGIN, self.pitch_x)
        row, in_row = divmod(y - MARGIN, self.pitch_y)
        if not (0 <= column < self.columns and row >= 0):
            return -1
        if in_column >= self.size.width or in_row >= self.size.height:
            return -1
        index = int(row) * self.columns + int(column)
        return index if index < self.count else -1

    def rows_between(self, top: float, bottom: float) -> range:
        """Return the rows that overlap the range from ``top`` to ``bottom`` of the content."""
        first = max(0, math.floor((top - MARGIN) / self.pitch_y))
        last = min(self.rows, math.ceil((bottom - MARGIN) / self.pitch_y))
        return range(first, max(first, last))

    def columns_between(self, left: float, right: float) -> range:
        """Return the columns that overlap the range from ``left`` to ``right``."""
        first = max(0, math.floor((left - MARGIN) / self.pitch_x))
        last = min(self.columns, math.ceil((right - MARGIN) / self.pitch_x))
        return range(first, max(first, last))

    def step(self, index: int, move: Move, page_height: float) -> int:
        """Where a key leads from ``index``: never out of the grid; -1 only when it is empty."""
        if not self.count:
            return -1
        page = max(1, int(page_height / self.pitch_y) - 1) * self.columns
        steps = {
            Move.LEFT: -1,
            Move.RIGHT: 1,
            Move.UP: -self.columns,
            Move.DOWN: self.columns,
            Move.PAGE_UP: -page,
            Move.PAGE_DOWN: page,
            Move.HOME: -self.count,
            Move.END: self.count,
        }
        return self._target_index(index, steps[move])

    def _target_index(self, index: int, by: int) -> int:
        target = index + by
        if 0 <= target < self.count:
            return target
        if abs(by) == self.columns:  # one row up from the first or down from the last full one
            in_last_row = index // self.columns == self.rows - 1
            return index if by < 0 or in_last_row else self.count - 1
        return 0 if by < 0 else self.count - 1


def _snapped(size: CellSize, pixel_ratio: float) -> CellSize:
    def snap(length: float) -> float:
        return round(length * pixel_ratio) / pixel_ratio

    return CellSize(snap(size.width), snap(size.height), snap(size.gap), size.density)


def arrange(count: int, width: float, height: float, pixel_ratio: float = 1.0) -> GridLayout:
    """Return the layout with the largest cells that fit ``width`` × ``height`` without scrolling.

    Where none fits, the smallest size that suits the count is taken and the grid scrolls.
    """
    smallest = _smallest_width(count)
    layout = GridLayout(0, _SIZES[0], 1)
    for size in _SIZES:
        if size.width < smallest:
            break
        cell = _snapped(size, pixel_ratio)
        columns = max(1, int((width - 2 * MARGIN + cell.gap) / (cell.width + cell.gap)))
        layout = GridLayout(count, cell, columns)
        if layout.content_height <= height:
            break
    return layout
