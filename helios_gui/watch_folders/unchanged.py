"""Telling what has stayed the same for a while, by comparing one look with the next."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

_K = TypeVar("_K", bound=Hashable)
_S = TypeVar("_S")


class Unchanged(Generic[_K, _S]):
    """Remembers things as they were at the last look, and since when. What is gone is forgotten.

    Looks are compared rather than times of files with a clock: that of a network drive may be another.

    Args:
        quiet: Seconds for which something has to stay the same.
        clock: Returns seconds.
    """

    def __init__(self, quiet: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._quiet = quiet
        self._clock = clock
        self._seen: dict[_K, tuple[_S, float]] = {}

    def scan(self, states: Mapping[_K, _S]) -> set[_K]:
        """Take how things are now, and return those that have stayed the same for long enough."""
        now, before = self._clock(), self._seen
        self._seen = {}
        for key, state in states.items():
            known, since = before.get(key, (state, now))
            self._seen[key] = state, since if known == state else now
        return {key for key, (_, since) in self._seen.items() if now - since >= self._quiet}
