"""JSON files of the app, and what to call the entries in them. No file is ever lost because it is bad."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from helios_gui.translation import tr
from helios_gui.utils.files import write_atomic
from helios_gui.utils.json_mistakes import mistake_in

_LONGEST_NAME = 60
"""Characters of an entry's name in a message."""


@dataclass(frozen=True, slots=True)
class JsonFile:
    """What a file holds: ``content`` (empty if there was nothing usable) and ``problem``, a sentence or ``""``.

    ``unread`` is why it could not be read, though it is there: permissions, its disk, too many open files.
    """

    content: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    unread: OSError | None = None


def read_object(path: Path) -> JsonFile:
    """Read a JSON object. A file that is not one is moved aside first, so that saving cannot overwrite it.

    A file that cannot be read now may hold something good: it stays where it is, and ``unread`` says so.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return JsonFile()
    except IsADirectoryError as error:
        return set_aside(path, str(error))
    except OSError as error:
        problem = tr(
            "{path} cannot be read now ({reason}), and is left as it is.",
            path=path,
            reason=error.strerror or str(error),
        )
        return JsonFile(problem=problem, unread=error)
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        return set_aside(path, mistake_in(error))
    except RecursionError as error:
        return set_aside(path, str(error))
    if not isinstance(content, dict):
        return set_aside(path, tr("it is not a JSON object"))
    return JsonFile(content)


def set_aside(path: Path, reason: str) -> JsonFile:
    """Move an unusable file to ``NAME.bad-TIMESTAMP`` beside itself; the answer says where it went and why."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    backup = path.with_name(f"{path.name}.bad-{stamp}")
    number = 1
    while backup.exists():
        number += 1
        backup = path.with_name(f"{path.name}.bad-{stamp}-{number}")
    try:
        path.rename(backup)
    except OSError as error:
        return JsonFile(
            problem=tr(
                "{path} cannot be used ({reason}) and could not be moved aside ({strerror}).",
                path=path,
                reason=reason,
                strerror=error.strerror,
            )
        )
    return JsonFile(
        problem=tr(
            "{path} could not be used ({reason}). It was kept as {backup}.",
            path=path,
            reason=reason,
            backup=backup.name,
        )
    )


def write_object(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object atomically, making its folder if it is missing. Raises ``OSError``."""
    write_atomic(path, json.dumps(content, indent=2) + "\n")


def entry_name(entry: Any) -> str:
    """Return what to call an entry in a message."""
    return f"“{plain_name(entry)}”"


def plain_name(entry: Any) -> str:
    """Return an entry's name, shortened, or words for there being none."""
    name = entry.get("name", tr("without a name")) if isinstance(entry, dict) else tr("without a name")
    return str(name)[:_LONGEST_NAME]
