"""Less memory for a process that stays open all day."""

from __future__ import annotations

import ctypes
import sys

_M_ARENA_MAX = -8
_ARENAS = 2


def become_lean() -> None:
    """To be called early: before httpx is imported, and before most threads start."""
    _leave_out_command_lines()
    _share_arenas()


def _leave_out_command_lines() -> None:
    """Have httpx be imported without its own command line, which brings rich, pygments and click.

    That is 6 MB, and three quarters of the time the import takes.
    """
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # it does without what cannot be imported


def _share_arenas() -> None:
    """Have the C library not give every thread a heap of its own: a dozen cost 5 MB and more that nobody uses."""
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc's: see mallopt(3)
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, _ARENAS)
