"""Keeps the system's scheduling of this process as it was, whatever a library makes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_THREADS = Path("/proc/self/task")


@contextmanager
def usual_scheduling() -> Iterator[None]:
    """Give every thread of this process the scheduling that the calling one has now, when the context ends.

    SVT-AV1 switches the thread that opens an encoder, and so its own threads and all further child processes, to
    real-time priority where it may, as for root: they then stop everything else on the machine.
    """
    if not _THREADS.is_dir():  # Linux alone has both the priorities and this folder
        yield
        return
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        for thread in map(int, os.listdir(_THREADS)):
            with suppress(OSError):  # it may have ended
                if os.sched_getscheduler(thread) != policy:
                    os.sched_setscheduler(thread, policy, parameters)
