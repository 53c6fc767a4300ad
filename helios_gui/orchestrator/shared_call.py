"""One blocking call for all who ask for its result at about the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class SharedCall(Generic[_T]):
    """Calls a function in a thread, once for many callers: each gets the result of a call that began after it asked."""

    def __init__(self, function: Callable[[], _T]) -> None:
        self._function = function
        self._lock = asyncio.Lock()
        self._begun = 0
        self._last: tuple[int, _T] | None = None
        """The number of the last call that came to its end, and its result."""

    async def result(self) -> _T:
        """Return what the function returns now."""
        asked = self._begun
        async with self._lock:
            if self._last is None or self._last[0] <= asked:
                self._begun += 1
                self._last = self._begun, await asyncio.to_thread(self._function)
            return self._last[1]
