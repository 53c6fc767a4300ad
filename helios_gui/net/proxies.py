"""The proxy this machine is set up to use, by its environment or its system settings."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def proxy_for(url: str) -> str | None:
    """Return the proxy for requests to ``url``, with the name and password it takes; ``None`` for no proxy."""
    parts = urlsplit(url)
    found = getproxies().get(parts.scheme)
    if not found or proxy_bypass(parts.hostname or ""):
        return None
    return found if "//" in found else f"http://{found}"
