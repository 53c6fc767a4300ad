"""The choice of what cells are coloured by."""

from __future__ import annotations

from enum import StrEnum


class HeatMode(StrEnum):
    """What the colour of a cell stands for."""

    STATE = "state"
    DURATION = "duration"
    ATTEMPTS = "attempts"
    COST = "cost"
    WORKER = "worker"

    @property
    def needs_attempts(self) -> bool:
        """Whether statuses of chunks do not say it."""
        return self in (HeatMode.COST, HeatMode.WORKER)
