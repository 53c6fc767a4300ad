"""Waiting for results to appear in storage, for many attempts with few requests."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter, defaultdict

from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.storage_layout import AttemptKeys, attempts_prefix
from helios_gui.adapters.remote.worker_responses import RESULT_LIMIT, read_result
from helios_gui.translation import tr
from helios_gui.types import ArtifactNotFoundError, AttemptResult, CredentialsError, FailureKind, StorageError

logger = logging.getLogger(__name__)

_ASKED_ONE_BY_ONE = 10
"""Waiting attempts of a job up to which each is asked for; more are looked up in one listing."""
_GROWTH = 1.3
_SLOWEST = 10
"""Times the first interval that looks may come to be apart."""


class ResultWatch:
    """Looks for results, first every ``interval`` seconds and then more and more rarely."""

    def __init__(self, link: ReconnectingStorage, interval: float) -> None:
        self._link = link
        self._interval = interval
        self._waiting: Counter[str] = Counter()
        self._listings: dict[str, tuple[float, frozenset[str]]] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def wait(self, place: AttemptKeys, until: float) -> AttemptResult | None:
        """Return the attempt's result once it is there; ``None`` if it is not ``until`` then (the loop's time).

        What may pass is waited for, and raised only when the time is up. Raises ``StorageError``.
        """
        loop = asyncio.get_running_loop()
        interval = self._interval
        self._waiting[place.job_id] += 1
        try:
            while True:
                last = loop.time() >= until
                result = await self._read_if_there(place, last=last)
                if result is not None or last:
                    return result
                pause = min(interval * random.uniform(0.8, 1.2), max(0.0, until - loop.time()))
                await asyncio.sleep(pause)
                interval = min(interval * _GROWTH, self._interval * _SLOWEST)
        finally:
            self._waiting[place.job_id] -= 1

    async def read(self, place: AttemptKeys) -> AttemptResult | None:
        """Return the attempt's result if it is there now. Raises ``StorageError``."""
        try:
            data = await self._link.storage.read(place.result, limit=RESULT_LIMIT)
        except ArtifactNotFoundError:
            return None
        result = read_result(data)
        if result is None:
            raise StorageError(
                tr("{result} in storage is not a result this version can read.", result=place.result),
                tr("Deploy the worker of this version."),
                kind=FailureKind.FATAL,
            )
        return result

    async def _read_if_there(self, place: AttemptKeys, *, last: bool) -> AttemptResult | None:
        try:
            if self._waiting[place.job_id] > _ASKED_ONE_BY_ONE and not await self._is_listed(place):
                return None
            return await self.read(place)
        except CredentialsError:
            raise
        except StorageError as error:
            if last or error.kind is FailureKind.FATAL:
                raise
            logger.info("Looking for %s failed, and is tried again: %s", place.result, error)
            return None

    async def _is_listed(self, place: AttemptKeys) -> bool:
        """Return whether the result was there in a listing that all who wait at this time share."""
        loop = asyncio.get_running_loop()
        job_id = place.job_id
        async with self._locks[job_id]:
            listed_at, keys = self._listings.get(job_id, (-1e9, frozenset()))
            if place.result not in keys and loop.time() - listed_at > self._interval / 2:
                found = await self._link.storage.list(attempts_prefix(job_id))
                keys = frozenset(item.key for item in found if item.key.endswith("/result.json"))
                self._listings[job_id] = (loop.time(), keys)
        return place.result in keys

    def forget(self, job_id: str) -> None:
        """Forget a job for whose results nothing waits any more."""
        self._listings.pop(job_id, None)
        self._locks.pop(job_id, None)
        self._waiting.pop(job_id, None)
