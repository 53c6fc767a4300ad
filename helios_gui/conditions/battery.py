"""Whether this computer lives on its battery."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

POWER_SUPPLIES = Path("/sys/class/power_supply")
"""Linux' power supplies, a folder each, see its documentation, sysfs-class-power."""

_PLUGS = {"mains", "usb", "wireless"}


def runs_on_battery(supplies: Path = POWER_SUPPLIES) -> bool:
    """Return whether no power comes from outside and a battery of the computer itself is being emptied.

    ``supplies`` is for Linux alone. The batteries of mice and headsets do not count.
    """
    if sys.platform != "linux":
        battery = psutil.sensors_battery()
        return battery is not None and battery.power_plugged is False
    discharging = False
    for supply in _folders(supplies):
        kind = _read(supply / "type")
        if kind in _PLUGS and _read(supply / "online") == "1":
            return False
        own = kind == "battery" and _read(supply / "scope") != "device"
        discharging |= own and _read(supply / "status") == "discharging"
    return discharging


def _folders(supplies: Path) -> Iterator[Path]:
    try:
        yield from sorted(supplies.iterdir())
    except OSError:  # a computer without any
        return


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace").strip().lower()
    except OSError:
        return ""
