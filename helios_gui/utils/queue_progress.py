"""How far the whole queue is, and when it will be done."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from helios_gui.types import JobState, JobSummary
from helios_gui.utils.format import HOUR, MINUTE


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """The jobs that run or wait for their turn, and those that were completed since the queue was last idle.

    ``fraction`` is 0 to 1, weighed by frames; ``seconds_left`` is ``None`` while a speed is not known.
    """

    fraction: float
    seconds_left: float | None

    def done_at(self, now: float) -> float | None:
        """Return when all is done (seconds since the epoch), rounded up to what such an estimate is worth."""
        if self.seconds_left is None:
            return None
        step = MINUTE if self.seconds_left < HOUR / 2 else 5 * MINUTE
        return math.ceil((now + self.seconds_left) / step) * step


class QueueMeter:
    """Follows the queue from snapshot to snapshot, so that a completed job does not set the progress back."""

    def __init__(self) -> None:
        self._batch: set[str] = set()

    @property
    def counted(self) -> Collection[str]:
        """The ids of the jobs that were counted last."""
        return self._batch

    def measure(self, jobs: Sequence[JobSummary]) -> QueueProgress | None:
        """Return the progress over all jobs; ``None`` if none runs or waits for its turn.

        Jobs that are at rest may be left out, but for those that were ``counted`` last.
        """
        working = [job for job in jobs if job.state.is_active or job.in_line]
        if not working:
            self._batch.clear()
            return None
        self._batch.update(job.id for job in working)
        completed = [job for job in jobs if job.state is JobState.COMPLETED and job.id in self._batch]
        counted = [*working, *completed]
        self._batch = {job.id for job in counted}
        total = sum(job.frames_total for job in counted)
        done = sum(job.frames_done for job in counted)
        return QueueProgress(done / total if total else 0.0, _seconds_left(working))


def _seconds_left(jobs: Sequence[JobSummary]) -> float | None:
    """Return the seconds for the frames that are left, at their profile's present speed; the slowest profile counts."""
    left: dict[str, int] = defaultdict(int)
    speed: dict[str, float] = defaultdict(float)
    for job in jobs:
        left[job.profile] += job.frames_total - job.frames_done
        speed[job.profile] += job.frames_per_second or 0.0
    if any(frames and not speed[profile] for profile, frames in left.items()):
        return None
    return max((frames / speed[profile] for profile, frames in left.items() if frames), default=0.0)
