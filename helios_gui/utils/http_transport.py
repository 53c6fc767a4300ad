"""httpx clients for services: over aiohttp's connections, and without what httpx does for the sake of browsers.

httpx' own pool looks through all that is open and waits at every step: five hundred requests at once cost it ten
seconds and more. Redirects, cookies and hooks, which no service of ours has, cost half of each request.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from typing import Any
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

import aiohttp
import httpx
from multidict import CIMultiDict
from yarl import URL

from helios_gui import __version__, product

_IDLE_BEFORE_PROBE = 60
_PROBE_INTERVAL = 30
"""Seconds. NAT gateways forget connections on which nothing was said for 350 s."""
_KEPT = 20.0
"""Seconds an unused connection is kept: less than services keep theirs, as one closed there loses a request."""
_FAREWELL = 0.5
"""Seconds a connection has to close by itself."""
_BLOCK = 256 * 1024

USUAL_HEADERS = {"Accept": "*/*", "User-Agent": f"{product.PACKAGE}/{__version__}"}


Body = bytes | AsyncIterable[bytes] | None


def make_client(url: str, auth: httpx.Auth, timeout: httpx.Timeout) -> httpx.AsyncClient:
    """A client for the service at ``url``, for one event loop. It follows no redirects and keeps no cookies."""
    return _Client(auth, timeout, Transport(url))


class _Client(httpx.AsyncClient):
    """Sends a request as ``auth`` has it, and that is all."""

    def __init__(self, auth: httpx.Auth, timeout: httpx.Timeout, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__(timeout=timeout, transport=transport, trust_env=False)
        self._signer = auth
        self._sender = transport

    def build_request(self, method: str, url: httpx.URL | str, **options: Any) -> httpx.Request:
        """As httpx has it, of absolute addresses only."""
        chosen = {name: option for name, option in options.items() if option is not None}
        timeout = chosen.pop("timeout", httpx.USE_CLIENT_DEFAULT)
        timeout = self.timeout if timeout is httpx.USE_CLIENT_DEFAULT else httpx.Timeout(timeout)
        headers = {**USUAL_HEADERS, **chosen.pop("headers", {})}
        return httpx.Request(method, url, headers=headers, extensions={"timeout": timeout.as_dict()}, **chosen)

    async def send(self, request: httpx.Request, *, stream: bool = False, **options: Any) -> httpx.Response:
        """As httpx has it; ``options`` make no difference."""
        if self.is_closed:
            raise RuntimeError("The client is closed.")
        response = await self._send_signed(request)
        if not stream:
            try:
                await response.aread()
            finally:
                await response.aclose()
        return response

    async def _send_signed(self, request: httpx.Request) -> httpx.Response:
        async with aclosing(self._signer.async_auth_flow(request)) as flow:
            response = await self._sender.handle_async_request(await anext(flow))
            while True:
                try:
                    following = await flow.asend(response)
                except StopAsyncIteration:
                    return response
                except BaseException:
                    await response.aclose()
                    raise
                await response.aclose()
                response = await self._sender.handle_async_request(following)


class Transport(httpx.AsyncBaseTransport):
    """httpx' requests and answers over an aiohttp session, for one event loop. The first one reads
    certificates, which takes a while.

    ``url`` is the service's, and decides on a proxy. ``connections`` bounds those that are open at a time; 0 sets no
    bound.
    """

    def __init__(self, url: str, connections: int = 0) -> None:
        self._connections = connections
        self._proxy = _proxy_for(url)
        self._certificates = certificates()
        self._session: aiohttp.ClientSession | None = None
        self._sockets: WeakSet[socket.socket] = WeakSet()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx. Raises ``httpx.TransportError``."""
        body = _body_of(request)
        headers = CIMultiDict((name.decode("ascii"), value.decode("utf-8")) for name, value in request.headers.raw)
        timeout = httpx.Timeout(**request.extensions["timeout"])
        response = await self.open(request.method, str(request.url), headers, body, timeout)
        response.request = request
        return response

    async def open(
        self, method: str, url: str, headers: Mapping[str, str], body: Body, timeout: httpx.Timeout
    ) -> httpx.Response:
        """Send a request to that address, which is complete and escaped; the answer, its body not read yet.

        A body that is not bytes needs a length in the headers. Raises ``httpx.TransportError``.
        """
        with _transport_errors():
            response = await self._send(method, url, headers, body, timeout)
        return httpx.Response(response.status, headers=response.raw_headers, stream=_Stream(response))

    async def fetch(
        self, method: str, url: str, headers: Mapping[str, str], body: Body, timeout: httpx.Timeout
    ) -> httpx.Response:
        """As ``open``, with the answer's body."""
        with _transport_errors():
            async with await self._send(method, url, headers, body, timeout) as response:
                content = await response.read()
        return httpx.Response(response.status, headers=response.raw_headers, content=content)

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
        """Whether all connections are, now or in a moment: asyncio closes them some time after it was told to."""
        patience = time.monotonic() + _FAREWELL
        while any(connection.fileno() != -1 for connection in self._sockets):
            if time.monotonic() > patience:
                return False
            await asyncio.sleep(0.005)
        return True

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: Body, timeout: httpx.Timeout
    ) -> aiohttp.ClientResponse:
        if self._session is None:  # it belongs to a running loop
            self._session = self._make_session()
        return await self._session.request(
            method,
            URL(url, encoded=True),
            headers=headers,
            data=body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(None, timeout.pool, timeout.read, timeout.connect),
            **self._proxy,
        )

    def _make_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._connections,
            keepalive_timeout=_KEPT,
            socket_factory=self._make_socket,
            ssl=self._certificates,
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)

    def _make_socket(self, address: tuple[object, ...]) -> socket.socket:
        made = _keepalive_socket(address)
        self._sockets.add(made)
        return made


@functools.cache
def certificates() -> ssl.SSLContext:
    """Those that come with us, not what this system may have; unless its environment names others."""
    return httpx.create_ssl_context()


class _Stream(httpx.AsyncByteStream):
    """The body of an answer."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _transport_errors():
            async for block in self._response.content.iter_chunked(_BLOCK):
                yield block

    async def aclose(self) -> None:
        """Let go of the connection, which is used again if the body was read to its end."""
        self._response.release()
        with _transport_errors():
            await self._response.wait_for_close()


def _body_of(request: httpx.Request) -> Body:
    try:
        return request.content or None
    except httpx.RequestNotRead:
        request.headers.pop("Transfer-Encoding", None)  # aiohttp sets it itself
        assert isinstance(request.stream, httpx.AsyncByteStream)
        return request.stream


@contextmanager
def _transport_errors() -> Iterator[None]:
    """Turns aiohttp's errors into httpx', each with its cause."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        raise next(ours for theirs, ours in _ERRORS if isinstance(error, theirs))(str(error)) from error


_ERRORS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (TimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientProxyConnectionError, httpx.ProxyError),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (Exception, httpx.ReadError),
)
"""The first that fits counts."""


def _keepalive_socket(address: tuple[object, ...]) -> socket.socket:
    family, kind, protocol = address[0], address[1], address[2]
    made = socket.socket(family, kind, protocol)  # type: ignore[arg-type]
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    idle = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))  # the latter on macOS
    for option, value in ((idle, _IDLE_BEFORE_PROBE), (getattr(socket, "TCP_KEEPINTVL", None), _PROBE_INTERVAL)):
        if option is not None:
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made


def _proxy_for(url: str) -> dict[str, Any]:
    """The proxy this machine is set up to use for ``url``, as aiohttp wants to be told."""
    parsed = httpx.URL(url)
    found = getproxies().get(parsed.scheme)
    if not found or proxy_bypass(parsed.host):
        return {}
    proxy = httpx.Proxy(found)
    auth = aiohttp.BasicAuth(*proxy.auth) if proxy.auth else None
    return {"proxy": str(proxy.url), "proxy_auth": auth}
