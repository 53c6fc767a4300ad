"""What there is in the queue, counted as jobs change: to look at ten thousand of them for each event takes too long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from helios_gui.types import JobSummary


class QueueCounts:
    """Counts jobs.

    Attributes:
        jobs: How many there are.
        at_work: How many use workers or the stitcher now.
        busy: Those that are not at rest, by their ids.
    """

    def __init__(self) -> None:
        self.jobs = 0
        self.at_work = 0
        self.busy: dict[str, JobSummary] = {}
        self._profiles: Counter[str] = Counter()

    @property
    def profiles(self) -> Collection[str]:
        """The names of the profiles that jobs have."""
        return self._profiles.keys()

    def change(self, before: JobSummary | None, after: JobSummary | None) -> None:
        """Count a job that was added (``before`` is ``None``), has changed, or was removed (``after`` is ``None``)."""
        if before is not None:
            self.jobs -= 1
            self.at_work -= before.is_at_work
            self.busy.pop(before.id, None)
            self._profiles[before.profile] -= 1
            if not self._profiles[before.profile]:
                del self._profiles[before.profile]
        if after is not None:
            self.jobs += 1
            self.at_work += after.is_at_work
            self._profiles[after.profile] += 1
            if not after.is_at_rest:
                self.busy[after.id] = after
