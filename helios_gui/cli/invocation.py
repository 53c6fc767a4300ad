"""Names on the command line: the commands, the hidden option of ``doctor``, and what opens the window.

Imported by the program's entry point before anything else, so it imports nothing that takes time.
"""

from __future__ import annotations

from collections.abc import Sequence

from helios_gui import __version__

COMMANDS = (
    "render",
    "restitch",
    "plan",
    "new",
    "web",
    "blend",
    "transcode",
    "link-frames",
    "presets",
    "jobs",
    "report",
    "doctor",
    "example",
    "watch",
    "hooks",
    "profiles",
    "worker",
)
"""The first words that name a command. Any other first word is a file to open in the window."""

VERSION_LINE = f"helios-gui {__version__}"
"""What ``--version`` prints."""

QT_REPORT_OPTION = "--qt-report"
"""The option with which ``doctor`` starts this program again to examine Qt. Not meant for people, not in ``--help``."""


def opens_window(arguments: Sequence[str]) -> bool:
    """Return whether these arguments (without the program's name) open the window instead of running a command."""
    if not arguments or arguments[0] == "--":
        return True
    return not arguments[0].startswith("-") and arguments[0] not in COMMANDS
