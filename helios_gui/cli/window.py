"""``helios-gui [FILES]``: opens the window."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from helios_gui.cli.invocation import COMMANDS
from helios_gui.cli.output import print_error
from helios_gui.cli.single_instance_client import lock_or_hand_over
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.folders import AppFolders


def open_window(arguments: Sequence[str]) -> int:
    """Show the window with these job files added until it is closed, and return the exit code.

    A window that is open already gets the files and comes to the front, and this returns at once.
    """
    try:
        files = _files(arguments)
        lock = lock_or_hand_over(AppFolders.default(), files)
        if lock is None:
            return 0
        with lock:
            _check_display()
            from helios_gui.ui.qt_runtime.feature_search import stop_feature_search

            stop_feature_search()  # before all that it would look at is imported
            from helios_gui.app import run_window

            return run_window(files, lock.address, lock.problem)
    except UserInputError as error:
        return print_error(error)


def _files(arguments: Sequence[str]) -> list[Path]:
    """Return the arguments as absolute paths. After ``--`` a name may begin with a dash.

    Raises:
        UserInputError: An argument is an option, or there is no such file.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = [argument for argument in arguments[:end] if argument.startswith("-")]
    if options:
        raise UserInputError(
            tr("The window has no option {options}.", options=options[0]),
            tr(
                "To render in the terminal: helios-gui render {arguments}; for all options: helios-gui render --help.",
                arguments=arguments[0],
            ),
        )
    files = [Path(argument) for argument in (*arguments[:end], *arguments[end + 1 :])]
    missing = [file for file in files if not os.path.lexists(file)]
    if missing:
        import difflib

        alike = difflib.get_close_matches(str(missing[0]), COMMANDS, n=1)
        hint = (
            tr("Did you mean: helios-gui {alike}?", alike=alike[0])
            if alike
            else tr("To list the commands: helios-gui --help.")
        )
        raise UserInputError(tr("There is no file “{missing}”.", missing=missing[0]), hint)
    return [file.absolute() for file in files]


def _check_display() -> None:
    """Raise ``UserInputError`` where there is no display: Qt would end the process without a helpful message."""
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise UserInputError(
            tr("There is no display to open a window on."), tr("To render in the terminal: helios-gui render JOB.")
        )
