"""Keeps the colours of cells that do not stand for states."""

from __future__ import annotations

import time
from collections.abc import Sequence

from helios_gui.ui.chunks.cells import Cells
from helios_gui.ui.chunks.heat import AttemptFacts, Scale, scale_for
from helios_gui.ui.chunks.heat_mode import HeatMode


class Colouring:
    """What the cells of one grid are coloured by; ``scale`` is ``None`` while that are their states."""

    def __init__(self) -> None:
        self.mode = HeatMode.STATE
        self.facts = AttemptFacts()
        self.scale: Scale | None = None

    def colour(self, cells: Cells, job: Cells) -> None:
        """Colour all cells anew, on a scale for the whole job."""
        if self.mode is HeatMode.STATE:
            cells.heat, self.scale = None, None
            return
        now = time.time()
        self.scale = scale_for(self.mode, self.facts, list(job), now)
        cells.heat = self.scale.levels(cells, now)

    def colour_some(self, cells: Cells, indexes: Sequence[int]) -> None:
        """Colour a few cells that have changed, on the scale there is."""
        if self.scale is None or cells.heat is None:
            return
        levels = self.scale.levels((cells[index] for index in indexes), time.time())
        for index, level in zip(indexes, levels, strict=True):
            cells.heat[index] = level
