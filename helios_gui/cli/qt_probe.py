"""Whether the window could open and play video here, found out by a short child process: this one stays without Qt."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass

from helios_gui.cli import QT_REPORT
from helios_gui.process.frozen import own_command, reinstall_hint

_TIMEOUT = 60.0
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_BOOT_LOADER = "[PYI-"  # a bundle's start, which ends what a program says with a line of its own
_BACKEND = re.compile(r'Loading media backend "(\w+)"')


@dataclass(frozen=True, slots=True)
class QtFindings:
    """The versions found, or the ``problem`` and its ``hint``."""

    version: str = ""
    backend: str = ""
    problem: str = ""
    hint: str = ""


def probe_qt() -> QtFindings:
    """Load Qt and its multimedia backend in a child process, without a display."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_LOGGING_RULES": "qt.multimedia.plugin=true",  # the backend names itself on standard error
        "QT_FORCE_STDERR_LOGGING": "1",
    }
    try:
        answer = subprocess.run(
            own_command(QT_REPORT),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            creationflags=_NO_WINDOW,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return QtFindings(problem=f"Qt could not be tried: {error}")
    errors = answer.stderr.decode("utf-8", "replace")
    if answer.returncode != 0:
        return _explain(errors)
    found = json.loads(answer.stdout)
    backend = _BACKEND.search(errors)
    if backend is None or not found["codecs"]:
        return QtFindings(
            problem=f"Qt {found['version']}, but QtMultimedia has no backend that plays video",
            hint=f"{reinstall_hint('PySide6_Addons')} Previews will not play until then.",
        )
    return QtFindings(version=found["version"], backend=backend[1])


def _explain(errors: str) -> QtFindings:
    """Why the child ended: usually a system library that Qt needs."""
    lines = [line.strip() for line in errors.splitlines() if line.strip() and not line.startswith(_BOOT_LOADER)]
    last = lines[-1] if lines else "no word of why"
    library = re.search(r"(lib[\w.+-]+\.so[.\d]*)", last)
    hint = f"Install the system's package with {library[1]}." if library else reinstall_hint("PySide6")
    return QtFindings(problem=f"the window cannot open: {last}", hint=hint)
