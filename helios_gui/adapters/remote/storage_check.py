"""**Test connection**: looks at all that a profile needs, changes nothing, says what to do about what is amiss."""

from __future__ import annotations

from collections.abc import AsyncIterator

from helios_gui.adapters.remote.reconnecting_storage import NOTHING, StorageLink
from helios_gui.storage import StorageSettings
from helios_gui.types import CheckLine, HeliosError, StorageError


async def check_storage(url: str, settings: StorageSettings) -> AsyncIterator[CheckLine]:
    """Whether the storage can be reached, listed and read. Writing is shown only by rendering something."""
    try:
        link = StorageLink(url, settings)
    except HeliosError as error:
        yield CheckLine.of_error("Storage", error)
        return
    try:
        await link.storage.list(NOTHING)
        await link.storage.head(NOTHING)
    except StorageError as error:
        yield CheckLine.of_error("Storage", error)
    else:
        yield CheckLine("Storage", True, f"{link.url} can be listed and read.")
    finally:
        await link.close()
