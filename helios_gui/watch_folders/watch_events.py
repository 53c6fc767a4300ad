"""What a watched folder tells people."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class WatchEvent(StrEnum):
    """What can happen: a job was added, waits for a person or is done; a file or its job failed; trouble.

    ``MORE``: frames of a sequence landed after a job was made of it.
    """

    ADDED = "added"
    WAITS = "waits"
    FAILED = "failed"
    DONE = "done"
    MORE = "more"
    TROUBLE = "trouble"

    @property
    def needs_somebody(self) -> bool:
        """Whether it is something that a person has to know."""
        return self not in (WatchEvent.ADDED, WatchEvent.DONE)


Tell = Callable[[WatchEvent, str], None]
"""Is called on the event loop with what has happened, and the sentence about it."""
