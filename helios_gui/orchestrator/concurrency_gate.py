"""Who gets the next free worker: the most urgent job, and of several such the first one in the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

Place = Callable[[], int | None]
"""Tells a job's place in the line at that moment, the first is the smallest; ``None`` when it wants no slot."""


class ConcurrencyGate:
    """A bounded number of slots, handed to the waiter whose job stands first in the line at that moment."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.in_use = 0
        self._narrowed: int | None = None
        self._waiters: list[tuple[Place, asyncio.Future[bool]]] = []

    async def acquire(self, place: Place) -> bool:
        """Wait for a slot; ``False`` if ``place`` says that none is wanted any more."""
        if self.in_use < self._allowed and not self._waiters:
            self.in_use += 1
            return True
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiters.append((place, turn))
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.result():
                self.release()
            else:
                self._waiters = [waiter for waiter in self._waiters if waiter[1] is not turn]
            raise

    def release(self) -> None:
        """Give a slot back. Who asks for one in the same step of the event loop takes part in its handing out."""
        self.in_use -= 1
        if not self.in_use and not self._waiters:
            self._narrowed = None
        if self._waiters:
            asyncio.get_running_loop().call_soon(self._hand_out)

    def narrow(self) -> None:
        """Hand out one slot less than are in use now, but one at least, until none is wanted any more."""
        self._narrowed = max(1, min(self._allowed, self.in_use) - 1)

    @property
    def _allowed(self) -> int:
        return self.capacity if self._narrowed is None else min(self.capacity, self._narrowed)

    def resize(self, capacity: int) -> None:
        """Change the number of slots; what is in use beyond it runs to its end."""
        self.capacity = capacity
        self._hand_out()

    def review(self) -> None:
        """Send away those who want no slot any more."""
        staying = []
        for place, turn in self._waiters:
            if place() is not None:
                staying.append((place, turn))
            elif not turn.done():
                turn.set_result(False)
        self._waiters = staying

    def _hand_out(self) -> None:
        if self._waiters and self.in_use < self._allowed:
            self.review()
        while self._waiters and self.in_use < self._allowed:
            first = min(range(len(self._waiters)), key=lambda index: self._waiters[index][0]() or 0)
            _, turn = self._waiters.pop(first)
            if not turn.done():
                self.in_use += 1
                turn.set_result(True)
