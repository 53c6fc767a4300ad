"""Names for processes that stay theirs: a number that is used again, or a clock that is set, confuses nobody."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

_LEGACY_SLACK_SECONDS = 2.0
"""Journals of version 1.0 and before hold start times by the clock, which may have been set in between."""


def this_process() -> str:
    """Return a name for this process that no other process on this machine ever has: ``NUMBER@START``."""
    return _name_of(os.getpid())


@cache
def _name_of(pid: int) -> str:
    return f"{pid}@{_start_of(pid)}"


def is_alive(name: str | None) -> bool:
    """Return whether the process of that name still runs. One that has ended and waits for its parent does not."""
    number, _, start = (name or "").partition("@")
    try:
        if sys.platform == "linux" and "-" not in start:
            return bool(abs(psutil.Process(int(number)).create_time() - float(start)) < _LEGACY_SLACK_SECONDS)
        return _start_of(int(number)) == start
    except (psutil.Error, OSError, ValueError):
        return False


def _start_of(pid: int) -> str:
    """Return when a living process began, in a form that does not change while it lives.

    Linux counts clock ticks since boot, so psutil's start time moves whenever the clock is set; the others keep the
    time by the clock at the start. Raises ``OSError`` or ``psutil.Error`` where there is no such process.
    """
    if sys.platform != "linux":
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            raise ProcessLookupError(pid)
        return f"{process.create_time():.3f}"
    # pid (name) state parent …, and as number 22 the start: the name may hold spaces and brackets. See proc(5).
    fields = (Path("/proc") / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    if fields[0] in (b"Z", b"X"):
        raise ProcessLookupError(pid)
    return f"{int(fields[19])}-{_boot()}"


@cache
def _boot() -> str:
    """Return what tells this run of Linux from others; ticks alone may repeat after a restart."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    return ""
