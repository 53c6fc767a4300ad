"""What the storages share about reading small objects whole, trying again, and counting bytes."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import threading
from collections.abc import Callable

from helios_gui.storage.part_file import DamagedError
from helios_gui.types import FailureKind, StorageError

DEFAULT_READ_LIMIT = 64 * 1024 * 1024
"""Bytes ``read`` takes into memory unless told otherwise: far above any job spec, manifest or result."""
TRIES = 3
"""How often an upload, or reading a small object, is tried until it arrives undamaged."""


class CountedOnce:
    """Passes on bytes sent to ``report``, and those that are sent again only once."""

    def __init__(self, report: Callable[[int], None]) -> None:
        self._report = report
        self._passed = 0
        self._now = 0

    def __call__(self, count: int) -> None:
        self._now += count
        if self._now > self._passed:
            news, self._passed = self._now - self._passed, self._now
            self._report(news)

    def again(self) -> None:
        """From here on everything is sent again."""
        self._now = 0


def check_sha256(key: str, data: bytes, sha256: str) -> None:
    """Raise ``DamagedError`` unless the data has that SHA-256 (hexadecimal; empty: not known)."""
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise _damaged(key)


def check_md5(key: str, data: bytes, md5: str) -> None:
    """Raise ``DamagedError`` unless the data has that MD5 (base64; empty: not known)."""
    if md5 and base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode() != md5:
        raise _damaged(key)


def _damaged(key: str) -> DamagedError:
    return DamagedError(f"{key} arrived damaged.", "Try again.")


class TooLargeError(StorageError):
    """An object is larger than its reader allows."""

    def __init__(self, key: str, limit: int) -> None:
        super().__init__(f"{key} is larger than {limit} bytes.", "It is not what it should be.", kind=FailureKind.FATAL)


def on_loop(on_bytes: Callable[[int], None]) -> Callable[[int], None]:
    """``on_bytes`` for calling from a thread: runs on the running event loop, at most once per turn of it."""
    loop = asyncio.get_running_loop()
    lock = threading.Lock()
    waiting = 0

    def flush() -> None:
        nonlocal waiting
        with lock:
            count, waiting = waiting, 0
        on_bytes(count)

    def report(count: int) -> None:
        nonlocal waiting
        with lock:
            scheduled, waiting = waiting > 0, waiting + count
        if count and not scheduled:
            loop.call_soon_threadsafe(flush)

    return report
