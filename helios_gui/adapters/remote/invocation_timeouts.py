"""What requests to workers have in common: they may take long, and none is sent twice."""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp

_CONNECT_TIMEOUT = 15.0


def patience(read: float) -> aiohttp.ClientTimeout:
    """Time-outs of a request whose answer may come after ``read`` seconds of silence."""
    return aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_TIMEOUT, sock_read=read)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds the service asks to wait; 0 if it does not, or names a date."""
    try:
        return max(0.0, float(headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0
