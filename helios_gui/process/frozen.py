"""What is different when the program is a bundle made by PyInstaller, with its own Python inside."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from helios_gui import product
from helios_gui.translation import tr

_OVERWRITTEN = ("DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH", "PATH", "QML2_IMPORT_PATH", "QT_PLUGIN_PATH")
_ORIGINAL = "_ORIG"
_BOOT_LOADER = "_PYI_"

CALL_SERVER_OPTION = "--call-server"
"""The option with which this program starts itself to call functions for it (``process.isolated_calls``)."""


def is_frozen() -> bool:
    """Return whether this is the bundle."""
    return bool(getattr(sys, "frozen", False))


def own_command(*arguments: str) -> list[str]:
    """Return the command that starts this program; ``sys.executable`` is Python, or the bundle itself."""
    return [sys.executable, *arguments] if is_frozen() else [sys.executable, "-m", "helios_gui", *arguments]


def chunk_command(*arguments: str) -> list[str]:
    """Return the command with which a chunk starts this program, in any folder.

    Python would look for modules in the folder where it starts, a job's, first: ``-P`` keeps it from that.
    """
    return own_command(*arguments) if is_frozen() else [sys.executable, "-P", "-m", "helios_gui", *arguments]


def is_chunk_command(command: Sequence[str]) -> bool:
    """Return whether a command, with its program resolved, starts this program."""
    own = chunk_command()
    return list(command[: len(own)]) == own


def reinstall_hint(package: str) -> str:
    """Return advice on a library that cannot be used; in a bundle it cannot be installed alone."""
    return (
        tr("Reinstall {name}.", name=product.NAME)
        if is_frozen()
        else tr("Reinstall the package “{package}”.", package=package)
    )


def give_back_environment() -> None:
    """Give the environment back as it was before the bundle started, for all children: they are others' programs.

    Does nothing elsewhere, and nothing the second time. In the window it has to come after the application object,
    which finds its plugins by it. The bundle's start keeps what it overwrites under the same name with ``_ORIG``.
    """
    marks = [name for name in os.environ if name.startswith(_BOOT_LOADER)]
    if not is_frozen() or not marks:
        return
    for name in marks:
        del os.environ[name]
    for name in _OVERWRITTEN:
        original = os.environ.pop(name + _ORIGINAL, None)
        if original is not None:
            os.environ[name] = original
        else:
            os.environ.pop(name, None)
