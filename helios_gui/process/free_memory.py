"""How much memory programs can still get: on this machine, or in the part of it that this process is given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUP = Path("/proc/self/cgroup")


def free_memory(groups: Path = _GROUPS, own_group: Path = _OWN_GROUP) -> float:
    """Return the bytes that can still be got without taking any from a running program.

    On Linux, what the control groups (version 2) of this process have left counts where it is less, as in a container.

    Args:
        groups: Where the control groups are.
        own_group: The file that names that of this process.
    """
    free = float(psutil.virtual_memory().available)
    return min((free, *_left_in_groups(groups, own_group)))


def _left_in_groups(groups: Path, own_group: Path) -> Iterator[float]:
    """Yield what each group that this process is in has left, from its own to that of all."""
    names: list[str] = []
    with suppress(OSError):
        names = [line[3:] for line in own_group.read_text().splitlines() if line.startswith("0::")]
    for name in names:
        group = groups / name.lstrip("/")
        while group.is_relative_to(groups):
            with suppress(OSError, ValueError):  # "max" is no number: there is no limit
                limit = float((group / "memory.max").read_text())
                yield max(0.0, limit - float((group / "memory.current").read_text()) + _caches(group))
            group = group.parent


def _caches(group: Path) -> float:
    """Return the bytes of files that a group keeps in memory and would give up."""
    for line in (group / "memory.stat").read_text().splitlines():
        name, _, amount = line.partition(" ")
        if name == "inactive_file":
            return float(amount)
    return 0.0
