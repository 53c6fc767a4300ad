"""The scale of the timeline: seconds to pixels and back, and where its ticks are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
"""Seconds between two ticks: what people divide time into."""

MOST_PIXELS = 4_000_000
"""Width of everything at the closest zoom; positions in widgets are 32-bit."""


@dataclass(frozen=True, slots=True)
class Axis:
    """``zoom`` 1 shows all of ``length`` seconds in ``width`` pixels; ``offset`` is how far the widget is scrolled."""

    length: float
    width: int
    zoom: float = 1.0
    offset: int = 0

    @property
    def scale(self) -> float:
        """Pixels per second."""
        return self.width * self.zoom / max(self.length, 1e-3)

    @property
    def most_zoom(self) -> float:
        """How close one can look: ten pixels for a hundredth of a second, within what widgets can place."""
        return max(1.0, min(1000 * self.length / max(1, self.width), MOST_PIXELS / max(1, self.width)))

    def x(self, seconds: float) -> float:
        """Return the pixel of a moment."""
        return seconds * self.scale - self.offset

    def seconds(self, x: float) -> float:
        """Return the moment of a pixel."""
        return (x + self.offset) / self.scale

    def ticks(self, least_pixels: int) -> Iterator[float]:
        """Yield the moments of the ticks that are visible, at least ``least_pixels`` apart."""
        step = self._step(least_pixels)
        number = int(self.seconds(0) // step)
        while number * step <= self.seconds(self.width):
            yield number * step
            number += 1

    def has_tenths(self, least_pixels: int) -> bool:
        """Return whether such ticks are less than a second apart."""
        return self._step(least_pixels) < 1

    def _step(self, least_pixels: int) -> float:
        step = next((step for step in _STEPS if step * self.scale >= least_pixels), None)
        if step is None:
            days = -(-least_pixels // max(1, int(_STEPS[-1] * self.scale)))
            step = float(_STEPS[-1] * days)
        return step
