"""What requests to workers have in common: they may take long, and none is sent twice."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

_CONNECT_TIMEOUT = 15.0


def invocation_timeout(read: float) -> httpx.Timeout:
    """Return time-outs of a request whose answer may come after ``read`` seconds of silence."""
    return httpx.Timeout(None, connect=_CONNECT_TIMEOUT, read=read)


def retry_after(headers: Mapping[str, str]) -> float:
    """Return seconds the service asks to wait; 0 if it does not, or names a date."""
    try:
        return max(0.0, float(headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0
