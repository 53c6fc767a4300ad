"""What cells may be coloured by instead of their states: how long, how often, for how much, by which worker. No Qt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from helios_gui.types import Attempt, ChunkStatus
from helios_gui.ui.chunks.heat_mode import HeatMode
from helios_gui.ui.timeline.bars import Bars

LEVELS = 16
"""Steps of a scale; a byte of ``Cells.heat`` is one of them, or ``NO_VALUE``."""

NO_VALUE = 0x70

WORKER_COLOURS = 12
"""Workers that are told apart; further ones begin again with the first colour."""

_SAMPLE = 4000
"""Values that the ends of a scale are found from: of more chunks, every n-th."""

_CUT = 0.02
"""The share of values at each end that the scale leaves out, so that one straggler does not make all others equal."""


@dataclass(frozen=True, slots=True)
class AttemptFacts:
    """What attempts tell of chunks, by the chunks' ids.

    ``costs`` are US dollars of all attempts at the chunk; ``workers`` the number, from 0, of what rendered the last
    one. The first numbers are those of ``worker_names``; where no name is known, the rows of the timeline follow.
    """

    costs: Mapping[int, float] = field(default_factory=dict)
    workers: Mapping[int, int] = field(default_factory=dict)
    worker_names: tuple[str, ...] = ()


def attempt_facts(attempts: Sequence[Attempt], price: Callable[[str, float], float]) -> AttemptFacts:
    """Return what attempts tell of their chunks. ``price`` is asked for each profile and number of seconds."""
    costs: dict[int, float] = {}
    for attempt in attempts:
        amount = price(attempt.profile, attempt.seconds or 0.0)
        costs[attempt.chunk_id] = costs.get(attempt.chunk_id, 0.0) + amount
    names = _worker_names(attempts)
    numbers = {name: number for number, name in enumerate(names)}
    rows = {bar.attempt.id: bar.row for bar in Bars([attempt for attempt in attempts if not attempt.worker])}
    last = {attempt.chunk_id: attempt for attempt in sorted(attempts, key=lambda attempt: attempt.number)}
    workers = {
        chunk_id: numbers[attempt.worker] if attempt.worker else len(names) + rows[attempt.id]
        for chunk_id, attempt in last.items()
    }
    return AttemptFacts(costs, workers, names)


def _worker_names(attempts: Iterable[Attempt]) -> tuple[str, ...]:
    """Return the names of workers, those that differ in a number by it."""
    names = {attempt.worker for attempt in attempts if attempt.worker}
    return tuple(sorted(names, key=lambda name: re.sub(r"\d+", lambda digits: digits[0].zfill(9), name)))


@dataclass(frozen=True, slots=True)
class Scale:
    """Puts values on levels. ``low`` and ``high`` are the values of the first and the last level."""

    mode: HeatMode
    facts: AttemptFacts
    low: float = 0.0
    high: float = 0.0

    def value(self, chunk: ChunkStatus, now: float) -> float | None:
        """Return what a chunk is coloured by; ``None`` while there is nothing to say of it."""
        match self.mode:
            case HeatMode.DURATION:
                return chunk.duration(now)
            case HeatMode.ATTEMPTS:
                return chunk.attempts or None
            case HeatMode.COST:
                return self.facts.costs.get(chunk.id)
            case HeatMode.WORKER:
                return self.facts.workers.get(chunk.id)
            case HeatMode.STATE:
                return None

    def levels(self, chunks: Iterable[ChunkStatus], now: float) -> bytearray:
        """Return the byte of each chunk for ``Cells.heat``."""
        values = (self.value(chunk, now) for chunk in chunks)
        if self.mode is HeatMode.WORKER:
            return bytearray(NO_VALUE if value is None else int(value) % WORKER_COLOURS for value in values)
        low, share = self.low, (LEVELS - 1) / (self.high - self.low) if self.high > self.low else 0.0
        return bytearray(
            NO_VALUE if value is None else min(LEVELS - 1, max(0, round((value - low) * share))) for value in values
        )


def scale_for(mode: HeatMode, facts: AttemptFacts, chunks: Sequence[ChunkStatus], now: float) -> Scale:
    """Return the scale for the chunks of a job."""
    plain = Scale(mode, facts)
    every = max(1, len(chunks) // _SAMPLE)
    if mode is HeatMode.ATTEMPTS:  # whole numbers, of which the few large ones matter
        return Scale(mode, facts, 1, max((chunk.attempts for chunk in chunks), default=1))
    values = sorted(value for chunk in chunks[::every] if (value := plain.value(chunk, now)) is not None)
    if not values:
        return plain
    last = len(values) - 1
    low, high = values[round(last * _CUT)], values[round(last * (1 - _CUT))]
    if low == high:
        low, high = values[0], values[-1]
    return Scale(mode, facts, low, high)
