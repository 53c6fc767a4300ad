"""The terminal's composition root: ``helios-gui render | plan | jobs | …``, and the way to the window.

Nothing here imports Qt; the window is imported when it is asked for, everything else when its command is.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

from helios_gui import __version__

COMMANDS = ("render", "plan", "jobs", "doctor", "example", "worker")
"""The words that are commands; any other first word is a file for the window."""

VERSION_LINE = f"helios-gui {__version__}"

QT_REPORT = "--qt-report"
"""What ``doctor`` starts this program with, to hear about Qt; not meant for people."""


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line asks (``argv`` without the program's name); returns the exit code.

    0: done. 1: it failed. 2: the input cannot be used. 130: interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    _let_any_path_be_printed()
    if arguments == ["--version"]:
        print(VERSION_LINE)
        return 0
    if arguments == [QT_REPORT]:
        from helios_gui.ui.preview.multimedia import print_qt_report

        return print_qt_report()
    if _is_for_the_window(arguments):
        from helios_gui.cli.window import open_window

        return open_window(arguments)
    from helios_gui.cli.commands import run
    from helios_gui.process.frozen import give_back_environment

    give_back_environment()
    return run(arguments)


def _is_for_the_window(arguments: Sequence[str]) -> bool:
    if not arguments or arguments[0] == "--":
        return True
    return not arguments[0].startswith("-") and arguments[0] not in COMMANDS


def _let_any_path_be_printed() -> None:
    """A name that is not text, or not of the terminal's alphabet, must not end a render with an encoding error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            unicode = stream.encoding.lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="surrogateescape" if unicode else "replace")
