"""The profiles a person has, in one file that is written whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helios_gui.profiles.entries import entry_name, read_entry, same_name
from helios_gui.profiles.json_file import JsonFile, read_object, set_aside, write_object
from helios_gui.profiles.kinds import OFFERED_KINDS
from helios_gui.profiles.models import CloudProfile, Profile, default_profile
from helios_gui.types import NotFoundError, UserInputError

PROFILES = "profiles"
_DEFAULT = "default"
_CLOUD_DEFAULT = "cloud_default"


@dataclass(frozen=True, slots=True)
class _Unusable:
    """An entry that must not be lost, and why it cannot be used."""

    entry: Any
    reason: str


@dataclass(frozen=True, slots=True)
class _Contents:
    """A profiles file, read: what can be used, and what cannot but must not be lost."""

    profiles: tuple[Profile, ...]
    default: str
    cloud_default: str
    unusable: tuple[_Unusable, ...]
    other: dict[str, Any]
    problem: str


class ProfileStore:
    """The profiles of ``path``, read once; changed only through ``save``, which tells the subscribers.

    A file that is no profiles file is moved aside and the built-in profile used. An entry that cannot be used
    (damaged, or of a kind that is not among ``kinds``) is left out but written back on every save. Either way
    ``problem`` says so in words for people; it is empty when all is well.
    """

    def __init__(self, path: Path, kinds: Collection[str] = OFFERED_KINDS) -> None:
        self.path = path
        self.kinds = tuple(kinds)
        self._contents = _read(path, self.kinds)
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

    @property
    def cloud_default(self) -> Profile | None:
        """The profile "Render to cloud" uses; ``None`` where there is no cloud profile."""
        return _choose_cloud(self._contents.profiles, self._contents.cloud_default)

    def profiles(self) -> tuple[Profile, ...]:
        """All usable profiles, in their order; at least one."""
        return self._contents.profiles

    def cloud_profiles(self) -> tuple[Profile, ...]:
        """Those that render elsewhere, in their order."""
        return _in_cloud(self._contents.profiles)

    def get(self, name: str) -> Profile:
        """The profile of that name, upper and lower case being the same. ``NotFoundError`` names those there are."""
        for profile in self._contents.profiles:
            if same_name(profile.name, name):
                return profile
        names = ", ".join(f"“{profile.name}”" for profile in self._contents.profiles)
        raise NotFoundError(f"There is no profile “{name}”.", f"The profiles are: {names}.")

    def save(self, profiles: Sequence[Profile], default: str, cloud_default: str | None = None) -> None:
        """Make these the profiles, the one called ``default`` the default, and ``cloud_default`` that of the cloud.

        ``cloud_default`` ``None`` leaves that choice as it is; where it names no cloud profile, the first one is it.
        Raises ``UserInputError`` for no profile at all, two of one name, or a default that is none of them;
        ``OSError`` when the file cannot be written. Nothing has changed then.
        """
        _check(profiles, default)
        now = self._contents
        cloud = _choose_cloud(profiles, now.cloud_default if cloud_default is None else cloud_default)
        entries = [profile.model_dump(mode="json") for profile in profiles]
        left_out = [unusable.entry for unusable in now.unusable]
        content = {**now.other, _DEFAULT: default}
        if cloud is not None:
            content[_CLOUD_DEFAULT] = cloud.name
        write_object(self.path, {**content, PROFILES: [*entries, *left_out]})
        self._contents = _Contents(
            tuple(profiles),
            default,
            cloud.name if cloud is not None else "",
            now.unusable,
            now.other,
            _describe(now.unusable, self.path),
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


def _in_cloud(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    return tuple(profile for profile in profiles if isinstance(profile, CloudProfile))


def _choose_cloud(profiles: Iterable[Profile], name: str) -> Profile | None:
    """The cloud profile of that name, else the first one."""
    clouds = _in_cloud(profiles)
    named = (profile for profile in clouds if same_name(profile.name, name))
    return next(named, clouds[0] if clouds else None)


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


def _read(path: Path, kinds: Collection[str]) -> _Contents:
    file = read_object(path)
    entries = file.content.get(PROFILES, [])
    if not isinstance(entries, list):
        file, entries = set_aside(path, f"“{PROFILES}” is not a list"), []
    usable, unusable = _sort_out(entries, kinds)
    profiles = usable or (default_profile(),)
    default = file.content.get(_DEFAULT)
    if not isinstance(default, str) or not any(same_name(profile.name, default) for profile in profiles):
        default = profiles[0].name
    cloud_default = file.content.get(_CLOUD_DEFAULT)
    other = {key: value for key, value in file.content.items() if key not in (PROFILES, _DEFAULT)}
    return _Contents(
        profiles,
        default,
        cloud_default if isinstance(cloud_default, str) else "",
        unusable,
        other,
        _join(file, _describe(unusable, path)),
    )


def _sort_out(entries: Iterable[Any], kinds: Collection[str]) -> tuple[tuple[Profile, ...], tuple[_Unusable, ...]]:
    """The entries that are profiles of names not taken yet, and the others as they are."""
    usable: list[Profile] = []
    unusable: list[_Unusable] = []
    for entry in entries:
        found = read_entry(entry, kinds)
        if isinstance(found, str):
            unusable.append(_Unusable(entry, found))
        elif any(same_name(found.name, other.name) for other in usable):
            unusable.append(_Unusable(entry, "has the name of another profile"))
        else:
            usable.append(found)
    return tuple(usable), tuple(unusable)


def _describe(unusable: Sequence[_Unusable], path: Path) -> str:
    if not unusable:
        return ""
    reasons = "; ".join(f"{entry_name(item.entry)} {item.reason}" for item in unusable)
    return f"Left out of the profiles in {path}, but kept in the file: {reasons}."


def _join(file: JsonFile, text: str) -> str:
    return " ".join(part for part in (file.problem, text) if part)
