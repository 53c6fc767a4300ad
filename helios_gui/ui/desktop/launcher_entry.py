"""Progress and number of jobs on the window's icon in dock or taskbar, where the desktop has a place for them.

On Linux, docks listen to the signal of https://wiki.ubuntu.com/Unity/LauncherAPI; elsewhere Qt shows the number.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from helios_gui import product
from helios_gui.power.bus import DBusCallError, open_bus
from helios_gui.ui.bridge import RunTask

if TYPE_CHECKING:
    from dbus_fast.aio import MessageBus

APPLICATION = f"application://{product.PACKAGE}.desktop"
PATH = "/com/canonical/unity/launcherentry/1"
INTERFACE = "com.canonical.Unity.LauncherEntry"


class LauncherEntry:
    """Shows the progress of the queue and how many jobs are left. Tasks are started by ``run``."""

    def __init__(self, run: RunTask) -> None:
        self._run = run
        self._wanted: tuple[int | None, int] = (None, 0)
        self._has_changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._is_possible = sys.platform == "linux"

    def show(self, fraction: float | None, jobs: int) -> None:
        """Show a progress of 0 to 1 and a number of jobs; ``None`` and 0 show nothing."""
        wanted = None if fraction is None else int(fraction * 100), jobs
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if sys.platform != "linux":
            QGuiApplication.setBadgeNumber(jobs)
        elif self._is_possible:
            self._has_changed.set()
            if self._task is None or self._task.done():
                self._task = self._run(self._send_updates())

    async def _send_updates(self) -> None:
        """Tell the docks, until there is nothing to show: they forget it when the connection ends."""
        try:
            async with open_bus() as bus:
                while self._has_changed.is_set() or self._wanted != (None, 0):
                    await self._has_changed.wait()
                    self._has_changed.clear()
                    await _send(bus, *self._wanted)
        except (DBusCallError, OSError, EOFError):
            self._is_possible = False  # there is no bus, or it ended


async def _send(bus: MessageBus, percent: int | None, jobs: int) -> None:
    from dbus_fast import Message, Variant

    properties = {
        "progress": Variant("d", (percent or 0) / 100),
        "progress-visible": Variant("b", percent is not None),
        "count": Variant("x", jobs),
        "count-visible": Variant("b", jobs > 0),
    }
    await bus.send(Message.new_signal(PATH, INTERFACE, "Update", "sa{sv}", [APPLICATION, properties]))
