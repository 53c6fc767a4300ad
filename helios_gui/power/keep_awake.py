"""Ask the system not to fall asleep while something is rendered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum

from helios_gui.power.inhibitors import NotInhibitedError, hold_inhibitor


class Wakefulness(StrEnum):
    """What the system was asked, and answered."""

    NOT_ASKED = "not-asked"
    AGREED = "agreed"
    REFUSED = "refused"


class KeepAwake:
    """Holds the system's promise not to fall asleep by itself, as long as it is wanted.

    The display may turn off, and a person may still send the computer to sleep.

    Args:
        changed: Is called on the event loop after the system answered.
    """

    def __init__(self, changed: Callable[[], None] = lambda: None) -> None:
        self._changed = changed
        self._promise = AsyncExitStack()
        self._wanted = self._closed = False
        self._requesting: asyncio.Task[None] | None = None
        self.wakefulness = Wakefulness.NOT_ASKED

    def set_active(self, awake: bool) -> None:
        """Say whether the computer has to stay awake. Call it as often as you like, on the running event loop."""
        self._wanted = awake and not self._closed
        if self._requesting is None and self._wanted != self._is_asked:
            self._requesting = asyncio.get_running_loop().create_task(self._request_inhibition(), name="keep-awake")
            self._requesting.add_done_callback(self._request_ended)

    async def close(self) -> None:
        """Give the promise back; it is not asked for again, though who hears of that may still want it."""
        self._closed = True
        self.set_active(False)
        if self._requesting is not None:
            await self._requesting

    @property
    def _is_asked(self) -> bool:
        return self.wakefulness is not Wakefulness.NOT_ASKED

    async def _request_inhibition(self) -> None:
        while self._wanted != self._is_asked:
            if self._wanted:
                self.wakefulness = await self._hold()
            else:
                await self._promise.aclose()
                self.wakefulness = Wakefulness.NOT_ASKED
            self._changed()

    def _request_ended(self, task: asyncio.Task[None]) -> None:
        self._requesting = None

    async def _hold(self) -> Wakefulness:
        try:
            await self._promise.enter_async_context(hold_inhibitor())
        except NotInhibitedError:
            return Wakefulness.REFUSED
        return Wakefulness.AGREED


@asynccontextmanager
async def stay_awake() -> AsyncIterator[None]:
    """Ask the system not to fall asleep within the context."""
    keeper = KeepAwake()
    keeper.set_active(True)
    try:
        yield
    finally:
        await keeper.close()
