"""google-auth's requests by the standard library: the two packages it offers for that are 12 MB and half a second."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import Any

from google.auth import exceptions, transport

from helios_gui.net.certificates import certificates


class Answer(transport.Response):
    """What google-auth looks at."""

    def __init__(self, status: int, headers: Message, data: bytes) -> None:
        self._status, self._headers, self._data = status, headers, data

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._status

    @property
    def headers(self) -> Message:
        """The headers; their names may be written in any case."""
        return self._headers

    @property
    def data(self) -> bytes:
        """The body."""
        return self._data


class Requester(transport.Request):
    """Sends a request, through the proxy this machine is set up for; blocking. ``timeout`` is in seconds."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=certificates()))

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **options: Any,
    ) -> Answer:
        """The answer, whatever its status. Raises google-auth's ``TransportError`` where there is none."""
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(url, data, dict(headers or {}), method=method)
        try:
            with self._open(request, timeout or self._timeout) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise exceptions.TransportError(type(reason).__name__) from None  # type: ignore[no-untyped-call]

    def _open(self, request: urllib.request.Request, timeout: float) -> Any:
        try:
            return self._opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            return error  # which is an answer, too
