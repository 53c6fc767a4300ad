"""The profiles a person has, in one file that is written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from helios_gui.profiles.json_file import JsonFile, read_object, set_aside, write_object
from helios_gui.profiles.models import NAME_LENGTH, LocalProfile, Profile, default_profile
from helios_gui.types import NotFoundError, UserInputError

_PROFILES = "profiles"
_DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class _Contents:
    """A profiles file, read: what can be used, and what cannot but must not be lost."""

    profiles: tuple[Profile, ...]
    default: str
    unusable: tuple[Any, ...]
    other: dict[str, Any]
    problem: str


class ProfileStore:
    """The profiles of ``path``, read once; changed only through ``save``, which tells the subscribers.

    A file that is no profiles file is moved aside and the built-in profile used. An entry that cannot be used
    (damaged, or of a newer version's kind) is left out but written back on every save. Either way ``problem``
    says so in words for people; it is empty when all is well.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._contents = _read(path)
        self._subscribers: dict[object, Callable[[], None]] = {}

    @property
    def problem(self) -> str:
        """What is wrong with the file, in words; empty when nothing is."""
        return self._contents.problem

    @property
    def default(self) -> Profile:
        """The profile used where none is named."""
        return self.get(self._contents.default)

    @property
    def default_name(self) -> str:
        """The name of the default profile."""
        return self.default.name

    def profiles(self) -> tuple[Profile, ...]:
        """All usable profiles, in their order; at least one."""
        return self._contents.profiles

    def get(self, name: str) -> Profile:
        """The profile of that name, upper and lower case being the same. ``NotFoundError`` names those there are."""
        for profile in self._contents.profiles:
            if _same(profile.name, name):
                return profile
        names = ", ".join(f"“{profile.name}”" for profile in self._contents.profiles)
        raise NotFoundError(f"There is no profile “{name}”.", f"The profiles are: {names}.")

    def save(self, profiles: Sequence[Profile], default: str) -> None:
        """Make these the profiles, and the one called ``default`` the default.

        Raises ``UserInputError`` for no profile at all, two of one name, or a default that is none of them;
        ``OSError`` when the file cannot be written. Nothing has changed then.
        """
        _check(profiles, default)
        now = self._contents
        entries = [profile.model_dump(mode="json") for profile in profiles]
        write_object(self.path, {**now.other, _DEFAULT: default, _PROFILES: [*entries, *now.unusable]})
        self._contents = _Contents(
            tuple(profiles), default, now.unusable, now.other, _describe(now.unusable, self.path)
        )
        for callback in tuple(self._subscribers.values()):
            callback()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` after every save; the answer ends that."""
        key = object()
        self._subscribers[key] = callback

        def unsubscribe() -> None:
            self._subscribers.pop(key, None)

        return unsubscribe


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _check(profiles: Sequence[Profile], default: str) -> None:
    if not profiles:
        raise UserInputError("No profile is left.", "Keep at least one.")
    seen: set[str] = set()
    for profile in profiles:
        if profile.name.casefold() in seen:
            raise UserInputError(f"Two profiles are called “{profile.name}”.", "Give each a name of its own.")
        seen.add(profile.name.casefold())
    if default.strip().casefold() not in seen:
        raise UserInputError(f"The default profile “{default}” is not one of the profiles.", "Choose another default.")


def _read(path: Path) -> _Contents:
    file = read_object(path)
    entries = file.content.get(_PROFILES, [])
    if not isinstance(entries, list):
        file, entries = set_aside(path, f"“{_PROFILES}” is not a list"), []
    usable, unusable = _sort_out(entries)
    profiles = usable or (default_profile(),)
    default = file.content.get(_DEFAULT)
    if not isinstance(default, str) or not any(_same(profile.name, default) for profile in profiles):
        default = profiles[0].name
    other = {key: value for key, value in file.content.items() if key not in (_PROFILES, _DEFAULT)}
    return _Contents(profiles, default, unusable, other, _join(file, _describe(unusable, path)))


def _sort_out(entries: Iterable[Any]) -> tuple[tuple[Profile, ...], tuple[Any, ...]]:
    """The entries that are profiles of names not taken yet, and the others as they are."""
    usable: list[Profile] = []
    unusable: list[Any] = []
    for entry in entries:
        try:
            profile = LocalProfile.model_validate(entry)
        except ValidationError:
            unusable.append(entry)
            continue
        if any(_same(profile.name, other.name) for other in usable):
            unusable.append(entry)
        else:
            usable.append(profile)
    return tuple(usable), tuple(unusable)


def _describe(unusable: Sequence[Any], path: Path) -> str:
    if not unusable:
        return ""
    reasons = "; ".join(_reason(entry) for entry in unusable)
    return f"Left out of the profiles in {path}, but kept in the file: {reasons}."


def _reason(entry: Any) -> str:
    """Which entry this is and the first thing that makes it unusable."""
    if not isinstance(entry, dict):
        return "an entry that is not an object"
    name = f"“{str(entry.get('name', 'without a name'))[:NAME_LENGTH]}”"
    try:
        LocalProfile.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        if where == "kind":
            return f"{name} is of a kind this version does not know ({entry['kind']!r})"
        if first["type"] == "extra_forbidden":
            return f"{name} has a setting this version does not know ({where})"
        return f"{name} has a bad setting ({where}: {first['msg']})"
    return f"{name} has the name of another profile"


def _join(file: JsonFile, text: str) -> str:
    return " ".join(part for part in (file.problem, text) if part)
