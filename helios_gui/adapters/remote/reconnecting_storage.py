"""The storage of a profile, opened anew after its credentials turned out to be bad."""

from __future__ import annotations

import asyncio

from helios_gui.storage import StorageSettings, open_storage, parse_url
from helios_gui.types import ArtifactStorage

NOTHING = "helios-connection-test/nothing"
"""A key under which nothing ever lies."""
_MOMENT = 1.0
"""Seconds in which everybody else who used the refused one comes to know it, too."""


class ReconnectingStorage:
    """Opens the storage when it is first needed. Raises ``UserInputError`` for what is not a storage URL.

    Storages keep credentials as they found them. One whose credentials were refused is put away, so that the next
    use finds those a person has renewed meanwhile.
    """

    def __init__(self, url: str, settings: StorageSettings) -> None:
        self.url = parse_url(url).url
        self._settings = settings
        self._current: ArtifactStorage | None = None
        self._opened_at = 0.0
        self._put_away: list[ArtifactStorage] = []

    @property
    def storage(self) -> ArtifactStorage:
        """The storage to use now; do not keep it."""
        if self._current is None:
            self._current = open_storage(self.url, self._settings)
            self._opened_at = asyncio.get_running_loop().time()
        return self._current

    def renew(self) -> None:
        """Open another one the next time, as its credentials were refused; unless this one is a moment old."""
        if self._current is not None and asyncio.get_running_loop().time() - self._opened_at > _MOMENT:
            self._put_away.append(self._current)
            self._current = None

    async def reopen(self) -> None:
        """Open it anew and see that it can be listed; from now on that one is used. Raises ``StorageError``."""
        opened = open_storage(self.url, self._settings)
        try:
            await opened.list(NOTHING)
        except BaseException:
            await opened.close()
            raise
        if self._current is not None:
            self._put_away.append(self._current)
        self._current, self._opened_at = opened, asyncio.get_running_loop().time()

    async def close(self) -> None:
        """Close all of them."""
        storages = [*self._put_away, self._current]
        self._put_away, self._current = [], None
        for storage in storages:
            if storage is not None:
                await storage.close()
