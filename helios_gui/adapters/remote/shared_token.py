"""A token that the worker knows, too."""

from __future__ import annotations

import asyncio

from helios_gui.net.bearer import BearerAuth
from helios_gui.net.scrub import quieten_loggers
from helios_gui.net.secret_reference import SecretReference
from helios_gui.translation import tr
from helios_gui.types import CredentialsError


class SharedTokenAuth(BearerAuth):
    """The token that a reference leads to, read once, when first needed; for one event loop."""

    def __init__(self, reference: str) -> None:
        quieten_loggers()
        self._reference = reference
        self._token = ""
        self._lock = asyncio.Lock()

    async def token(self, refused: str = "") -> str:
        """Return the token; there is no other, whoever ``refused`` it.

        Raises ``CredentialsError`` where the reference leads nowhere.
        """
        async with self._lock:
            if not self._token:
                self._token = await asyncio.to_thread(self._read)
            return self._token

    def _read(self) -> str:
        reference = SecretReference.parse(self._reference)
        if reference is None:
            raise CredentialsError(
                tr("The reference to the worker's token is none."), tr("Write env:NAME or keyring:SERVICE/ACCOUNT.")
            )
        return reference.read()
