"""Where each cell of the chunk grid is: pure geometry, no widgets.

All lengths are logical pixels; sizes are snapped to whole device pixels so that edges stay crisp at any
device pixel ratio. Cells are numbered from 0, row by row.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
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
    """Colour alone, with a hairline between cells; words come from the tooltip, the legend and the description."""


class GridMove(Enum):
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
    CellSize(208, 132, 8, Density.LARGE),
    CellSize(144, 92, 8, Density.LARGE),
    CellSize(96, 64, 8, Density.LARGE),
    CellSize(56, 40, 6, Density.LARGE),
    CellSize(46, 32, 5, Density.LARGE),
    CellSize(28, 28, 4, Density.MEDIUM),
    CellSize(24, 24, 3, Density.MEDIUM),
    CellSize(20, 20, 3, Density.MEDIUM),
    CellSize(18, 18, 2, Density.MEDIUM),
    CellSize(16, 16, 2, Density.MEDIUM),
    CellSize(12, 12, 2, Density.MEDIUM),
    CellSize(9, 9, 1, Density.DENSE),
    CellSize(7, 7, 1, Density.DENSE),
    CellSize(5, 5, 1, Density.DENSE),
    CellSize(3, 3, 0, Density.DENSE),
)
_LARGEST = 2
"""The level that cells are not larger than unless somebody zooms in."""

_LEAST_PICTURE = 90
"""Pixels of width."""

FARTHEST = len(_SIZES) - 1
"""The level with the smallest cells; 0 is the one with the largest."""


def _smallest_width(count: int) -> float:
    """Return the width of a cell below which a grid of ``count`` cells rather scrolls."""
    if count <= 60:
        return 24
    if count <= 300:
        return 16
    return 12 if count <= 1500 else 9


@dataclass(frozen=True, slots=True)
class GridLayout:
    """The arrangement of ``count`` cells; ``level`` tells how far away they are looked at from, 0 to ``FARTHEST``."""

    count: int
    size: CellSize
    columns: int
    level: int = _LARGEST

    @property
    def density(self) -> Density:
        """How much a cell can show."""
        return self.size.density

    @property
    def shows_pictures(self) -> bool:
        """Whether cells are large enough for a picture of what was rendered."""
        return self.size.width >= _LEAST_PICTURE

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
        """Return left and top of a cell, from the top of the content."""
        row, column = divmod(index, self.columns)
        return MARGIN + column * self.pitch_x, MARGIN + row * self.pitch_y

    def index_at(self, x: float, y: float) -> int:
        """Return the cell under a point of the content, or -1 (margins, gaps wider than a hairline, past the last)."""
        column, in_column = divmod(x - MARGIN, self.pitch_x)
        row, in_row = divmod(y - MARGIN, self.pitch_y)
        if not (0 <= column < self.columns and row >= 0):
            return -1
        if self.density is not Density.DENSE and (in_column >= self.size.width or in_row >= self.size.height):
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

    def ranges_in(self, left: float, top: float, right: float, bottom: float) -> Iterator[tuple[int, int]]:
        """Yield the first and last cells of each row that a rectangle of the content touches."""
        columns = self.columns_between(left, right)
        if not columns:
            return
        for row in self.rows_between(top, bottom):
            first = row * self.columns + columns.start
            if first < self.count:
                yield first, min(row * self.columns + columns.stop, self.count) - 1

    def step(self, index: int, move: GridMove, page_height: float) -> int:
        """Return where a key leads from ``index``: never out of the grid; -1 only when it is empty."""
        if not self.count:
            return -1
        page = max(1, int(page_height / self.pitch_y) - 1) * self.columns
        steps = {
            GridMove.LEFT: -1,
            GridMove.RIGHT: 1,
            GridMove.UP: -self.columns,
            GridMove.DOWN: self.columns,
            GridMove.PAGE_UP: -page,
            GridMove.PAGE_DOWN: page,
            GridMove.HOME: -self.count,
            GridMove.END: self.count,
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


def arrange_cells(
    count: int, width: float, height: float, pixel_ratio: float = 1.0, level: int | None = None
) -> GridLayout:
    """Return the layout with the largest cells that fit ``width`` × ``height`` without scrolling.

    Where none fits, the smallest size that suits the count is taken and the grid scrolls. A ``level`` that a person
    chose is taken whether it fits or not.
    """
    if level is not None:
        return _layout_at(level, count, width, pixel_ratio)
    smallest = _smallest_width(count)
    layout = _layout_at(_LARGEST, count, width, pixel_ratio)
    for candidate in range(_LARGEST + 1, len(_SIZES)):
        if layout.content_height <= height or _SIZES[candidate].width < smallest:
            break
        layout = _layout_at(candidate, count, width, pixel_ratio)
    return layout


def _layout_at(level: int, count: int, width: float, pixel_ratio: float) -> GridLayout:
    cell = _snapped(_SIZES[level], pixel_ratio)
    columns = max(1, int((width - 2 * MARGIN + cell.gap) / (cell.width + cell.gap)))
    return GridLayout(count, cell, columns, level)
