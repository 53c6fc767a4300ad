"""What a run will come to, from what its finished frames have cost."""

from __future__ import annotations


class SpendMeter:
    """Counts one run of a job; what it cost before is no measure of what is left."""

    def __init__(self) -> None:
        self._cost = 0.0
        self._frames = 0

    def spend(self, amount: float, frames: int) -> None:
        """An attempt has cost so much (US dollars) and finished so many frames: none, if it failed."""
        self._cost += amount
        self._frames += frames

    def expected(self, frames_left: float) -> float | None:
        """What so many more frames will cost; ``None`` before a first chunk is finished, and where nothing costs."""
        return self._cost / self._frames * frames_left if self._frames and self._cost else None
