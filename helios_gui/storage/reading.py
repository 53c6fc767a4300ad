"""What the storages share about reading small objects whole and counting bytes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from helios_gui.types import FailureKind, StorageError

DEFAULT_READ_LIMIT = 64 * 1024 * 1024
"""Bytes ``read`` takes into memory unless told otherwise: far above any job spec, manifest or result."""


def too_large(key: str, limit: int) -> StorageError:
    """The error for an object that is larger than its reader allows."""
    return StorageError(f"{key} is larger than {limit} bytes.", "It is not what it should be.", kind=FailureKind.FATAL)


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
