"""Profiles while they are being edited: anything may be wrong with them, and says what. No widgets in here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QCoreApplication

from helios_gui.profiles.models import NAME_LENGTH, LocalProfile, Profile, default_profile
from helios_gui.profiles.store import ProfileStore

NAME = "name"
ENVIRONMENT = "environment"


def _tr(text: str) -> str:
    return QCoreApplication.translate("Settings", text)


@dataclass
class ProfileDraft:
    """One profile being edited: a value per setting, and the variables as rows, which may repeat a name."""

    values: dict[str, Any]
    environment: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, profile: Profile) -> ProfileDraft:
        """A draft that changes nothing yet."""
        variables = profile.environment if isinstance(profile, LocalProfile) else {}
        return cls(profile.model_dump(exclude={ENVIRONMENT}), list(variables.items()))

    def copy(self) -> ProfileDraft:
        """An independent copy."""
        return ProfileDraft(dict(self.values), list(self.environment))

    @property
    def name(self) -> str:
        """The name as typed, without the blanks around it."""
        return str(self.values[NAME]).strip()

    def variables(self) -> list[tuple[str, str]]:
        """The rows that say anything."""
        return [(name.strip(), value) for name, value in self.environment if name.strip() or value]

    def build(self) -> Profile:
        """The profile as it stands. Raises ``ValidationError`` while something is wrong with it."""
        return LocalProfile.model_validate({**self.values, ENVIRONMENT: dict(self.variables())})

    def problems(self) -> dict[str, str]:
        """What is wrong, in words, by setting; empty when nothing is."""
        found = {name: message for name, message in self._own_problems() if message}
        if found:
            return found
        try:
            self.build()
        except ValidationError as error:  # bounds the form does not know of
            return {str(problem["loc"][0]): problem["msg"] for problem in error.errors(include_url=False)}
        return {}

    def _own_problems(self) -> Iterator[tuple[str, str]]:
        yield NAME, _name_problem(self.name)
        yield ENVIRONMENT, next(filter(None, self.variable_problems()), "")

    def variable_problems(self) -> list[str]:
        """What is wrong with each row of the variables, ``""`` where nothing is."""
        names = Counter(name.strip() for name, _ in self.environment)
        return [_variable_problem(name.strip(), value, names) for name, value in self.environment]


class SettingsDraft:
    """All profiles while they are being edited, and which is the default; compared with what the store has."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store
        self.drafts: list[ProfileDraft] = []
        self.default: ProfileDraft
        self.reload()

    def reload(self) -> None:
        """Take over what the store has; edits are gone."""
        self.drafts = [ProfileDraft.of(profile) for profile in self._store.profiles()]
        names = [draft.name for draft in self.drafts]
        self.default = self.drafts[names.index(self._store.default_name)]
        self._saved = self._snapshot()

    def _snapshot(self) -> tuple[object, ...]:
        drafts = [(dict(draft.values), draft.variables()) for draft in self.drafts]
        return drafts, self._index(self.default)

    def _index(self, wanted: ProfileDraft) -> int:
        return next(index for index, draft in enumerate(self.drafts) if draft is wanted)

    @property
    def is_dirty(self) -> bool:
        """Whether anything differs from what is saved."""
        return self._snapshot() != self._saved

    @property
    def is_valid(self) -> bool:
        """Whether nothing is wrong with any profile."""
        return not any(self.problems(draft) for draft in self.drafts)

    def problems(self, draft: ProfileDraft) -> dict[str, str]:
        """What is wrong with one profile, among the others."""
        found = draft.problems()
        others = {other.name.casefold() for other in self.drafts if other is not draft}
        if NAME not in found and draft.name.casefold() in others:
            found[NAME] = _tr("Another profile has this name.")
        return found

    def add(self) -> ProfileDraft:
        """A new profile with the usual settings, at the end."""
        draft = ProfileDraft.of(default_profile())
        draft.values[NAME] = self._free_name(_tr("New profile"))
        self.drafts.append(draft)
        return draft

    def duplicate(self, draft: ProfileDraft) -> ProfileDraft:
        """A copy under a name of its own, right after the original."""
        copy = draft.copy()
        copy.values[NAME] = self._free_name(_tr("{name} copy").format(name=draft.name[: NAME_LENGTH - 10]).strip())
        self.drafts.insert(self._index(draft) + 1, copy)
        return copy

    def remove(self, draft: ProfileDraft) -> ProfileDraft:
        """Drop one profile (not the last one left); its neighbour is the answer."""
        index = self._index(draft)
        del self.drafts[index]
        neighbour = self.drafts[min(index, len(self.drafts) - 1)]
        if draft is self.default:
            self.default = self.drafts[0]
        return neighbour

    def save(self) -> None:
        """Hand everything to the store; call it only while valid. Raises what ``ProfileStore.save`` does."""
        self._store.save([draft.build() for draft in self.drafts], self.default.name)
        self._saved = self._snapshot()

    def _free_name(self, wanted: str) -> str:
        taken = {draft.name.casefold() for draft in self.drafts}
        name, number = wanted, 1
        while name.casefold() in taken:
            number += 1
            name = f"{wanted} {number}"
        return name


def _name_problem(name: str) -> str:
    if not name:
        return _tr("A profile needs a name.")
    if len(name) > NAME_LENGTH:
        return _tr("At most {count} characters.").format(count=NAME_LENGTH)
    return "" if name.isprintable() else _tr("The name contains characters that cannot be shown.")


def _variable_problem(name: str, value: str, names: Counter[str]) -> str:
    if not name:
        return _tr("The value “{value}” has no name.").format(value=value) if value else ""
    if "=" in name or any(char.isspace() or not char.isprintable() for char in name):
        return _tr("“{name}” cannot name a variable: no spaces, no “=”.").format(name=name)
    return _tr("“{name}” is there twice.").format(name=name) if names[name] > 1 else ""
