"""Profiles as they stand in files: objects that may be damaged, or say more than this version understands."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from helios_gui.profiles.kinds import LOCAL
from helios_gui.profiles.models import KINDS, NAME_LENGTH, Profile


def read_entry(entry: Any, kinds: Collection[str]) -> Profile | str:
    """The profile of an object of one of these kinds; else why it is none, as a sentence's end after its name."""
    if not isinstance(entry, dict):
        return "is not an object"
    kind = entry.get("kind", LOCAL)
    if not isinstance(kind, str) or kind not in kinds:
        return f"is of a kind this version does not know ({kind!r})"
    try:
        return KINDS[kind].model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"has a setting this version does not know ({where})"
    return f"has a bad setting ({where}: {first['msg']})"


def entry_name(entry: Any) -> str:
    """What to call an object in a message."""
    name = entry.get("name", "without a name") if isinstance(entry, dict) else "without a name"
    return f"“{str(name)[:NAME_LENGTH]}”"


def same_name(one: str, other: str) -> bool:
    """Names differ by more than upper and lower case."""
    return one.strip().casefold() == other.strip().casefold()


def free_name(wanted: str, taken: Collection[str]) -> str:
    """``wanted``, or with a number after it where it is taken; never longer than a name may be."""
    name, number = wanted, 1
    while any(same_name(name, other) for other in taken):
        number += 1
        suffix = f" {number}"
        name = wanted[: NAME_LENGTH - len(suffix)].rstrip() + suffix
    return name
