"""Workers that were asked to stop, followed until they have, or until their time is up."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Collection

from helios_gui.adapters.remote.attempt_registry import AttemptRegistry, Execution
from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.result_watch import ResultWatch
from helios_gui.types import CredentialsError, StorageError, UnconfirmedStops

logger = logging.getLogger(__name__)

_PAUSE = 10.0
"""Seconds until storage that could not be asked is asked again."""


class PendingCancellations:
    """A ``PendingStop`` of the ``executions`` of one job.

    An attempt that is being cancelled hears by itself of its worker's end for a ``grace`` (seconds); then its worker
    is looked after here. ``at_end`` is awaited when none can go on any more.
    """

    def __init__(
        self,
        executions: Collection[Execution],
        registry: AttemptRegistry,
        watch: ResultWatch,
        link: ReconnectingStorage,
        grace: float,
        at_end: Callable[[], Awaitable[None]],
    ) -> None:
        self._executions = executions
        self._registry = registry
        self._watch = watch
        self._link = link
        self._grace = grace
        self._at_end = at_end

    def unconfirmed(self) -> UnconfirmedStops:
        """See ``PendingStop``."""
        return _report([execution for execution in self._executions if not execution.over.is_set()])

    async def follow(self, on_change: Callable[[], None]) -> UnconfirmedStops:
        """See ``PendingStop``."""
        async with asyncio.TaskGroup() as group:
            tasks = [(execution, group.create_task(self._follow(execution))) for execution in self._executions]
            for _, task in tasks:
                task.add_done_callback(lambda _: on_change())
        await self._at_end()
        return _report([execution for execution, task in tasks if not task.result()])

    async def _follow(self, execution: Execution) -> bool:
        """Return whether the worker has confirmed its end."""
        left = execution.until - asyncio.get_running_loop().time()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(execution.over.wait(), min(left, self._grace) if execution.known else left)
        confirmed = execution.over.is_set() or (execution.known and await self._look_after(execution))
        self._registry.end(execution.place)
        return confirmed

    async def _look_after(self, execution: Execution) -> bool:
        """See that the worker is asked to stop, and wait for its result."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                if not self._registry.is_cancelled(execution.place):
                    await self._link.storage.upload(execution.place.cancel, b"", create_only=True)
                    self._registry.cancel(execution.place)
                return await self._watch.wait(execution.place, execution.until) is not None
            except StorageError as error:
                logger.info("Whether %s has stopped cannot be seen: %s", execution.place.name, error)
                if isinstance(error, CredentialsError):
                    self._link.renew()
            left = execution.until - loop.time()
            if left <= 0:
                return False
            await asyncio.sleep(min(_PAUSE, left))


def _report(executions: Collection[Execution]) -> UnconfirmedStops:
    known = [execution for execution in executions if execution.known]
    if not known:
        return UnconfirmedStops()
    left = max(execution.until for execution in known) - asyncio.get_running_loop().time()
    return UnconfirmedStops(len(known), time.time() + left, max(execution.limit for execution in known))
