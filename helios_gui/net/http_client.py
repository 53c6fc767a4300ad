"""The one way this program talks HTTP: httpx clients whose connections are aiohttp's.

httpx's own connection pool takes time quadratic in the number of open connections; aiohttp's does not. No cookies are
kept, redirects are followed only where a caller asks for it, and nothing is sent twice.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import aiohttp
import aiohttp.abc
import httpx
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from helios_gui import __version__, product
from helios_gui.net.proxies import proxy_for
from helios_gui.net.scrub import quieten_loggers
from helios_gui.translation import tr

__all__ = ["NEVER_SENT", "ResponseTooLongError", "describe_transport_error", "make_client", "ssl_context"]

NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
"""Errors after which the service cannot have received the request. After any other it may have."""

_IDLE_BEFORE_PROBE = 60
_PROBE_INTERVAL = 30
"""Seconds. NAT gateways forget connections on which nothing was said for 350 s."""
_KEEPALIVE = 20.0
"""Seconds an unused connection is kept: less than services keep theirs, as one closed there loses a request."""
_CLOSE_LIMIT = 0.5
"""Seconds a connection has to close by itself."""
_BLOCK = 256 * 1024

_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # what is stored comes as it is; nothing unpacks to more than memory holds
    "User-Agent": f"{product.PACKAGE}/{__version__}",
}


class ResponseTooLongError(httpx.TransportError):
    """The body of a response is longer than the request's ``limit`` extension allows."""


def make_client(
    url: str, *, auth: httpx.Auth | None = None, connections: int = 0, addresses: Sequence[str] = ()
) -> httpx.AsyncClient:
    """Return a client for the service at ``url``, for one event loop; call ``aclose`` when done.

    A request may set ``extensions={"limit": BYTES}``: a longer response body raises ``ResponseTooLongError``. Bodies
    are never decompressed. The first call reads certificates, which takes a while.

    Args:
        url: Decides which proxy is used, if any.
        auth: Signs each request.
        connections: Most connections open at a time; 0 for no bound.
        addresses: The only IP addresses to connect to, whatever the host's name stands for; no proxy is used then.
    """
    quieten_loggers()
    client = _Client(
        auth=auth,
        transport=_Transport(None if addresses else proxy_for(url), connections, addresses),
        headers=_HEADERS,
        trust_env=False,  # the proxy is chosen above; .netrc must not add passwords
    )
    del client.headers["Connection"]  # keep-alive is HTTP/1.1's default
    return client


@functools.cache
def ssl_context() -> ssl.SSLContext:
    """Return what HTTPS connections trust: certifi's certificates, or those ``SSL_CERT_FILE`` or ``_DIR`` name."""
    return httpx.create_ssl_context()


def describe_transport_error(error: httpx.TransportError) -> str:
    """Return the reason in words that may be shown. The error's own may hold addresses that are secrets."""
    if isinstance(error, NEVER_SENT):
        return tr("there is no connection")
    if isinstance(error, ResponseTooLongError):
        return tr("the answer is longer than any that belongs there")
    if isinstance(error, httpx.TimeoutException):
        return tr("no answer came in time")
    return tr("the connection was lost")


class _NoCookies(httpx.Cookies):
    """No cookie is kept: looking for some takes a tenth of the time of a request."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave them."""


class _Client(httpx.AsyncClient):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._no_cookies = _NoCookies()

    @property
    def cookies(self) -> httpx.Cookies:
        """The cookies that are sent: none."""
        return self._no_cookies

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        raise TypeError(f"{type(self).__name__} keeps no cookies")


class _Transport(AiohttpTransport):
    """aiohttp's connections for httpx.

    It replaces how httpx-aiohttp sends a request, for three reasons. That one reports connections lost after sending
    as ``ConnectTimeout``, and a request that may be rendering must not be taken for one never sent. It rewrites
    escapes in URLs, which breaks signatures. It passes proxy passwords in a way that aiohttp deprecates.
    """

    def __init__(self, proxy: str | None, connections: int, addresses: Sequence[str] = ()) -> None:
        super().__init__(verify=ssl_context(), client=self._make_session)
        self._proxy_url = proxy
        self._connections = connections
        self._addresses = addresses
        self._session: aiohttp.ClientSession | None = None
        self._sockets: WeakSet[socket.socket] = WeakSet()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send ``request``. Raises ``httpx.TransportError``."""
        if self._session is None:  # it belongs to a running loop
            self._session = self.client = self._make_session()
        try:
            body: bytes | httpx.AsyncByteStream | None = request.content or None
        except httpx.RequestNotRead:
            assert isinstance(request.stream, httpx.AsyncByteStream)
            body = request.stream
        timeout: Mapping[str, float | None] = request.extensions["timeout"]
        try:
            response = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=[(name.decode("ascii"), value.decode("ascii")) for name, value in request.headers.raw],
                data=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None,
                    connect=timeout["pool"],
                    sock_connect=timeout["connect"],
                    sock_read=timeout["read"],
                ),
                proxy=self._proxy_url,
            )
        except (aiohttp.ClientError, OSError) as error:  # TimeoutError is an OSError
            raise _as_httpx_error(error) from error
        return httpx.Response(
            response.status,
            # Without its encoding, httpx hands the body on as it is.
            headers=[pair for pair in response.raw_headers if pair[0].lower() != b"content-encoding"],
            stream=_ResponseBody(response, request.extensions.get("limit")),
        )

    async def aclose(self) -> None:
        """Close the connections, also those whose other end does not take what is still to be sent."""
        if self._session is None:
            return
        await self._session.close()
        if not await self._are_closed():
            for connection in self._sockets:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            await self._are_closed()

    async def _are_closed(self) -> bool:
        """Return whether all connections are closed, within a moment: asyncio closes sockets after it was told to."""
        deadline = time.monotonic() + _CLOSE_LIMIT
        while any(connection.fileno() != -1 for connection in self._sockets):
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.005)
        return True

    def _make_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._connections,
            keepalive_timeout=_KEEPALIVE,
            socket_factory=self._make_socket,
            ssl=self.ssl_context,
            resolver=_FixedResolver(self._addresses) if self._addresses else None,
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)

    def _make_socket(self, address: tuple[object, ...]) -> socket.socket:
        made = _keepalive_socket(address)
        self._sockets.add(made)
        return made


class _FixedResolver(aiohttp.abc.AbstractResolver):
    """Says that every name stands for these addresses, which were looked up and judged before."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        """Return the addresses in the form that aiohttp expects."""
        return [
            aiohttp.abc.ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Do nothing: nothing is open."""


class _ResponseBody(httpx.AsyncByteStream):
    """The body of a response as it comes, of ``limit`` bytes at most."""

    def __init__(self, response: aiohttp.ClientResponse, limit: int | None) -> None:
        self._response = response
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received, limit = 0, self._limit
        if limit is not None and (self._response.content_length or 0) > limit:
            raise ResponseTooLongError(tr("more than {limit} bytes", limit=limit))
        try:
            async for block in self._response.content.iter_chunked(_BLOCK):
                received += len(block)
                if limit is not None and received > limit:
                    raise ResponseTooLongError(tr("more than {limit} bytes", limit=limit))
                yield block
        except (aiohttp.ClientError, OSError) as error:
            raise _as_httpx_error(error) from error

    async def aclose(self) -> None:
        """Release the connection, which is used again if the body was read to its end."""
        self._response.release()
        try:
            await self._response.wait_for_close()
        except (aiohttp.ClientError, OSError) as error:
            raise _as_httpx_error(error) from error


def _as_httpx_error(error: Exception) -> httpx.TransportError:
    """Return what httpx calls an error of aiohttp."""
    kinds: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
        (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
        (aiohttp.ClientHttpProxyError, httpx.ProxyError),
        (aiohttp.ClientProxyConnectionError, httpx.ProxyError),
        (aiohttp.ClientConnectorError, httpx.ConnectError),
        (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
        (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
        (TimeoutError, httpx.ReadTimeout),
        (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
        (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    )
    kind = next((ours for theirs, ours in kinds if isinstance(error, theirs)), httpx.ReadError)
    return kind(str(error))


def _keepalive_socket(address: tuple[object, ...]) -> socket.socket:
    family, kind, protocol = address[0], address[1], address[2]
    made = socket.socket(family, kind, protocol)  # type: ignore[arg-type]
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    idle = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))  # the latter on macOS
    for option, value in ((idle, _IDLE_BEFORE_PROBE), (getattr(socket, "TCP_KEEPINTVL", None), _PROBE_INTERVAL)):
        if option is not None:
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made
