"""Bounds on the connections of a worker's server, so that nobody keeps authorised callers out by holding on to them.

aiohttp waits for the rest of a request's head for as long as the connection lasts, and takes any number of them. Here
a connection without an authorised request is ended after some time, and the oldest of them when there are too many.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from typing import cast

from helios_gui.translation import tr

IDLE_TIMEOUT = 20.0
"""Seconds a connection may take for the head of its request, until the caller is known to be authorised, and for taking
an answer; so long is one kept that is not used."""

BODY_TIMEOUT = 30.0
"""Seconds the body of an authorised request may take."""

MOST_CONNECTIONS = 200
_SHARE_OF_FILES = 4
"""One in so many of the files that this process may have open can be a connection."""

_WINDOW = 60.0
_RECORDS_PER_WINDOW = 20


def most_connections() -> int:
    """Return how many connections a server may have: fewer than usual where few files may be open."""
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    import resource

    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return MOST_CONNECTIONS if files < 0 else max(8, min(MOST_CONNECTIONS, files // _SHARE_OF_FILES))


class ConnectionLimiter:
    """A factory of protocols, as ``loop.create_server`` takes it, that bounds the connections of another one.

    Args:
        make_protocol: Makes the server's own protocol for a connection.
        limit: How many connections there may be. A further one takes the place of the one that waits for longest
            without an authorised request; if there is none, it is closed.
        idle_timeout: Seconds after which a connection without an authorised request is closed.
    """

    def __init__(
        self, make_protocol: Callable[[], asyncio.Protocol], limit: int, idle_timeout: float = IDLE_TIMEOUT
    ) -> None:
        self._make_protocol = make_protocol
        self._limit = limit
        self.idle_timeout = idle_timeout
        self._waiting: dict[Connection, None] = {}  # in the order in which they began to wait
        self._serving: set[Connection] = set()

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        return Connection(self, self._make_protocol())

    def admit(self, connection: Connection) -> bool:
        """Count a new connection, and return whether it may stay."""
        if len(self._waiting) + len(self._serving) >= self._limit:
            if not self._waiting:
                return False
            next(iter(self._waiting)).abort()
        self._waiting[connection] = None
        return True

    def serve(self, connection: Connection) -> None:
        """Keep a connection, whose caller is authorised, for as long as its request takes."""
        self.remove(connection)
        self._serving.add(connection)

    def wait(self, connection: Connection) -> None:
        """Put a connection whose request is over last among those that may be closed."""
        self.remove(connection)
        self._waiting[connection] = None

    def remove(self, connection: Connection) -> None:
        """Forget a connection."""
        self._waiting.pop(connection, None)
        self._serving.discard(connection)


class Connection(asyncio.Protocol):
    """Passes on what happens on one connection, and ends it when its time is up."""

    def __init__(self, limiter: ConnectionLimiter, protocol: asyncio.Protocol) -> None:
        self._limiter = limiter
        self._protocol = protocol
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_admitted = False

    def serve(self) -> None:
        """Set no limit from now on: the request is an authorised caller's."""
        if self._transport is not None:
            self._stop_timer()
            self._limiter.serve(self)

    def wait(self) -> None:
        """Limit the time for taking the answer and sending the next request."""
        if self._transport is not None:
            self._limiter.wait(self)
            self._start_timer()

    def abort(self) -> None:
        """End the connection at once."""
        self._stop_timer()
        self._limiter.remove(self)
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Pass the connection on if it may stay."""
        self._is_admitted = self._limiter.admit(self)
        if not self._is_admitted:
            cast(asyncio.Transport, transport).abort()
            return
        self._transport = cast(asyncio.Transport, transport)
        self._start_timer()
        self._protocol.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on."""
        self._stop_timer()
        self._limiter.remove(self)
        self._transport = None
        if self._is_admitted:
            self._protocol.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        if self._is_admitted:
            self._protocol.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass it on."""
        return self._protocol.eof_received() if self._is_admitted else None

    def pause_writing(self) -> None:
        """Pass it on."""
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._protocol.resume_writing()

    def _start_timer(self) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(self._limiter.idle_timeout, self.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class BoundedRecords(logging.Filter):
    """Lets through so many records a minute, and tells with the first of the next minute how many it kept back.

    Without it, whoever sends garbage fills the disk with tracebacks.
    """

    def __init__(self, most: int = _RECORDS_PER_WINDOW, seconds: float = _WINDOW) -> None:
        super().__init__()
        self._most = most
        self._seconds = seconds
        self._since = float("-inf")
        self._passed = 0
        self._kept_back = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is one of the first of this minute."""
        now = time.monotonic()
        if now - self._since > self._seconds:
            if self._kept_back:
                record.msg = tr(
                    "{msg} (and {kept_back} more messages before this one)", msg=record.msg, kept_back=self._kept_back
                )
            self._since, self._passed, self._kept_back = now, 0, 0
        self._passed += 1
        if self._passed <= self._most:
            return True
        self._kept_back += 1
        return False
