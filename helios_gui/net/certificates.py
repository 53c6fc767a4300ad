"""Whom HTTPS connections believe."""

from __future__ import annotations

import functools
import os
import ssl


@functools.cache
def certificates() -> ssl.SSLContext:
    """Those that come with us, not what this system may have; unless its environment names others, as OpenSSL's does.

    Reading them takes a while the first time.
    """
    import certifi

    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    return ssl.create_default_context(cafile=file or (None if folder else certifi.where()), capath=folder or None)
