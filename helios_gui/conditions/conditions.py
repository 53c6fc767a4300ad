"""The conditions of a profile, and whether they let chunks be started now."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from helios_gui.conditions.battery import POWER_SUPPLIES, runs_on_battery
from helios_gui.conditions.hours import Hours
from helios_gui.conditions.programs import find_running
from helios_gui.process.free_memory import free_memory
from helios_gui.translation import tr
from helios_gui.types.options import GIGABYTE
from helios_gui.types.waits import WaitKind, WaitReason
from helios_gui.utils.format import format_size


@dataclass(frozen=True, slots=True)
class Conditions:
    """What chunks wait for: power, so many GB on the disk, the end of programs, some hours, so many GB of memory."""

    on_battery: bool = False
    free_disk: float | None = None
    programs: tuple[str, ...] = ()
    hours: str = ""
    free_memory: float | None = None

    def __bool__(self) -> bool:
        return bool(self.on_battery or self.free_disk or self.programs or self.hours or self.free_memory)


@dataclass(frozen=True, slots=True)
class ConditionSources:
    """Where the conditions are looked up: the system's power supplies, the local time, the bytes of free memory."""

    power_supplies: Path = POWER_SUPPLIES
    now: Callable[[], datetime] = datetime.now
    free_memory: Callable[[], float] = free_memory


def find_wait(conditions: Conditions, sources: ConditionSources, folder: Path) -> WaitReason | None:
    """Return why chunks of a job in ``folder`` have to wait now, or ``None``. Blocking.

    What cannot be found out keeps nobody waiting.
    """
    if conditions.hours:
        hours, now = Hours(conditions.hours), sources.now()
        if not hours.contain(now):
            return WaitReason(WaitKind.HOURS, tr("waits until {time}", time=_when(hours.next_begin(now), now)))
    if conditions.on_battery and runs_on_battery(sources.power_supplies):
        return WaitReason(WaitKind.POWER, tr("waits: the computer runs on battery"))
    free = sources.free_memory() if conditions.free_memory is not None else 0.0
    if conditions.free_memory is not None and free < conditions.free_memory * GIGABYTE:
        words = tr(
            "waits: only {free} of memory are free, and {needed} have to stay free",
            free=format_size(round(free)),
            needed=format_size(round(conditions.free_memory * GIGABYTE)),
        )
        return WaitReason(WaitKind.MEMORY, words)
    with suppress(OSError):
        if wait := _wait_for_disk(conditions.free_disk, folder):
            return wait
    with suppress(OSError):
        if program := find_running(conditions.programs):
            return WaitReason(WaitKind.PROGRAM, tr("waits while {program} runs", program=program))
    return None


def _wait_for_disk(gigabytes: float | None, folder: Path) -> WaitReason | None:
    if gigabytes is None:
        return None
    free, needed = shutil.disk_usage(folder).free, gigabytes * GIGABYTE
    if free >= needed:
        return None
    words = tr(
        "waits: only {free} are free on the disk of {folder}, and {needed} are asked for",
        free=format_size(free),
        folder=folder,
        needed=format_size(round(needed)),
    )
    return WaitReason(WaitKind.DISK, words)


def _when(moment: datetime, now: datetime) -> str:
    """Return the time, with the day where that is not today or the coming night."""
    clock = f"{moment:%H:%M}"
    return clock if moment - now < timedelta(hours=18) else f"{moment:%Y-%m-%d} {clock}"
