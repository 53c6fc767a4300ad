"""SHA-256 of files and bytes, block by block so that it can be stopped."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from helios_gui.storage.threads import Stop

BLOCK = 1024 * 1024
"""Bytes handled at a time by everything that copies or hashes."""


def sha256_of(source: Path | bytes, stop: Stop | None = None, on_bytes: Callable[[int], None] | None = None) -> str:
    """The SHA-256 in hexadecimal. Raises ``OSError``, and ``TransferStoppedError`` when stopped."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    digest = hashlib.sha256()
    with source.open("rb") as stream:
        while block := stream.read(BLOCK):
            if stop is not None:
                stop.check()
            digest.update(block)
            if on_bytes is not None:
                on_bytes(len(block))
    return digest.hexdigest()


def size_of(source: Path | bytes) -> int:
    """Bytes in a file or in memory."""
    return len(source) if isinstance(source, bytes) else source.stat().st_size
