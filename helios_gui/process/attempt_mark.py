"""A number that every process of an attempt inherits from its leader and cannot lose, on Linux.

A daemon that empties its environment, takes a session of its own and lets its parents end has none of the usual traces
of its attempt. Resource limits stay: fork, exec and setsid keep them. ``RLIMIT_LOCKS`` limits nothing since Linux
2.4.25 (getrlimit(2)), holds 64 bits, and the limit of another process can be read (prlimit(2)). So it carries a number
made from the attempt's id, which is the same after the death of the app that started the attempt. Setting it costs two
system calls a chunk, where a supervising process (a child subreaper) for each would cost some milliseconds.

macOS and Windows have no such limit: there, a mark is always 0.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_RLIMIT_LOCKS = 10  # asm-generic/resource.h; Python's module does not name it
_BITS = 61
_LOWEST = 1 << _BITS
"""Marks are larger than any limit a person would set, and smaller than "unlimited", which 32-bit programs read."""

_starting = threading.Lock()


def mark_of(attempt_id: str) -> int:
    """Return the attempt's mark, a number of 62 bits; 0 for an empty id."""
    if not attempt_id:
        return 0
    digest = hashlib.sha256(attempt_id.encode("utf-8", "surrogatepass")).digest()
    return _LOWEST | int.from_bytes(digest[:8]) >> (64 - _BITS)


@contextmanager
def marking(attempt_id: str) -> Iterator[None]:
    """Give the attempt's mark to processes started in the context.

    The limit is the whole process's: what other threads start meanwhile gets the mark too. See ``process_trees`` for
    how that is told apart. Without an id, or where limits cannot be set, nothing is marked.
    """
    mark = mark_of(attempt_id)
    if sys.platform != "linux" or not mark:
        yield
        return
    import resource

    with _starting:
        before = resource.getrlimit(_RLIMIT_LOCKS)
        with suppress(OSError, ValueError):  # an administrator has limited it, or a sandbox lacks it
            resource.setrlimit(_RLIMIT_LOCKS, (mark, before[1]))
        try:
            yield
        finally:
            with suppress(OSError, ValueError):
                resource.setrlimit(_RLIMIT_LOCKS, before)


def can_mark() -> bool:
    """Return whether processes started here can be marked."""
    if sys.platform != "linux":
        return False
    with marking("trial"):
        return read_mark(0) == mark_of("trial")


@contextmanager
def unmarked() -> Iterator[None]:
    """Have processes started in the context get no attempt's mark, which they might by chance."""
    with _starting:
        yield


def read_mark(pid: int) -> int:
    """Return the mark of a process; 0 if it has none, or belongs to another person. Takes microseconds."""
    if sys.platform != "linux":
        return 0
    import resource

    try:
        limit = resource.prlimit(pid, _RLIMIT_LOCKS)[0]
    except (OSError, ValueError):
        return 0
    return limit if limit >= _LOWEST else 0
