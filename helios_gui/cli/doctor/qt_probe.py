"""Checks in a child process whether the window could open and play video, so that this process needs no Qt."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass

from helios_gui.cli.invocation import QT_REPORT_OPTION
from helios_gui.process.frozen import own_command, reinstall_hint
from helios_gui.translation import tr
from helios_gui.utils.programs import NO_WINDOW

_TIMEOUT = 60.0
_BOOT_LOADER = "[PYI-"  # the boot loader of a frozen bundle adds a line to the program's error messages
_BACKEND = re.compile(r'Loading media backend "(\w+)"')


@dataclass(frozen=True, slots=True)
class QtProbeResult:
    """Qt's version and the name of its media backend, or the ``problem`` and what to do about it (``hint``)."""

    version: str = ""
    backend: str = ""
    problem: str = ""
    hint: str = ""


def probe_qt() -> QtProbeResult:
    """Load Qt and its media backend in a child process, without a display, and return what was found."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "QT_LOGGING_RULES": "qt.multimedia.plugin=true",  # the backend names itself on standard error
        "QT_FORCE_STDERR_LOGGING": "1",
    }
    try:
        process = subprocess.run(
            own_command(QT_REPORT_OPTION),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            creationflags=NO_WINDOW,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return QtProbeResult(problem=tr("Qt could not be checked: {error}", error=error))
    errors = process.stderr.decode("utf-8", "replace")
    if process.returncode != 0:
        return _problem_of(errors)
    found = json.loads(process.stdout)
    backend = _BACKEND.search(errors)
    if backend is None or not found["codecs"]:
        return QtProbeResult(
            problem=tr("Qt {found}, but QtMultimedia has no backend that plays video", found=found["version"]),
            hint=tr(
                "{reinstall_hint} Previews will not play until then.", reinstall_hint=reinstall_hint("PySide6_Addons")
            ),
        )
    return QtProbeResult(version=found["version"], backend=backend[1])


def _problem_of(errors: str) -> QtProbeResult:
    """Return why the child process failed: usually a system library that Qt needs is missing."""
    lines = [line.strip() for line in errors.splitlines() if line.strip() and not line.startswith(_BOOT_LOADER)]
    last = lines[-1] if lines else tr("it ended without a message")
    library = re.search(r"(lib[\w.+-]+\.so[.\d]*)", last)
    hint = (
        tr("Install the system package that contains {library}.", library=library[1])
        if library
        else reinstall_hint("PySide6")
    )
    return QtProbeResult(problem=tr("the window cannot open: {last}", last=last), hint=hint)
