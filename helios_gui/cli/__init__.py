"""The entry point of ``helios-gui``: runs a command in the terminal or opens the window.

Nothing here imports Qt. The window and each command import what they need when they are asked for.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from helios_gui.cli.invocation import QT_REPORT_OPTION, VERSION_LINE, opens_window
from helios_gui.process.frozen import CALL_SERVER_OPTION

_STANDARD_ERROR = 2
_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    Args:
        argv: The arguments without the program's name; ``None`` takes them from ``sys.argv``.

    Returns:
        0: done. 1: it failed. 2: the input cannot be used. 130: interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except KeyboardInterrupt:  # while modules are loaded: commands tell of it themselves
        return _INTERRUPTED


def _run(arguments: list[str]) -> int:
    _open_closed_streams()
    _accept_any_text_on_output()
    if arguments == ["--version"]:
        print(VERSION_LINE)
        return 0
    if arguments == [CALL_SERVER_OPTION]:
        from helios_gui.process.call_server import serve_calls

        return serve_calls()
    if arguments == [QT_REPORT_OPTION]:
        from helios_gui.ui.preview.multimedia import print_qt_report

        return print_qt_report()
    from helios_gui.translation import choose_language

    choose_language()
    if opens_window(arguments):
        gc.disable()  # hundreds of modules are no garbage; the window has a collector of its own
        try:
            from helios_gui.cli.window import open_window

            return open_window(arguments)
        finally:
            gc.enable()
    from helios_gui.cli.commands import run
    from helios_gui.process.frozen import give_back_environment

    give_back_environment()
    return run(arguments)


def _open_closed_streams() -> None:
    """Open standard streams that were closed, as by ``>&-`` or a service, to the null device; Python has none then."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:  # files opened later get other numbers
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - as long as the process


def _accept_any_text_on_output() -> None:
    """Replace characters that the terminal's encoding lacks, so that printing a path cannot raise an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            unicode = stream.encoding.lower().replace("-", "") == "utf8"
            stream.reconfigure(errors="surrogateescape" if unicode else "replace")
