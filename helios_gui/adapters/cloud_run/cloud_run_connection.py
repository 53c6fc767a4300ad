"""Connections to one Cloud Run service, with tokens that show who calls."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from yarl import URL

from helios_gui.adapters.remote.invocation_timeouts import patience
from helios_gui.adapters.remote.worker_responses import RESULT_LIMIT
from helios_gui.net.bearer import TokenSource, send_with_token
from helios_gui.net.http_client import Answer, Body, Transport

_ORDER = {"Content-Type": "application/json"}


class CloudRunLine:
    """For one event loop; ``close`` it. Requests raise ``HttpError``, and ``StorageError`` where there is no token."""

    def __init__(self, url: str, tokens: TokenSource) -> None:
        self._url = str(URL(url))  # as it is written on the wire, where the host's name has letters of its own
        self._tokens = tokens
        self._transport = Transport(self._url)

    async def post(self, document: bytes, read: float) -> Answer:
        """Send JSON once, and wait ``read`` seconds for the answer at most."""
        return await self._ask("POST", "/", _ORDER, document, read)

    async def get(self, path: str, read: float) -> Answer:
        """Ask for what is at ``path``, and wait ``read`` seconds for the answer at most."""
        return await self._ask("GET", path, {}, None, read)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], body: Body, read: float) -> Answer:
        send = partial(self._transport.fetch, method, f"{self._url}{path}")
        return await send_with_token(
            self._tokens, headers, lambda signed: send(signed, body, patience(read), RESULT_LIMIT)
        )
