"""Progress of work that is done in stages."""

from __future__ import annotations

import math
from collections.abc import Callable

Stage = Callable[[float], None]
"""Tell a stage's own progress, 0 to 1."""


class Progress:
    """Tells a listener fractions of 0 to 1 that never fall; 1 only when ``done``."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._told = -1.0
        self._planned = 0.0

    def stage(self, end: float) -> Stage:
        """Begin a stage that reaches up to ``end`` of the whole."""
        start, self._planned = self._planned, end
        return lambda fraction: self._report(start + (end - start) * min(1.0, max(0.0, fraction)))

    def done(self) -> None:
        """Report that all work is done."""
        self._report(1.0)

    def _report(self, fraction: float) -> None:
        if fraction > self._told:
            self._told = fraction
            self._tell(fraction)


def frame_listener(stage: Stage, frames: int) -> Callable[[int], None]:
    """Return a listener for counts of frames out of ``frames``."""
    return lambda count: stage(count / frames if frames else math.inf)
