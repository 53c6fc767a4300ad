"""The proxy this machine is set up to use, by its environment or its system settings."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(url: str) -> str | None:
    """The address of the proxy for requests to ``url``, which may hold a name and a password."""
    parts = urlsplit(url)
    found = getproxies().get(parts.scheme)
    if not found or proxy_bypass(parts.hostname or ""):
        return None
    return found if "//" in found else f"http://{found}"
