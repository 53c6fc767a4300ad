"""The proxy this machine is set up to use, by its environment or its system settings."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(url: str) -> str | None:
    """The address of the proxy for requests to ``url``, which may hold a name and a password."""
    parts = urlsplit(url)
    found = getproxies().get(parts.scheme)
    return found if found and not proxy_bypass(parts.hostname or "") else None
