"""The processes of this machine, and which attempt each belongs to."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from helios_gui.process.attempt_mark import read_mark
from helios_gui.process.work_marks import ATTEMPT_VARIABLE


@dataclass(frozen=True, slots=True)
class ProcessEntry:
    """One living process: its parent, its process group (0 where there are none) and its attempt, if any.

    The attempt is known by the id in the environment, and by the mark (0: none), which outlives the environment.
    """

    pid: int
    parent: int
    group: int
    attempt_id: str
    mark: int = 0


def list_processes() -> list[ProcessEntry]:
    """List the living processes of this machine, without zombies. Takes milliseconds: not for the event loop.

    Raises ``OSError`` when it cannot be read, as when too many files are open.
    """
    entry_of = _linux_entry if sys.platform == "linux" else portable_entry
    entries = []
    for pid in psutil.pids():
        with suppress(psutil.Error, FileNotFoundError, ProcessLookupError, PermissionError):  # it has just gone
            entry = entry_of(pid)
            if entry is not None:
                entries.append(entry)
    return entries


def _linux_entry(pid: int) -> ProcessEntry | None:
    """Return one entry straight from /proc: about five times as fast as ``portable_entry``."""
    folder = Path("/proc") / str(pid)
    # pid (name) state parent group …: the name may hold spaces and brackets. See proc(5).
    state, parent, group = (folder / "stat").read_bytes().rpartition(b")")[2].split(maxsplit=3)[:3]
    if state in (b"Z", b"X"):
        return None
    attempt_id = b""
    with suppress(PermissionError):  # another person's process
        marker = f"\0{ATTEMPT_VARIABLE}=".encode()
        attempt_id = (b"\0" + (folder / "environ").read_bytes()).partition(marker)[2].partition(b"\0")[0]
    return ProcessEntry(pid, int(parent), int(group), attempt_id.decode(errors="replace"), read_mark(pid))


def portable_entry(pid: int) -> ProcessEntry | None:
    """Return one entry as psutil knows it, on any system."""
    process = psutil.Process(pid)
    with process.oneshot():
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return None
        group = 0
        if sys.platform != "win32":
            group = os.getpgid(pid)
        attempt_id = ""
        with suppress(psutil.AccessDenied, PermissionError):  # another person's process
            attempt_id = process.environ().get(ATTEMPT_VARIABLE, "")
        return ProcessEntry(pid, process.ppid(), group, attempt_id, read_mark(pid))


class _SharedLook:
    """One look at the process table serves all who asked before it began: a hundred cancelled chunks need one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = 0.0
        self._table: Sequence[ProcessEntry] = ()

    def since(self, asked: float) -> Sequence[ProcessEntry]:
        with self._lock:
            if self._began <= asked:
                began = time.monotonic()
                self._table = list_processes()
                self._began = began
            return self._table


look_since = _SharedLook().since
"""``look_since(asked)``: the living processes as they were at some time after ``asked`` (``time.monotonic()``).

To be called in threads, as ``list_processes``, whose answer it shares between those who ask at the same time.
"""
