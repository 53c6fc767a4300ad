"""The help of the commands in the chosen language.

Typer reads the help from docstrings and annotations when the commands are defined, before a language is chosen. So it
is replaced afterwards. ``packaging/translations/update`` collects the texts with the same walk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from helios_gui.translation import tr

_ATTRIBUTES = ("help", "epilog")


def translate_help(command: Any) -> None:
    """Translate the help of a command, its options and arguments, and all commands below it, in place."""
    for part, attribute, text in find_help(command):
        setattr(part, attribute, tr(text))


def find_help(command: Any) -> Iterator[tuple[Any, str, str]]:
    """Yield each part of a command that has help, the attribute that holds it, and the English text."""
    for part in (command, *command.params):
        for attribute in _ATTRIBUTES:
            if text := getattr(part, attribute, None):
                yield part, attribute, text
    for below in getattr(command, "commands", {}).values():
        yield from find_help(below)
