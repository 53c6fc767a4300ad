"""Waiting until something has happened in another task, thread or process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

PATIENCE = 90.0
"""Seconds after which a test gives up; only a defect takes that long."""

_PAUSE = 0.01


async def eventually(check: Callable[[], object], what: object = "", within: float = PATIENCE) -> None:
    """Let the loop run until ``check()`` is true; fail when that takes more than ``within`` seconds.

    ``what`` says what was waited for, or is called to say it at the time of the failure.
    """
    deadline = time.monotonic() + within
    while not check():
        assert time.monotonic() < deadline, _never_happened(what)
        await asyncio.sleep(_PAUSE)


def wait_until(check: Callable[[], object], what: object = "", within: float = PATIENCE) -> None:
    """Block until ``check()`` is true; like ``eventually``, for what happens in other threads and processes."""
    deadline = time.monotonic() + within
    while not check():
        assert time.monotonic() < deadline, _never_happened(what)
        time.sleep(_PAUSE)


def _never_happened(what: object) -> str:
    return f"never happened: {what() if callable(what) else what}"
