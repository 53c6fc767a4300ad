"""Whether a program runs that a person works with."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import psutil

from helios_gui.process.process_table import list_processes
from helios_gui.translation import tr

_LONGEST = 100


def read_programs(value: object) -> object:
    """Return the names in a text such as ``blender, Resolve``; other values as they are."""
    return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


def check_programs(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names if each can be a program's. Raises ``ValueError``."""
    for name in names:
        if not name.strip() or not name.isprintable() or len(name) > _LONGEST:
            raise ValueError(tr("“{name}” cannot be the name of a program", name=ascii(name[:_LONGEST])[1:-1]))
    return names


def find_running(programs: Iterable[str]) -> str:
    """Return the first of these programs that runs, but for renderers of ours; else an empty text. Blocking.

    Raises:
        OSError: The processes cannot be listed.
    """
    wanted = {_plain(name): name for name in programs}
    if not wanted:
        return ""
    for entry in list_processes():
        if not (entry.attempt_id or entry.mark):
            with suppress(psutil.Error):
                name = _plain(psutil.Process(entry.pid).name())
                if name in wanted:
                    return wanted[name]
    return ""


def _plain(name: str) -> str:
    return name.strip().casefold().removesuffix(".exe")
