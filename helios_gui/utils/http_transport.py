"""httpx clients over aiohttp's connections: httpx' own pool looks through all that is open and waits, at every step.

Five hundred requests at once cost it ten seconds and more, and it looks for another async library each time.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

_IDLE_BEFORE_PROBE = 60
_PROBE_INTERVAL = 30
"""Seconds. NAT gateways forget connections on which nothing was said for 350 s."""
_KEPT = 20.0
"""Seconds an unused connection is kept: less than services keep theirs, as one closed there loses a request."""


class _NoCookies(httpx.Cookies):
    """Keeps none. Looking for them is a sixth of what a request costs, and the services we call set none."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Nothing is looked for."""


class _Client(httpx.AsyncClient):
    @property  # type: ignore[misc]  # nobody sets them
    def cookies(self) -> httpx.Cookies:
        return _NO_COOKIES


_NO_COOKIES = _NoCookies()


class _Transport(AiohttpTransport):
    """Makes its session when it is first used: that needs the running event loop."""

    def __init__(self, connections: int, proxy: httpx.Proxy | None) -> None:
        super().__init__(proxy=proxy)
        self._connections = connections

    def get_client(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._connections,
            keepalive_timeout=_KEPT,
            socket_factory=_keepalive_socket,
            ssl=self.ssl_context,  # the certificates that come with us, not what this system may have
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def make_client(
    url: str,
    auth: httpx.Auth,
    timeout: httpx.Timeout,
    *,
    connections: int = 0,
    headers: Mapping[str, str] | None = None,
) -> httpx.AsyncClient:
    """A client for the service at ``url``, for one event loop. It follows no redirects and keeps no cookies.

    ``connections`` bounds those that are open at a time; 0 sets no bound. Reads certificates, which takes a while.
    """
    transport = _Transport(connections, _proxy_for(url))
    return _Client(auth=auth, timeout=timeout, headers=headers, transport=transport, trust_env=False)


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
