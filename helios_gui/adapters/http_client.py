"""The HTTP client that invokes workers: hundreds of long requests at once, none of them sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import aiohttp
import httpx

from helios_gui.utils import http_transport

_CONNECT_TIMEOUT = 15.0


def make_client(url: str, auth: httpx.Auth) -> httpx.AsyncClient:
    """A client for the service at ``url``. It repeats nothing by itself."""
    return http_transport.make_client(url, auth, patience(30.0))


def patience(read: float) -> httpx.Timeout:
    """Time-outs of a request whose answer may come after ``read`` seconds of silence."""
    return httpx.Timeout(read, connect=_CONNECT_TIMEOUT, pool=None)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body was read up to a limit; ``cut`` says that there was more."""

    status: int
    headers: httpx.Headers
    body: bytes
    cut: bool = False


async def post(client: httpx.AsyncClient, url: httpx.URL, content: bytes, read: float, limit: int) -> Reply:
    """Post JSON, once, and take ``limit`` bytes of the answer at most. Raises ``httpx.TransportError``."""
    headers = {"Content-Type": "application/json"}
    async with client.stream("POST", url, content=content, headers=headers, timeout=patience(read)) as response:
        if int(response.headers.get("Content-Length", 0)) > limit:
            return Reply(response.status_code, response.headers, b"", cut=True)
        body, cut = bytearray(), False
        async for block in response.aiter_bytes():
            # To the end in any case: a stream left in the middle is closed by nobody in particular.
            cut = cut or len(body) + len(block) > limit
            if not cut:
                body += block
        return Reply(response.status_code, response.headers, bytes(body), cut)


def retry_after(headers: httpx.Headers) -> float:
    """Seconds the service asks to wait; 0 if it does not, or names a date."""
    try:
        return max(0.0, float(headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it."""
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__


def was_never_sent(error: httpx.TransportError) -> bool:
    """Whether the request cannot have reached anybody: there was no connection to send it on."""
    kinds = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.ClientProxyConnectionError)
    return any(isinstance(cause, kinds) for cause in causes(error)) or isinstance(error, httpx.UnsupportedProtocol)


def explain_transport(error: httpx.TransportError) -> str:
    """What happened to the connection, in words."""
    if was_never_sent(error):
        return "there is no connection"
    if isinstance(error, httpx.ReadTimeout):
        return "no answer came in time"
    return "the connection was lost"
