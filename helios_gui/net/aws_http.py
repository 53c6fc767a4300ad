"""Sends the requests of all of botocore's clients, and bounds their answers in size and time.

botocore bounds only the time between two pieces of an answer, and reads all of it into memory. An endpoint that sends a
byte now and then, or never ends, would hold a thread for ever, or take all memory.

The worst case: an answer that is read as a whole ends within ``ANSWER_SECONDS`` (``COMPLETION_SECONDS`` for the end of
an upload in parts, during which S3 sends blanks) and ``ANSWER_BYTES``, or with an error after which nobody asks again.
With the SDK's own 5 tries of requests that fail otherwise, and its pauses of at most 20 s, that is 5 × 120 + 4 × 20 =
680 s. The body of a download may be as long as its head says, and arrives with ``STREAM_BYTES`` in ``STREAM_SECONDS``
at least, or is interrupted. What it takes to send a request is bounded for each block alone.
"""

from __future__ import annotations

import io
import os
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import botocore.session
import urllib3.exceptions
from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
    AWSResponse,
)
from botocore.exceptions import BotoCoreError, HTTPClientError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from helios_gui.translation import tr

ANSWER_SECONDS = 120.0
COMPLETION_SECONDS = 600.0
ANSWER_BYTES = 16 * 1024 * 1024
"""Above any answer that is read as a whole: a list of 1,000 names, each of 1,024 characters that are escaped."""
STREAM_SECONDS = 60.0
STREAM_BYTES = 64 * 1024

_CONNECT_SECONDS = 10
_SILENT_SECONDS = 30
_SOCKET_OPTIONS = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
_COMPLETION = "CompleteMultipartUpload"
_THIS_THREAD = threading.local()


class UnboundedAnswerError(BotoCoreError):  # type: ignore[misc]  # botocore is untyped
    """An answer that is read as a whole was longer, or took longer, than any that belongs there."""

    fmt = "{reason}"


class SlowDownloadError(urllib3.exceptions.HTTPError):
    """The body of a download comes too slowly to wait for its end."""


def bound_answers(session: botocore.session.Session, connections: int) -> None:
    """Have the requests of all clients that a session makes from now on sent as this module says.

    Args:
        session: The session.
        connections: Most connections to one host that are kept.
    """
    senders = _Senders(session, connections)
    session.register("before-send", senders.send, unique_id="helios-bounds")


class _Senders:
    """The connections of one session: a ``URLLib3Session`` for each way through proxies."""

    def __init__(self, session: botocore.session.Session, connections: int) -> None:
        self._verify = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE", True)
        self._connections = connections
        self._made: dict[tuple[tuple[str, str], ...], _BoundedSession] = {}
        self._lock = threading.Lock()

    def send(self, request: Any, event_name: str, **_: object) -> AWSResponse:
        """Send a request in the place of the client that has prepared it."""
        proxies = get_environ_proxies(request.url)
        with self._lock:
            way = tuple(sorted(proxies.items()))
            if way not in self._made:
                self._made[way] = _BoundedSession(
                    verify=self._verify,
                    proxies=proxies,
                    timeout=(_CONNECT_SECONDS, _SILENT_SECONDS),
                    max_pool_connections=self._connections,
                    socket_options=_SOCKET_OPTIONS,
                )
            sender = self._made[way]
        return sender.send_bounded(request, completes=event_name.endswith(f".{_COMPLETION}"))


@dataclass(slots=True)
class _Meter:
    """Counts one answer, from the moment in which its request was sent, against its bounds."""

    seconds: float
    deadline: float = float("inf")
    limit: float = ANSWER_BYTES
    streams: bool = False
    exceeded: str = ""
    _received: int = 0
    _window_ends: float = 0.0
    _window_bytes: int = 0

    def begin(self) -> None:
        """Begin with the time: the request was sent, or the part of it after which the server is asked to go on."""
        self.deadline = time.monotonic() + self.seconds

    def stream(self) -> None:
        """Count what is read from now on as the body of a download."""
        self.streams, self.limit, self._window_bytes = True, float("inf"), 0
        self._window_ends = time.monotonic() + STREAM_SECONDS

    def time_left(self) -> float:
        """Return how many seconds the next piece may take. Raises the error that ends the answer."""
        now = time.monotonic()
        if not self.streams:
            if now >= self.deadline:
                self._exceed(tr("the answer did not end within {seconds:.0f} s", seconds=self.seconds))
            return self.deadline - now
        if now >= self._window_ends:
            if self._window_bytes < STREAM_BYTES:
                raise SlowDownloadError(
                    tr("less than {count} bytes came in {seconds:.0f} s", count=STREAM_BYTES, seconds=STREAM_SECONDS)
                )
            self._window_bytes, self._window_ends = 0, now + STREAM_SECONDS
        return self._window_ends - now

    def count(self, received: int) -> None:
        """Count bytes that have come. Raises the error that ends the answer."""
        self._received += received
        self._window_bytes += received
        if self._received > self.limit:
            self._exceed(tr("the answer is longer than any that belongs there"))

    def _exceed(self, reason: str) -> None:
        self.exceeded = reason
        raise UnboundedAnswerError(reason=reason)


@dataclass(eq=False)
class _MeteredReader(io.RawIOBase):
    """The bytes that come from a socket, counted."""

    raw: Any
    connection: Any
    meter: _Meter
    silent: float | None = field(init=False)

    def __post_init__(self) -> None:
        self.silent = self.connection.gettimeout()

    def readable(self) -> bool:
        """See ``io.RawIOBase``."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """See ``io.RawIOBase``."""
        left = self.meter.time_left()
        self.connection.settimeout(left if self.silent is None else min(self.silent, left))
        try:
            count: int | None = self.raw.readinto(buffer)
        except TimeoutError:
            self.meter.time_left()
            raise
        self.meter.count(count or 0)
        return count

    def close(self) -> None:
        """Close the socket's file."""
        self.raw.close()
        super().close()


class _MeteredSocket:
    """A connected socket whose files count what is read."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def makefile(self, mode: str = "r", buffering: int = -1, **_: object) -> Any:
        """Return a file to read bytes from, as ``http.client`` asks for it."""
        meter: _Meter = _THIS_THREAD.meter
        meter.begin()
        reader = _MeteredReader(self._connection.makefile(mode, 0), self._connection, meter)
        return reader if buffering == 0 else io.BufferedReader(reader)


class _Metered:
    """What both kinds of connections get."""

    sock: Any

    def connect(self) -> None:
        """Connect, then count what is read."""
        super().connect()  # type: ignore[misc]
        self.sock = _MeteredSocket(self.sock)


class _HttpConnection(_Metered, AWSHTTPConnection):  # type: ignore[misc]
    pass


class _HttpsConnection(_Metered, AWSHTTPSConnection):  # type: ignore[misc]
    pass


class _HttpPool(AWSHTTPConnectionPool):  # type: ignore[misc]
    ConnectionCls = _HttpConnection


class _HttpsPool(AWSHTTPSConnectionPool):  # type: ignore[misc]
    ConnectionCls = _HttpsConnection


class _BoundedSession(URLLib3Session):  # type: ignore[misc]
    """botocore's connections, whose answers are counted."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._pool_classes_by_scheme.update({"http": _HttpPool, "https": _HttpsPool})

    def send_bounded(self, request: Any, *, completes: bool) -> AWSResponse:
        """Send a request and return the answer, as ``send`` does.

        Raises:
            UnboundedAnswerError: The answer does not keep within its bounds.
        """
        meter = _THIS_THREAD.meter = _Meter(COMPLETION_SECONDS if completes else ANSWER_SECONDS)
        try:
            answer = self.send(request)
            if not request.stream_output:
                return answer
            if answer.status_code < 300:
                meter.stream()
            else:
                _ = answer.content  # the words of an error
            return answer
        except HTTPClientError as error:
            if meter.exceeded:
                raise UnboundedAnswerError(reason=meter.exceeded) from error
            raise
