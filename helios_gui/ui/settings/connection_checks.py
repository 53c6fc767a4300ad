"""What the pages of cloud profiles need to try a connection; made by whoever puts the window together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from helios_gui.profiles.models import Profile
from helios_gui.types import CheckLine

Lines = Callable[[Profile], AsyncGenerator[CheckLine, None]]
"""Tries a profile's connection, one line after the other."""

RunTask = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Starts a task and owns it."""


@dataclass(frozen=True, slots=True)
class Checks:
    """``look`` has no side effects. ``render`` has a test frame rendered and leaves nothing; ``None``: not offered."""

    look: Lines
    render: Lines | None = None


def run_task(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task on the running loop; whoever asked for it keeps it."""
    return asyncio.get_running_loop().create_task(work)
