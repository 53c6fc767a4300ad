"""Export of profiles to files, and import. There are no secrets in them, as there are none in profiles."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from helios_gui.adapters.base_profile import Profile
from helios_gui.profiles.json_entries import free_name, read_entry
from helios_gui.profiles.store import PROFILES
from helios_gui.translation import mark, tr
from helios_gui.types import UserInputError
from helios_gui.utils.json_files import entry_name, plain_name, write_object
from helios_gui.utils.shown_text import plain_text

MAX_SIZE = 1_000_000
"""Bytes of a file that is read at all."""

_HINT = mark("Choose a file that was exported from the settings.")


def export_profiles(profiles: Sequence[Profile], path: Path) -> None:
    """Write profiles to a JSON file, whole or not at all. Raises ``OSError``."""
    write_object(path, {PROFILES: [profile.model_dump(mode="json") for profile in profiles]})


def import_profiles(path: Path, kinds: Collection[str], taken: Collection[str]) -> tuple[Profile, ...]:
    """Read the profiles of an exported file, or of a profiles file itself; the file is left as it is.

    Args:
        path: The file.
        kinds: The names of the kinds that may be imported.
        taken: Names in use; a profile that has one of them gets another name.

    Raises:
        UserInputError: The file cannot be read or holds no profile, or one of its profiles cannot be used.
    """
    profiles: list[Profile] = []
    for entry in _entries(path):
        found = read_entry(entry, kinds)
        if isinstance(found, str):
            raise UserInputError(
                tr(
                    "{path} cannot be imported: {entry} {found}.",
                    path=path.name,
                    entry=entry_name(entry),
                    found=found,
                ),
                tr(_HINT),
            )
        name = free_name(found.name, [*taken, *(profile.name for profile in profiles)])
        profiles.append(found.model_copy(update={"name": name}))
    if not profiles:
        raise UserInputError(tr("{path} holds no profile.", path=path.name), tr(_HINT))
    return tuple(profiles)


def check_file(path: Path, kinds: Collection[str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield, for each entry of a file, its name, why it cannot be used (empty: it can), and its warnings by setting.

    Raises:
        UserInputError: The file cannot be read or holds no profiles.
    """
    for entry in _entries(path):
        found = read_entry(entry, kinds)
        if isinstance(found, str):
            yield plain_name(entry), found, {}
        else:
            yield found.name, "", dict(found.warnings())


def describe_imported(profiles: Sequence[Profile]) -> str:
    """Return, a line each, which servers get which credentials, and which variables jobs get, for a person to agree to.

    Empty if the profiles use no credentials and set no variables. Characters that would hide or reorder others are
    escapes.
    """
    lines: list[str] = []
    for profile in profiles:
        lines += (
            tr(
                "“{profile}” sends {credential} to {server}.",
                profile=profile.name,
                credential=use.credential,
                server=use.server,
            )
            for use in profile.credential_uses()
        )
        variables = (f"{name}={value}" for name, value in profile.chunk_environment().items())
        lines += (
            tr("“{profile}” runs programs with {variable}", profile=profile.name, variable=variable)
            for variable in variables
        )
    return "\n".join(map(plain_text, lines))


def _entries(path: Path) -> list[object]:
    try:
        if path.stat().st_size > MAX_SIZE:
            raise UserInputError(tr("{path} is too large to be a profile.", path=path.name), tr(_HINT))
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UserInputError(
            tr("{path} cannot be read: {reason}.", path=path, reason=error.strerror or error)
        ) from error
    except (ValueError, RecursionError) as error:
        raise UserInputError(tr("{path} is not a JSON file.", path=path.name), tr(_HINT)) from error
    entries = content.get(PROFILES) if isinstance(content, dict) else None
    if isinstance(content, dict) and PROFILES not in content and "name" in content:
        entries = [content]  # a single one, as it is shown in the terminal
    if not isinstance(entries, list):
        raise UserInputError(tr("{path} holds no profiles.", path=path.name), tr(_HINT))
    return entries
