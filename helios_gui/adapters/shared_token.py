"""Signs httpx requests with a token that the worker knows, too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator

import httpx

from helios_gui.types import CredentialsError
from helios_gui.utils.scrub import quieten_loggers
from helios_gui.utils.secret_reference import SecretReference


class SharedToken(httpx.Auth):
    """Adds ``Authorization: Bearer …`` with what a reference leads to, read once, when first needed.

    For one event loop. Requests raise ``CredentialsError`` where the reference leads nowhere.
    """

    def __init__(self, reference: str) -> None:
        quieten_loggers()
        self._reference = reference
        self._token = ""
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """The token."""
        async with self._lock:
            if not self._token:
                self._token = await asyncio.to_thread(self._read)
            return self._token

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Not for blocking clients: a keyring may wait for a person."""
        raise RuntimeError("SharedToken is for asynchronous clients only")

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """httpx' hook."""
        request.headers["Authorization"] = f"Bearer {await self.token()}"
        yield request

    def _read(self) -> str:
        reference = SecretReference.parse(self._reference)
        if reference is None:
            raise CredentialsError(
                "The reference to the worker's token is none.", "Write env:NAME or keyring:SERVICE/ACCOUNT."
            )
        return reference.read()
