"""How google-auth sends its requests for tokens and keys: with httpx, blocking."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import httpx
from google.auth import exceptions, transport

from helios_gui.net.http_client import ssl_context
from helios_gui.net.proxies import proxy_for

_LARGEST = 1024 * 1024
"""Bytes of an answer; tokens and keys have some thousand."""


class _GoogleResponse(transport.Response):
    """The fields of a response that google-auth reads."""

    def __init__(self, response: httpx.Response, body: bytes) -> None:
        self._response = response
        self._body = body

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return self._response.status_code

    @property
    def headers(self) -> httpx.Headers:
        """Return the headers; their names may be written in any case."""
        return self._response.headers

    @property
    def data(self) -> bytes:
        """Return the body."""
        return self._body


class GoogleRequest(transport.Request):
    """Sends one request after the other for google-auth; blocking. ``timeout`` is in seconds, for the whole answer.

    What answers may be anything: an answer that does not end is none.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **options: Any,
    ) -> transport.Response:
        """Return the response, whatever its status. Raises google-auth's ``TransportError`` where there is none."""
        limit = timeout or self._timeout
        try:
            with (
                httpx.Client(verify=ssl_context(), proxy=proxy_for(url), trust_env=False, timeout=limit) as client,
                client.stream(method, url, content=body, headers=headers) as response,
            ):
                return _GoogleResponse(response, _read(response, time.monotonic() + limit))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise exceptions.TransportError(type(error).__name__) from None  # type: ignore[no-untyped-call]


def _read(response: httpx.Response, until: float) -> bytes:
    """Return the body. Raises ``httpx.ReadTimeout`` where it is not complete ``until`` then, or larger than any."""
    body = bytearray()
    for block in response.iter_bytes():
        body += block
        if len(body) > _LARGEST or time.monotonic() > until:
            raise httpx.ReadTimeout("")
    return bytes(body)
