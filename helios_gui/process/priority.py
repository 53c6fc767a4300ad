"""Start renderers so that other programs go first.

What a process starts has its priority, on every system.
"""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
from contextlib import suppress
from functools import cache

from helios_gui.types import RendererPriority

_NICE = {RendererPriority.LOW: 10, RendererPriority.IDLE: 19}
"""Values of ``nice``, where everybody has 0. On Linux each step is about a tenth of the processor, see sched(7)."""

_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_WHOLE_GROUP = 2
_DISK = {RendererPriority.LOW: 2 << 13 | 7, RendererPriority.IDLE: 3 << 13}
"""The system call, and its values, see ioprio_set(2): "best effort" at its lowest level, and "idle"."""


def creation_flags(priority: RendererPriority) -> int:
    """Return the flags with which Windows starts a process at this priority; 0 elsewhere."""
    if sys.platform == "win32":
        flags = {
            RendererPriority.LOW: subprocess.BELOW_NORMAL_PRIORITY_CLASS,
            RendererPriority.IDLE: subprocess.IDLE_PRIORITY_CLASS,
        }
        return flags.get(priority, 0)
    return 0


def lower_group(group: int, priority: RendererPriority) -> None:
    """Lower the priority of a process group that was just started; does nothing on Windows.

    The whole group, because its first process may have started others already. One that ended is left in peace.
    """
    if priority is RendererPriority.NORMAL or sys.platform == "win32":
        return
    with suppress(OSError):
        nice = max(_NICE[priority], os.getpriority(os.PRIO_PROCESS, 0))
        os.setpriority(os.PRIO_PGRP, group, nice)
    number = _IOPRIO_SET.get(platform.machine()) if sys.platform == "linux" else None
    if number is not None:
        _libc().syscall(number, _WHOLE_GROUP, group, _DISK[priority])


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
