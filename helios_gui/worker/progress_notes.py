"""How far a render is, left in storage now and then for those who wait for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from helios_gui.types import FailureKind, StorageError
from helios_gui.worker.attempt_storage import Storages

logger = logging.getLogger(__name__)

_SHARE = 0.05
"""Of the time a render has taken so far: long ones are told of more rarely, as each note costs a request."""
_LAST_NOTE = 1.0
"""Seconds a note that is on its way may hold up the end of a render."""


@asynccontextmanager
async def progress_notes(
    storages: Storages, url: str | None, line: Callable[[], str], interval: float
) -> AsyncIterator[None]:
    """Keep the object at ``url`` what ``line()`` says while the block runs, at most every ``interval`` seconds.

    The first note comes after an interval: renders that are shorter cost no request. Nothing is left for ``url``
    ``None`` or an interval of 0, and notes are never worth a failure.
    """
    if url is None or interval <= 0:
        yield
        return
    telling = asyncio.create_task(_upload_notes(storages, url, line, interval))
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait({telling}, timeout=_LAST_NOTE)


async def _upload_notes(storages: Storages, url: str, line: Callable[[], str], interval: float) -> None:
    storage, key = storages.locate(url)
    loop = asyncio.get_running_loop()
    begun, told = loop.time(), ""
    while True:
        await asyncio.sleep(max(interval, (loop.time() - begun) * _SHARE))
        said = line()
        if said == told:
            continue
        try:
            await storage.upload(key, said.encode("utf-8", "replace"))
            told = said
        except StorageError as error:
            logger.info("The progress of %s cannot be told: %s", key, error)
            if error.kind in (FailureKind.BLOCKED, FailureKind.FATAL):
                return
