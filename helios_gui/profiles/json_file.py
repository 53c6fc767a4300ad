"""Reading a small JSON file of ours without ever losing one that turns out to be bad."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from helios_gui.utils.files import write_atomic


@dataclass(frozen=True, slots=True)
class JsonFile:
    """What a file holds: ``content`` (empty where there was nothing usable) and ``problem``, in words, or ``""``."""

    content: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def read_object(path: Path) -> JsonFile:
    """Read a JSON object. A file that is not one is moved aside first, so that saving cannot overwrite it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return JsonFile()
    except (OSError, ValueError, RecursionError) as error:
        return set_aside(path, str(error))
    if not isinstance(content, dict):
        return set_aside(path, "it is not a JSON object")
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
        return JsonFile(problem=f"{path} cannot be used ({reason}) and could not be moved aside ({error.strerror}).")
    return JsonFile(problem=f"{path} could not be used ({reason}). It was kept as {backup.name}.")


def write_object(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON object atomically, making its folder where needed. Raises ``OSError``."""
    write_atomic(path, json.dumps(content, indent=2) + "\n")
