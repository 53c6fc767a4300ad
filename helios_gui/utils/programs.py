"""Starting other programs for a moment."""

from __future__ import annotations

import subprocess
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.types import UserInputError

NO_WINDOW: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""For ``creationflags``: on Windows, a program of the terminal opens no window of its own."""

_SECONDS = 60.0


def ask_program(path: Path, option: str, hint: str) -> subprocess.CompletedProcess[bytes]:
    """Return what a program answers to an option such as ``--version`` (blocking).

    Args:
        path: The program.
        option: Its only argument.
        hint: What a person can do where it does not answer.

    Raises:
        UserInputError: It cannot be started, or does not end.
    """
    try:
        return subprocess.run(
            [path, option],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            creationflags=NO_WINDOW,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserInputError(tr("{path} cannot be started: {error}.", path=path, error=error), hint) from error
