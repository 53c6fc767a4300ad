"""``helios-gui [FILES]``: the window."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from helios_gui.cli import COMMANDS
from helios_gui.cli.one_window import claim_or_hand_over
from helios_gui.cli.output import complain
from helios_gui.types import UserInputError
from helios_gui.utils.folders import AppFolders


def open_window(arguments: Sequence[str]) -> int:
    """Show the window with these files added until it is closed; returns the exit code.

    Where it is open already it gets the files and comes to the front, and this returns at once.
    """
    try:
        files = _files(arguments)
        claim = claim_or_hand_over(AppFolders.default(), files)
        if claim is None:
            return 0
        with claim:
            _check_display()
            from helios_gui.app import run_window

            return run_window(files, claim.address, claim.reason)
    except UserInputError as error:
        return complain(error)


def _files(arguments: Sequence[str]) -> list[Path]:
    """The arguments as absolute paths; after ``--`` whatever they look like."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = [argument for argument in arguments[:end] if argument.startswith("-")]
    if options:
        raise UserInputError(
            f"The window has no option {options[0]}.",
            f"To render in the terminal: helios-gui render {arguments[0]}; for all options: helios-gui render --help.",
        )
    files = [Path(argument) for argument in (*arguments[:end], *arguments[end + 1 :])]
    missing = [file for file in files if not os.path.lexists(file)]
    if missing:
        alike = difflib.get_close_matches(str(missing[0]), COMMANDS, n=1)
        hint = f"Did you mean: helios-gui {alike[0]}?" if alike else "For the commands there are: helios-gui --help."
        raise UserInputError(f"There is no file “{missing[0]}”.", hint)
    return [file.absolute() for file in files]


def _check_display() -> None:
    """Qt ends the process where it finds no display; say so in words before."""
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise UserInputError(
            "There is no display to open a window on.", "In a terminal, jobs are rendered with: helios-gui render JOB."
        )
