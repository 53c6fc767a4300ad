"""Send this computer to sleep, or shut it down."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum

from helios_gui.power.bus import LOGIND, DBusCallError, call, open_bus
from helios_gui.translation import tr
from helios_gui.types import HeliosError


class Rest(StrEnum):
    """How a computer rests."""

    SLEEP = "sleep"
    HIBERNATE = "hibernate"
    SHUT_DOWN = "shut-down"


_LOGIND_METHODS = {Rest.SLEEP: "Suspend", Rest.HIBERNATE: "Hibernate", Rest.SHUT_DOWN: "PowerOff"}
"""Of ``org.freedesktop.login1.Manager``; each takes whether to ask the person for a password, and has a ``Can…``."""

_COMMANDS = {
    "darwin": {
        Rest.SLEEP: ("/usr/bin/pmset", "sleepnow"),
        Rest.SHUT_DOWN: ("/usr/bin/osascript", "-e", 'tell application "System Events" to shut down'),
    },
    "win32": {
        Rest.SLEEP: ("rundll32.exe", "powrprof.dll,SetSuspendState", "0,1,0"),
        Rest.HIBERNATE: ("shutdown.exe", "/h"),
        Rest.SHUT_DOWN: ("shutdown.exe", "/s", "/t", "0"),
    },
}


async def possible_rests() -> tuple[Rest, ...]:
    """Return what this computer can do without asking for a password; nothing where that cannot be known."""
    if sys.platform in _COMMANDS:
        return tuple(_COMMANDS[sys.platform])
    try:
        return tuple([rest for rest, method in _LOGIND_METHODS.items() if await _ask_logind(f"Can{method}") == "yes"])
    except HeliosError:
        return ()


async def go_to_rest(rest: Rest) -> None:
    """Do it; what is running is not waited for.

    Raises:
        HeliosError: The system did not do it, or does not allow it.
    """
    if sys.platform not in _COMMANDS:
        await _ask_logind(_LOGIND_METHODS[rest], "b", (False,))
        return
    process = await asyncio.create_subprocess_exec(
        *_COMMANDS[sys.platform][rest], stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise HeliosError(tr("The system did not do it: {reason}", reason=errors.decode(errors="replace").strip()))


async def _ask_logind(method: str, signature: str = "", arguments: tuple[object, ...] = ()) -> object:
    """Call a method of systemd's logind, and return the first value of its answer."""
    try:
        async with open_bus(system=True) as bus:
            return await call(bus, LOGIND, method, signature, arguments)
    except DBusCallError as error:
        raise HeliosError(tr("The system did not do it: {reason}", reason=error)) from error
