"""Send this computer to sleep, or shut it down."""

from __future__ import annotations

import asyncio
import sys
from enum import StrEnum

from helios_gui.power.bus import LOGIND, DBusCallError, call_method, open_bus
from helios_gui.translation import tr
from helios_gui.types import HeliosError


class PowerAction(StrEnum):
    """What a computer can be told to do when nobody needs it."""

    SLEEP = "sleep"
    HIBERNATE = "hibernate"
    SHUT_DOWN = "shut-down"


_LOGIND_METHODS = {PowerAction.SLEEP: "Suspend", PowerAction.HIBERNATE: "Hibernate", PowerAction.SHUT_DOWN: "PowerOff"}
"""Of ``org.freedesktop.login1.Manager``; each takes whether to ask the person for a password, and has a ``Can…``."""

_COMMANDS = {
    "darwin": {
        PowerAction.SLEEP: ("/usr/bin/pmset", "sleepnow"),
        PowerAction.SHUT_DOWN: ("/usr/bin/osascript", "-e", 'tell application "System Events" to shut down'),
    },
    "win32": {
        PowerAction.SLEEP: ("rundll32.exe", "powrprof.dll,SetSuspendState", "0,1,0"),
        PowerAction.HIBERNATE: ("shutdown.exe", "/h"),
        PowerAction.SHUT_DOWN: ("shutdown.exe", "/s", "/t", "0"),
    },
}


async def possible_power_actions() -> tuple[PowerAction, ...]:
    """Return what this computer can do without asking for a password; nothing where that cannot be known."""
    if sys.platform in _COMMANDS:
        return tuple(_COMMANDS[sys.platform])
    try:
        return tuple(
            [action for action, method in _LOGIND_METHODS.items() if await _ask_logind(f"Can{method}") == "yes"]
        )
    except HeliosError:
        return ()


async def perform_power_action(action: PowerAction) -> None:
    """Do it; what is running is not waited for.

    Raises:
        HeliosError: The system did not do it, or does not allow it.
    """
    if sys.platform not in _COMMANDS:
        await _ask_logind(_LOGIND_METHODS[action], "b", (False,))
        return
    process = await asyncio.create_subprocess_exec(
        *_COMMANDS[sys.platform][action], stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise HeliosError(tr("The system did not do it: {reason}", reason=errors.decode(errors="replace").strip()))


async def _ask_logind(method: str, signature: str = "", arguments: tuple[object, ...] = ()) -> object:
    """Call a method of systemd's logind, and return the first value of its answer."""
    try:
        async with open_bus(system=True) as bus:
            return await call_method(bus, LOGIND, method, signature, arguments)
    except DBusCallError as error:
        raise HeliosError(tr("The system did not do it: {reason}", reason=error)) from error
