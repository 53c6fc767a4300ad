"""JSON files of the app, and the profiles that stand in them as entries. Neither is ever lost because it is bad."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from helios_gui.adapters.base_profile import NAME_LENGTH, Profile
from helios_gui.adapters.registry import DEFAULT_KIND, find_kind
from helios_gui.translation import tr
from helios_gui.utils.files import write_atomic


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
    except (ValueError, RecursionError) as error:
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


def parse_profile(entry: dict[str, Any]) -> Profile:
    """Return the profile that an object describes; its ``kind`` is the local one unless it says so.

    Raises:
        KeyError: There is no such kind.
        ValidationError: A setting is bad; the error's locations begin with the setting.
    """
    profile: Profile = find_kind(entry.get("kind", DEFAULT_KIND)).profile_model.model_validate(entry)
    return profile


def read_entry(entry: Any, kinds: Collection[str]) -> Profile | str:
    """Return the profile of an entry of one of these kinds, else why it is none: the end of a sentence about it."""
    if not isinstance(entry, dict):
        return tr("is not an object")
    kind = entry.get("kind", DEFAULT_KIND)
    if not isinstance(kind, str) or kind not in kinds:
        return tr("is of a kind this version does not know ({kind!r})", kind=kind)
    try:
        return parse_profile(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return tr("has a setting this version does not know ({where})", where=where)
    return tr("has a bad setting ({where}: {first})", where=where, first=first["msg"])


def entry_name(entry: Any) -> str:
    """Return what to call an entry in a message."""
    return f"“{plain_name(entry)}”"


def plain_name(entry: Any) -> str:
    """Return an entry's name, shortened, or words for there being none."""
    name = entry.get("name", tr("without a name")) if isinstance(entry, dict) else tr("without a name")
    return str(name)[:NAME_LENGTH]


def same_name(one: str, other: str) -> bool:
    """Return whether two names differ at most in upper and lower case."""
    return one.strip().casefold() == other.strip().casefold()


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Return ``wanted``, with a number after it if it is taken; never longer than a name may be."""
    name, number = wanted, 1
    while any(same_name(name, other) for other in taken):
        number += 1
        suffix = f" {number}"
        name = wanted[: NAME_LENGTH - len(suffix)].rstrip() + suffix
    return name
