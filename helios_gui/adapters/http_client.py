"""The HTTP client that invokes workers: hundreds of long requests at once, none of them sent twice."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

_CONNECT_TIMEOUT = 15.0
_IDLE_BEFORE_PROBE = 60
_PROBE_INTERVAL = 30
"""Seconds. NAT gateways forget connections on which nothing was said for 350 s."""
_KEPT = 20.0
"""Seconds an unused connection is kept: less than services keep theirs, as one closed there loses a request."""


class _NoCookies(httpx.Cookies):
    """Keeps none. Looking for them is a sixth of what a request costs, and services that render set none."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Nothing is looked for."""


class _Client(httpx.AsyncClient):
    @property  # type: ignore[misc]  # nobody sets them
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES


_NO_COOKIES = _NoCookies()


def make_client(url: str, auth: httpx.Auth) -> httpx.AsyncClient:
    """A client for the service at ``url``. It follows no redirects and repeats nothing by itself.

    On httpx' own transport, 500 open requests cost ten seconds of looking through its pool.
    """
    transport = AiohttpTransport(client=_session, proxy=_proxy_for(url))
    return _Client(auth=auth, timeout=patience(30.0), transport=transport, trust_env=False)


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


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT, socket_factory=_keepalive_socket)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def _keepalive_socket(address: tuple[object, ...]) -> socket.socket:
    family, kind, protocol = address[0], address[1], address[2]
    made = socket.socket(family, kind, protocol)  # type: ignore[arg-type]
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    idle = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))  # the latter on macOS
    for option, value in ((idle, _IDLE_BEFORE_PROBE), (getattr(socket, "TCP_KEEPINTVL", None), _PROBE_INTERVAL)):
        if option is not None:
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made


def _proxy_for(url: str) -> httpx.Proxy | None:
    """The proxy this machine is set up to use for ``url``."""
    parsed = httpx.URL(url)
    found = getproxies().get(parsed.scheme)
    return httpx.Proxy(found) if found and not proxy_bypass(parsed.host) else None
