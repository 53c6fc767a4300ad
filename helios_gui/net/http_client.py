"""Requests to services over aiohttp's connections: each sent as it is, its errors in our words.

No redirects and no cookies, which no service of ours has, and nothing is sent twice.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from typing import Any
from weakref import WeakSet

import aiohttp
from yarl import URL

from helios_gui import __version__, product
from helios_gui.net.certificates import certificates
from helios_gui.net.proxies import proxy_for

_IDLE_BEFORE_PROBE = 60
_PROBE_INTERVAL = 30
"""Seconds. NAT gateways forget connections on which nothing was said for 350 s."""
_KEPT = 20.0
"""Seconds an unused connection is kept: less than services keep theirs, as one closed there loses a request."""
_FAREWELL = 0.5
"""Seconds a connection has to close by itself."""
_BLOCK = 256 * 1024

_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",  # what is stored comes as it is; nothing unpacks to more than memory holds
    "User-Agent": f"{product.PACKAGE}/{__version__}",
}

Body = bytes | AsyncIterable[bytes] | None


class HttpError(Exception):
    """A request without a whole answer. What it says may hold addresses that are secrets; ``words`` may be shown."""

    words = "the connection was lost"


class NeverSentError(HttpError):
    """The request cannot have reached anybody."""

    words = "there is no connection"


class SilenceError(HttpError):
    """Whoever has the request did not answer in time."""

    words = "no answer came in time"


class Answer:
    """What a service answered. ``content`` is the body, where that was read; ``cut`` says that there was more."""

    __slots__ = ("_response", "content", "cut", "headers", "status")

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        content: bytes = b"",
        *,
        cut: bool = False,
        response: aiohttp.ClientResponse | None = None,
    ) -> None:
        self.status = status
        self.headers = headers
        self.content = content
        self.cut = cut
        self._response = response

    @property
    def ok(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text; where there is none, what the status means."""
        with suppress(ValueError):  # a status nobody knows
            return self.content.decode("utf-8", "replace") or HTTPStatus(self.status).phrase
        return ""

    def json(self) -> Any:
        """The body as JSON. Raises ``ValueError``."""
        return json.loads(self.content)

    async def blocks(self) -> AsyncIterator[bytes]:
        """The body, once, as it comes. Raises ``HttpError``."""
        assert self._response is not None
        with _our_errors():
            async for block in self._response.content.iter_chunked(_BLOCK):
                yield block

    async def read(self) -> None:
        """Have the whole body in ``content``. Raises ``HttpError``."""
        self.content = b"".join([block async for block in self.blocks()])

    async def close(self) -> None:
        """Let go of the connection, which is used again if the body was read to its end."""
        if self._response is not None:
            self._response.release()
            with _our_errors():
                await self._response.wait_for_close()


class Transport:
    """An aiohttp session with one service, for one event loop. The first one reads certificates, which takes a while.

    ``url`` is the service's, and decides on a proxy. ``connections`` bounds those that are open at a time; 0 sets no
    bound.
    """

    def __init__(self, url: str, connections: int = 0) -> None:
        self._connections = connections
        self._proxy = proxy_for(url)
        self._certificates = certificates()
        self._session: aiohttp.ClientSession | None = None
        self._sockets: WeakSet[socket.socket] = WeakSet()

    async def open(
        self, method: str, url: str, headers: Mapping[str, str], body: Body, timeout: aiohttp.ClientTimeout
    ) -> Answer:
        """Send a request to that address, which is complete and escaped; the answer, its body not read yet.

        ``close`` the answer. A body that is not bytes needs a length in the headers. Raises ``HttpError``.
        """
        with _our_errors():
            response = await self._send(method, url, headers, body, timeout)
        return Answer(response.status, response.headers, response=response)

    async def fetch(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Body,
        timeout: aiohttp.ClientTimeout,
        limit: int | None = None,
    ) -> Answer:
        """As ``open``, with the answer's body, of which ``limit`` bytes at most."""
        with _our_errors():
            async with await self._send(method, url, headers, body, timeout) as response:
                if limit is None:
                    return Answer(response.status, response.headers, await response.read())
                content, cut = await _read_some(response, limit)
                return Answer(response.status, response.headers, content, cut=cut)

    async def close(self) -> None:
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
        self, method: str, url: str, headers: Mapping[str, str], body: Body, timeout: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        if self._session is None:  # it belongs to a running loop
            self._session = self._make_session()
        return await self._session.request(
            method,
            URL(url, encoded=True),
            headers=headers,
            data=body,
            allow_redirects=False,
            timeout=timeout,
            proxy=self._proxy,
        )

    def _make_session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._connections,
            keepalive_timeout=_KEPT,
            socket_factory=self._make_socket,
            ssl=self._certificates,
        )
        return aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers=_HEADERS, auto_decompress=False
        )

    def _make_socket(self, address: tuple[object, ...]) -> socket.socket:
        made = _keepalive_socket(address)
        self._sockets.add(made)
        return made


async def _read_some(response: aiohttp.ClientResponse, limit: int) -> tuple[bytes, bool]:
    """``limit`` bytes of the body at most; whether there was more. What is too long by its own account is not read."""
    if (response.content_length or 0) > limit:
        return b"", True
    content = bytearray()
    async for block in response.content.iter_chunked(_BLOCK):
        content += block
        if len(content) > limit:
            response.close()
            return b"", True
    return bytes(content), False


_NEVER_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


@contextmanager
def _our_errors() -> Iterator[None]:
    """Turns aiohttp's errors into ours, each with its cause."""
    try:
        yield
    except _NEVER_SENT as error:
        raise NeverSentError(str(error)) from error
    except TimeoutError as error:
        raise SilenceError(str(error)) from error
    except (aiohttp.ClientError, ConnectionError) as error:
        raise HttpError(str(error)) from error


def _keepalive_socket(address: tuple[object, ...]) -> socket.socket:
    family, kind, protocol = address[0], address[1], address[2]
    made = socket.socket(family, kind, protocol)  # type: ignore[arg-type]
    made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    idle = getattr(socket, "TCP_KEEPIDLE", getattr(socket, "TCP_KEEPALIVE", None))  # the latter on macOS
    for option, value in ((idle, _IDLE_BEFORE_PROBE), (getattr(socket, "TCP_KEEPINTVL", None), _PROBE_INTERVAL)):
        if option is not None:
            made.setsockopt(socket.IPPROTO_TCP, option, value)
    return made
