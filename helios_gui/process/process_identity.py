"""Names for processes that stay theirs: a number that is used again, or a clock that is set, confuses nobody.

Containers on one machine number their processes each from 1. A process of another one cannot be looked up by its
number, so that its name is of no use there: whether it lives is told by a file that it holds locked.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

from helios_gui.utils.os_lock import FileLock

_LEGACY_SLACK_SECONDS = 2.0
"""Journals of version 1.0 and before hold start times by the clock, which may have been set in between."""


def this_process() -> str:
    """Return a name for this process that no other process on this machine ever has: ``NUMBER@START``."""
    return _name_of(os.getpid())


@cache
def _name_of(pid: int) -> str:
    return f"{pid}@{_start_of(pid)}"


def is_alive(name: str | None, lock: Path | None = None) -> bool:
    """Return whether the process of that name still runs. One that has ended and waits for its parent does not.

    Args:
        name: The name, as ``this_process`` gave it there.
        lock: The file that the process holds locked as long as it runs. Without one, a process of another container
            is taken for alive.
    """
    number, _, start = (name or "").partition("@")
    if _is_elsewhere(start):
        return lock is None or _is_held(lock)
    try:
        if sys.platform == "linux" and "-" not in start:
            return bool(abs(psutil.Process(int(number)).create_time() - float(start)) < _LEGACY_SLACK_SECONDS)
        return _of_here(_start_of(int(number))) == _of_here(start)
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
    return f"{int(fields[19])}-{_boot()}-{_namespace()}"


def _of_here(start: str) -> str:
    """Return the start without the namespace, which earlier versions did not write."""
    return "-".join(start.split("-")[:2])


def _is_elsewhere(start: str) -> bool:
    """Return whether a name's start is that of a process in another namespace of this running machine."""
    parts = start.split("-")
    return sys.platform == "linux" and len(parts) == 3 and parts[1] == _boot() and parts[2] != _namespace()


def _is_held(path: Path) -> bool:
    """Return whether somebody holds a file locked. One that nobody holds is removed."""
    if not path.exists():
        return False
    try:
        lock = FileLock.take(path)
    except OSError:  # this file system has no locks: nothing is known
        return True
    if lock is None:
        return True
    lock.release()
    return False


@cache
def _namespace() -> str:
    """Return the number of the namespace in which processes are numbered, see pid_namespaces(7)."""
    with suppress(OSError):
        return "".join(filter(str.isdigit, os.readlink("/proc/self/ns/pid")))  # noqa: PTH115 - it is no path
    return ""


@cache
def _boot() -> str:
    """Return what tells this run of Linux from others; ticks alone may repeat after a restart."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    return ""
