"""What requests to workers have in common: they may take long, and none is sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx

from helios_gui.adapters.remote.worker_responses import RESULT_LIMIT

_CONNECT_TIMEOUT = 15.0


async def ask_once(
    client: httpx.AsyncClient, method: str, url: httpx.URL | str, longest: float, **request: Any
) -> httpx.Response:
    """Send a request to a worker, once.

    Args:
        client: The connections to it.
        method: The method of HTTP.
        url: Where to.
        longest: Seconds until the whole answer has to be there, once there is a connection: one that comes byte by byte
            is none, either.
        request: What else ``httpx.AsyncClient.request`` takes.

    Raises:
        httpx.TransportError: There is no answer; ``ResponseTooLongError`` for one that is longer than any of a worker.
        StorageError: There is nothing to sign in with.
    """
    timeout = httpx.Timeout(None, connect=_CONNECT_TIMEOUT, read=longest)
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT + longest):
            return await client.request(method, url, timeout=timeout, extensions={"limit": RESULT_LIMIT}, **request)
    except TimeoutError:
        raise httpx.ReadTimeout("") from None


def retry_after(headers: Mapping[str, str]) -> float:
    """Return seconds the service asks to wait; 0 if it does not, or names a date."""
    try:
        return max(0.0, float(headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0
