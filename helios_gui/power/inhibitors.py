"""How each system is asked not to fall asleep by itself.

wakepy, a library for this, collects Python's garbage on the thread that it runs on, which may destroy the window's
objects on a thread that is not theirs; on the window's own thread it would wait for the desktop's answers.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import partial

from helios_gui import product
from helios_gui.power.bus import LOGIND, DBusCallError, Service, call_method, open_bus
from helios_gui.translation import tr

_GNOME = Service("org.gnome.SessionManager", "/org/gnome/SessionManager", "org.gnome.SessionManager")
_POWER_MANAGEMENT = Service(
    "org.freedesktop.PowerManagement",
    "/org/freedesktop/PowerManagement/Inhibit",
    "org.freedesktop.PowerManagement.Inhibit",
)
_INHIBIT_SUSPEND = 4  # a flag of GNOME's session manager

_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001  # of Windows' SetThreadExecutionState


class NotInhibitedError(Exception):
    """The system does not promise to stay awake."""


def hold_inhibitor() -> AbstractAsyncContextManager[None]:
    """Return a context in which the system does not fall asleep by itself; entering raises ``NotInhibitedError``."""
    if sys.platform == "win32":
        return _hold_on_windows()
    if sys.platform == "darwin":
        return _hold_on_macos()
    return _hold_on_linux()


@asynccontextmanager
async def _hold_on_linux() -> AsyncIterator[None]:
    """Ask the desktop, by its own service or the one that several share, else systemd's logind.

    Each of them also forgets what a program asked for when the program ends.
    """
    async with AsyncExitStack() as held:
        for ask in (_ask_desktop, _ask_logind):
            try:
                await ask(held)
            except DBusCallError:
                continue
            yield
            return
    raise NotInhibitedError


async def _ask_desktop(held: AsyncExitStack) -> None:
    bus = await held.enter_async_context(open_bus())
    try:
        cookie = await call_method(bus, _GNOME, "Inhibit", "susu", (product.NAME, 0, tr("Rendering"), _INHIBIT_SUSPEND))
        release = partial(call_method, bus, _GNOME, "Uninhibit", "u", (cookie,))
    except DBusCallError:
        cookie = await call_method(bus, _POWER_MANAGEMENT, "Inhibit", "ss", (product.NAME, tr("Rendering")))
        release = partial(call_method, bus, _POWER_MANAGEMENT, "UnInhibit", "u", (cookie,))
    held.push_async_callback(_release, release)


async def _release(release: Callable[[], Awaitable[object]]) -> None:
    with suppress(DBusCallError):  # a desktop that ended takes its promises along
        await release()


async def _ask_logind(held: AsyncExitStack) -> None:
    bus = await held.enter_async_context(open_bus(system=True))
    descriptor = await call_method(
        bus, LOGIND, "Inhibit", "ssss", ("sleep:idle", product.NAME, tr("Rendering"), "block")
    )
    held.callback(os.close, descriptor)  # as long as it is open


@asynccontextmanager
async def _hold_on_macos() -> AsyncIterator[None]:
    """Have macOS' own program hold the promise; it ends with this process."""
    try:
        holder = await asyncio.create_subprocess_exec("/usr/bin/caffeinate", "-i", "-w", str(os.getpid()))
    except OSError as error:
        raise NotInhibitedError from error
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            holder.terminate()
        await holder.wait()


@asynccontextmanager
async def _hold_on_windows() -> AsyncIterator[None]:
    """Tell Windows that this thread, the event loop's, needs the system."""
    import ctypes

    tell: Callable[[int], int] = getattr(ctypes, "windll").kernel32.SetThreadExecutionState  # noqa: B009
    if not tell(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED):
        raise NotInhibitedError
    try:
        yield
    finally:
        tell(_ES_CONTINUOUS)
