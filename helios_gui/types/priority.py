"""How urgent a job is."""

from __future__ import annotations

from enum import StrEnum


class Priority(StrEnum):
    """How urgent a job is. Of the jobs that wait for workers of a profile, the most urgent ones get them first."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"

    @property
    def rank(self) -> int:
        """-1 for high, 0 for normal, 1 for low: the order in which jobs start."""
        return _RANKS[self]


_RANKS = {priority: rank for rank, priority in enumerate(Priority, -1)}
