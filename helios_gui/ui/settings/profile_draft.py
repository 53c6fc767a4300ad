"""One profile while it is being edited: anything may be wrong with it, and it says what. No widgets in here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from helios_gui.adapters.base_profile import NAME_LENGTH, Profile
from helios_gui.adapters.registry import find_kind
from helios_gui.profiles.json_entries import parse_profile
from helios_gui.translation import tr
from helios_gui.utils.model_problems import problem_in_words

KIND = "kind"
NAME = "name"
ENVIRONMENT = "environment"


@dataclass
class ProfileDraft:
    """A value per setting, and the variables as rows, which may repeat a name.

    ``touched`` are the settings a person has edited: what was never filled in is not held against them yet.
    """

    values: dict[str, Any]
    environment: list[tuple[str, str]] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, profile: Profile) -> ProfileDraft:
        """Create a draft of an existing profile, without changes."""
        return cls(profile.model_dump(exclude={ENVIRONMENT}), list(profile.chunk_environment().items()))

    @classmethod
    def new(cls, kind: str, name: str) -> ProfileDraft:
        """Create a draft with the defaults of a kind; required settings are empty."""
        settings = find_kind(kind).profile_model.model_fields
        values = {
            setting: "" if info.is_required() else info.get_default(call_default_factory=True)
            for setting, info in settings.items()
            if setting != ENVIRONMENT
        }
        return cls({**values, NAME: name})

    def copy(self) -> ProfileDraft:
        """Return an independent copy."""
        return ProfileDraft(dict(self.values), list(self.environment), set(self.touched))

    @property
    def kind(self) -> str:
        """Which kind of profile it is."""
        return str(self.values[KIND])

    @property
    def name(self) -> str:
        """The name as typed, without the blanks around it."""
        return str(self.values[NAME]).strip()

    def variables(self) -> list[tuple[str, str]]:
        """Return the rows that are not empty."""
        return [(name.strip(), value) for name, value in self.environment if name.strip() or value]

    def build(self) -> Profile:
        """Return the profile; raise ``ValidationError`` if a value is not valid."""
        has_variables = ENVIRONMENT in find_kind(self.kind).profile_model.model_fields
        variables = {ENVIRONMENT: dict(self.variables())} if has_variables else {}
        return parse_profile({**self.values, **variables})

    def problems(self) -> dict[str, str]:
        """Return an error message for each setting that is not valid."""
        found = {name: message for name, message in self._own_problems() if message}
        try:
            self.build()
        except ValidationError as error:
            for problem in error.errors(include_url=False):
                found.setdefault(str(problem["loc"][0]), problem_in_words(problem))
        return found

    def is_gap(self, setting: str) -> bool:
        """Return whether a setting is still as empty as it began."""
        return setting not in self.touched and self.values.get(setting) == ""

    def _own_problems(self) -> Iterator[tuple[str, str]]:
        yield NAME, _name_problem(self.name)
        yield ENVIRONMENT, next(filter(None, self.variable_problems()), "")

    def variable_problems(self) -> list[str]:
        """Return an error message for each row of the variables, ``""`` if it is valid."""
        names = Counter(name.strip() for name, _ in self.environment)
        return [_variable_problem(name.strip(), value, names) for name, value in self.environment]


def _name_problem(name: str) -> str:
    if not name:
        return tr("A profile needs a name.")
    if len(name) > NAME_LENGTH:
        return tr("At most {count} characters.", count=NAME_LENGTH)
    return "" if name.isprintable() else tr("The name contains characters that cannot be shown.")


def _variable_problem(name: str, value: str, names: Counter[str]) -> str:
    if not name:
        return tr("The value “{value}” has no name.", value=value) if value else ""
    if "=" in name or any(char.isspace() or not char.isprintable() for char in name):
        return tr("“{name}” is not a valid variable name: no spaces, no “=”.", name=name)
    return tr("“{name}” is defined twice.", name=name) if names[name] > 1 else ""
