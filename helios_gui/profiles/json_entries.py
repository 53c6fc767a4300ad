"""Profiles as they stand in JSON files, as entries with names."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import ValidationError

from helios_gui.adapters.base_profile import NAME_LENGTH, Profile
from helios_gui.adapters.registry import DEFAULT_KIND, find_kind
from helios_gui.translation import tr
from helios_gui.utils.model_problems import dotted, problem_in_words


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
    where = dotted(first["loc"])
    if first["type"] == "extra_forbidden":
        return tr("has a setting this version does not know ({where})", where=where)
    return tr("has a bad setting ({where}: {first})", where=where, first=problem_in_words(first))


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
