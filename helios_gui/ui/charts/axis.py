"""Round numbers for the lines of a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence

_ROUND = (1, 2, 2.5, 5, 10)
_ROUND_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)


def value_ticks(highest: float, lines: int) -> Sequence[float]:
    """Return round values from 0 to at least ``highest``, about as many as asked for."""
    if highest <= 0:
        return (0.0, 1.0)
    rough = highest / max(1, lines)
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in _ROUND if factor * power >= rough * (1 - 1e-9))
    return tuple(place * step for place in range(math.ceil(highest / step - 1e-9) + 1))


def time_ticks(length: float, lines: int) -> Sequence[float]:
    """Return round times in seconds from 0 to at most ``length``, not more than asked for."""
    rough = length / max(1, lines)
    if rough < 1:
        return [tick for tick in value_ticks(length, lines) if tick <= length]
    step = next((seconds for seconds in _ROUND_SECONDS if seconds >= rough), 86400 * math.ceil(rough / 86400))
    return tuple(float(place * step) for place in range(int(length / step) + 1))
