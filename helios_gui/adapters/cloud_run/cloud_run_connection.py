"""Connections to one Cloud Run service, with tokens that show who calls."""

from __future__ import annotations

import httpx

from helios_gui.adapters.remote.invocation_timeouts import ask_once
from helios_gui.net.http_client import make_client
from helios_gui.translation import tr
from helios_gui.types import UserInputError

_JSON = {"Content-Type": "application/json"}


class CloudRunConnection:
    """Requests to one service, for one event loop; call ``close`` when done.

    Requests raise ``httpx.TransportError``, and ``StorageError`` where there is no token. Raises ``UserInputError``
    for a URL that is none.
    """

    def __init__(self, url: str, auth: httpx.Auth | None) -> None:
        try:
            self._url = str(httpx.URL(url)).rstrip("/")  # with the host's name as it is on the wire
        except httpx.InvalidURL:
            raise UserInputError(
                tr("The service's URL is not one."),
                tr("It looks like https://worker-abc.a.run.app or http://10.0.0.5:8080."),
            ) from None
        self._invoke_url = httpx.URL(f"{self._url}/")
        self._client = make_client(self._url, auth=auth)

    async def post(self, document: bytes, read: float) -> httpx.Response:
        """Send JSON once, and wait ``read`` seconds for the response at most."""
        return await ask_once(self._client, "POST", self._invoke_url, read, content=document, headers=_JSON)

    async def get(self, path: str, read: float) -> httpx.Response:
        """Get what is at ``path``, and wait ``read`` seconds for the response at most."""
        return await ask_once(self._client, "GET", f"{self._url}{path}", read)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
