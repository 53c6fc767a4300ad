"""Find the Blender of this machine and ask for its version."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.programs import ask_program

BLENDER_VARIABLE = "HELIOS_BLENDER"
"""Environment variable with the path of Blender; it comes before all that are found."""

_VERSION = re.compile(rb"^Blender (\d+)\.(\d+)(?:\.(\d+))?", re.MULTILINE)
_NUMBERS = re.compile(r"\d+")

# Where Blender's installers, archives and shops put it; of several versions the newest is taken.
_PLACES = {
    "linux": (
        ("/snap/bin", "blender"),
        ("/var/lib/flatpak/exports/bin", "org.blender.Blender"),
        ("~/.local/share/flatpak/exports/bin", "org.blender.Blender"),
        ("/opt", "blender*/blender"),
        ("/usr/local", "blender*/blender"),
        ("~", "blender*/blender"),
        ("~/.local/share/Steam/steamapps/common", "Blender/blender"),
    ),
    "darwin": (
        ("/Applications", "Blender*.app/Contents/MacOS/Blender"),
        ("~/Applications", "Blender*.app/Contents/MacOS/Blender"),
        ("~/Library/Application Support/Steam/steamapps/common", "Blender/Blender.app/Contents/MacOS/Blender"),
    ),
    "win32": (
        ("%PROGRAMFILES%", r"Blender Foundation\Blender*\blender.exe"),
        ("%PROGRAMFILES(X86)%", r"Steam\steamapps\common\Blender\blender.exe"),
        ("%LOCALAPPDATA%", r"Microsoft\WindowsApps\blender.exe"),
    ),
}


def find_blender(environment: Mapping[str, str] | None = None) -> Path:
    """Return the absolute path of Blender.

    Args:
        environment: Where ``HELIOS_BLENDER``, ``PATH`` and the folders of programs are read; by default this process's.

    Raises:
        UserInputError: There is none, or ``HELIOS_BLENDER`` names no program.
    """
    environment = os.environ if environment is None else environment
    search = environment.get("PATH")
    if wanted := environment.get(BLENDER_VARIABLE):
        found = shutil.which(wanted, path=search)
        if found is None:
            raise UserInputError(
                tr("There is no Blender at {path}.", path=wanted), tr("Correct {name}.", name=BLENDER_VARIABLE)
            )
        return Path(found).absolute()
    found = shutil.which("blender", path=search)
    if found is not None:
        return Path(found).absolute()
    installed = sorted(_installed(environment))
    if installed:
        return installed[-1][1]
    raise UserInputError(
        tr("Blender was not found: a .blend is read and rendered with it."),
        tr("Install it, or set {name} to its path.", name=BLENDER_VARIABLE),
    )


@cache
def blender_version(path: Path) -> tuple[int, int, int]:
    """Return the version that the program at ``path`` reports, such as ``(3, 4, 1)`` (blocking; remembered).

    Raises:
        UserInputError: It cannot be started, or does not answer like Blender.
    """
    answer = ask_program(path, "--version", tr("Install a working Blender."))
    match = _VERSION.search(answer.stdout)
    if match is None:
        raise UserInputError(tr("{path} does not answer like Blender.", path=path), tr("Install a working Blender."))
    return int(match[1]), int(match[2]), int(match[3] or 0)


def _installed(environment: Mapping[str, str]) -> Iterator[tuple[list[int], Path]]:
    """Yield the version in the name, such as ``[4, 2, 1]`` of ``blender-4.2.1-linux-x64``, and the program."""
    for folder, pattern in _PLACES.get(sys.platform, ()):
        root = _expand(folder, environment)
        if root is None:
            continue
        with contextlib.suppress(OSError):
            for path in root.glob(pattern.replace("\\", "/")):
                if os.access(path, os.X_OK):
                    yield [int(number) for number in _NUMBERS.findall(str(path.relative_to(root)))], path


def _expand(folder: str, environment: Mapping[str, str]) -> Path | None:
    if folder.startswith("%"):
        value = environment.get(folder.strip("%"))
        return Path(value) if value else None
    if folder.startswith("~"):
        home = environment.get("HOME")
        return Path(home + folder[1:]) if home else None
    return Path(folder)
