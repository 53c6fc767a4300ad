"""What can go wrong between a client and a server, and to which requests it shall happen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request; made by the functions below, which can be read.

    ``forward``: whether the server gets it at all. ``drop``: the client's connection is cut once the server has the
    request and ``when()`` is true, ``delay`` seconds later; the server goes on and notices nothing. ``delay`` alone
    holds the answer back. ``status`` (with ``headers`` and ``body``) is answered in place of the server's answer.
    ``truncate`` is the number of bytes of the answer's body after which the connection is cut; ``corrupt`` and
    ``corrupt_request`` are offsets of bytes in which to flip a bit; ``rate`` is a limit in bytes per second, both
    ways. ``echo``: the answer's body is followed by a page that repeats the request's address and headers.
    """

    forward: bool = True
    drop: bool = False
    when: Callable[[], object] | None = None
    delay: float = 0
    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    truncate: int | None = None
    corrupt: int | None = None
    corrupt_request: int | None = None
    rate: float | None = None
    echo: bool = False


NO_FAULT = Fault()


def refuse() -> Fault:
    """Cut the connection; the server never hears of it."""
    return Fault(forward=False, drop=True)


def drop(after: float = 0.05, when: Callable[[], object] | None = None) -> Fault:
    """Cut the connection after the server got the request: at once, or as soon as ``when()`` is true."""
    return Fault(drop=True, delay=after, when=when)


def hold(seconds: float = 0, until: Callable[[], object] | None = None) -> Fault:
    """Give the server's answer only after so many seconds, longer than the client's read time-out, say.

    With ``until``, they are counted from when that is true (or 30 s have passed).
    """
    return Fault(delay=seconds, when=until)


def answer(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Fault:
    """Answer in the server's place; it never hears of the request."""
    return Fault(forward=False, status=status, body=body, headers=headers or {})


def echo(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Fault:
    """Answer as a talkative proxy does: with all it was sent, credentials and all; the server never hears of it."""
    return Fault(forward=False, status=status, body=body, headers=headers or {}, echo=True)


def answer_instead(status: int, body: bytes = b"", after: float = 0, when: Callable[[], object] | None = None) -> Fault:
    """Let the server work on the request, but answer this: as a gateway does when its own patience ends."""
    return Fault(status=status, body=body, delay=after, when=when)


def truncate(after: int) -> Fault:
    """Cut the connection after so many bytes of the answer's body."""
    return Fault(truncate=after)


def corrupt(at: int = 0) -> Fault:
    """Flip a bit of the answer's body; ``at`` may count from the end, as -1."""
    return Fault(corrupt=at)


def corrupt_upload(at: int = 0) -> Fault:
    """Flip a bit of the request's body; ``at`` may count from the end, as -1."""
    return Fault(corrupt_request=at)


def slow(rate: float) -> Fault:
    """Let bodies through at no more than so many bytes per second."""
    return Fault(rate=rate)


@dataclass(slots=True)
class Rule:
    """A fault for the next ``times`` requests (``None``: for ever) of a method with a path, after ``skip`` of them.

    ``path`` is a regular expression, searched in the path and query as they were sent; ``method`` ``""`` is any.
    """

    fault: Fault
    method: str = ""
    path: str = ""
    times: int | None = 1
    skip: int = 0

    def take(self, method: str, path: str) -> bool:
        """Whether the rule is for this request, which then counts."""
        if self.times == 0 or (self.method and self.method != method) or not re.search(self.path, path):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(slots=True)
class Seen:
    """A request that came by: the fault it met, the status answered (``None``: none), and bytes of both bodies."""

    method: str
    path: str
    fault: Fault
    status: int | None = None
    sent: int = 0
    received: int = 0
