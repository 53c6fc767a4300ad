"""The store of profiles: one file that is written whole or not at all."""

from __future__ import annotations

import stat
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.adapters.registry import find_kind, kind_names
from helios_gui.profiles.json_entries import read_entry, same_name
from helios_gui.profiles.merging import ProfileSet, merge
from helios_gui.translation import in_every_language, tr
from helios_gui.types import NotFoundError, UserInputError
from helios_gui.types.options import DEFAULT_PROFILE
from helios_gui.utils.json_files import JsonFile, entry_name, plain_name, read_object, set_aside, write_object

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
    """A profiles file, read: what can be used, and what cannot but must not be lost.

    ``is_whole``: the file itself is good, whatever its entries are.
    """

    usable: ProfileSet
    unusable: tuple[_Unusable, ...]
    other: dict[str, Any]
    problem: str
    unread: OSError | None = None
    is_whole: bool = True


class ProfileStore:
    """The profiles of ``path``; changed through ``save``, and by what ``refresh`` finds. Both call the subscribers.

    A file that is no profiles file is moved aside and the built-in profile used. An entry that cannot be used
    (damaged, or of a kind that is not among ``kinds``, by default all of the registry's) is left out but written back
    on every save. In both cases ``problem`` says so in words for people; it is empty if there is none.
    """

    def __init__(self, path: Path, kinds: Collection[str] | None = None) -> None:
        self.path = path
        self.kinds = kind_names() if kinds is None else tuple(kinds)
        self._stamp = _stamp_of(path)
        self._contents = _read(path, self.kinds)
        self._subscribers: dict[object, Callable[[], None]] = {}

    @property
    def problem(self) -> str:
        """What is wrong with the file, in words; empty if nothing is."""
        return self._contents.problem

    @property
    def default(self) -> Profile:
        """The profile that is used when none is named."""
        return self.get(self._contents.usable.default)

    @property
    def default_name(self) -> str:
        """The name of the default profile."""
        return self.default.name

    @property
    def cloud_default(self) -> Profile | None:
        """The profile that "Render to cloud" uses; ``None`` if there is no cloud profile."""
        return _choose_cloud(self._contents.usable.profiles, self._contents.usable.cloud_default)

    def profiles(self) -> tuple[Profile, ...]:
        """Return all usable profiles, in their order; at least one."""
        return self._contents.usable.profiles

    @property
    def usable(self) -> ProfileSet:
        """All usable profiles with their defaults: what edits begin with."""
        return self._contents.usable

    def cloud_profiles(self) -> tuple[Profile, ...]:
        """Return the profiles that render in a cloud, in their order."""
        return _in_cloud(self._contents.usable.profiles)

    @property
    def offers_cloud(self) -> bool:
        """Whether a profile that renders in a cloud can be made."""
        return any(find_kind(kind).is_cloud for kind in self.kinds)

    def get(self, name: str) -> Profile:
        """Return the profile of that name, in upper or lower case; the built-in one by its name in any language.

        Raises:
            NotFoundError: There is none, or its entry cannot be used; the error says which profiles there are, or why.
        """
        profile = self._contents.usable.named(name) or self._find_built_in(name)
        if profile is not None:
            return profile
        for unusable, reason in self.unusable():
            if same_name(unusable, name):
                raise NotFoundError(
                    tr("The profile “{name}” cannot be used: it {reason}.", name=unusable, reason=reason),
                    tr("Correct it in {path}, or make it anew in the settings.", path=self.path),
                )
        names = ", ".join(f"“{profile.name}”" for profile in self._contents.usable.profiles)
        raise NotFoundError(
            tr("There is no profile “{name}”.", name=name), tr("The profiles are: {names}.", names=names)
        )

    def _find_built_in(self, name: str) -> Profile | None:
        """Return the built-in profile if that is its name in another language, in which a job may have got it."""
        names = in_every_language(DEFAULT_PROFILE)
        if not any(same_name(name, other) for other in names):
            return None
        return next(filter(None, map(self._contents.usable.named, names)), None)

    def unusable(self) -> tuple[tuple[str, str], ...]:
        """Return the name of each entry that cannot be used, and why: the end of a sentence about it."""
        return tuple((plain_name(entry.entry), entry.reason) for entry in self._contents.unusable)

    def refresh(self) -> None:
        """Read the file again if another process has written it. A file that is damaged or gone changes nothing."""
        stamp = _stamp_of(self.path)
        if stamp in ((), self._stamp):
            return
        self._stamp, found = stamp, _read(self.path, self.kinds)
        if found.is_whole:
            self._contents = found
            self._tell_subscribers()

    def save(
        self,
        profiles: Sequence[Profile],
        default: str,
        cloud_default: str | None = None,
        *,
        base: ProfileSet | None = None,
    ) -> None:
        """Replace the profiles and write the file. When this raises, nothing has changed.

        What another process has done with the file since the ``base`` is kept, unless it was done with a profile that
        these edits have changed, too.

        Args:
            profiles: All profiles, in their order; at least one.
            default: The name of the profile that is used when none is named.
            cloud_default: The name of the profile that "Render to cloud" uses. ``None`` leaves that choice as it is;
                if it names no cloud profile, the first one is used.
            base: What the edits began with; by default what this store has read.

        Raises:
            UserInputError: There is no profile, two have the same name, or the default is none of them.
            OSError: The file cannot be written.
        """
        _check(profiles, default)
        self._refuse_unread()
        base = base or self.usable
        self.refresh()
        now = self._contents
        cloud_name = base.cloud_default if cloud_default is None else cloud_default
        edited = merge(base, now.usable, ProfileSet(tuple(profiles), default, cloud_name))
        cloud = _choose_cloud(edited.profiles, edited.cloud_default)
        entries = [profile.model_dump(mode="json") for profile in edited.profiles]
        left_out = [unusable.entry for unusable in now.unusable]
        content = {**now.other, _DEFAULT: edited.default}
        if cloud is not None:
            content[_CLOUD_DEFAULT] = cloud.name
        write_object(self.path, {**content, PROFILES: [*entries, *left_out]})
        saved = ProfileSet(edited.profiles, edited.default, cloud.name if cloud is not None else "")
        self._stamp = _stamp_of(self.path)
        self._contents = _Contents(saved, now.unusable, now.other, _describe(now.unusable, self.path))
        self._tell_subscribers()

    def _refuse_unread(self) -> None:
        """Read a file that could not be read before. Profiles that nobody has seen must not be replaced."""
        if self._contents.unread is None:
            return
        self._contents = _read(self.path, self.kinds)
        if self._contents.unread is not None:
            raise self._contents.unread
        self._tell_subscribers()
        raise UserInputError(
            tr("{path} could not be read before; now it can.", path=self.path),
            tr("Open the settings again, and look at them."),
        )

    def _tell_subscribers(self) -> None:
        for callback in tuple(self._subscribers.values()):
            callback()

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` after every save; calling the returned function ends that."""
        key = object()
        self._subscribers[key] = callback

        def unsubscribe() -> None:
            self._subscribers.pop(key, None)

        return unsubscribe


def _stamp_of(path: Path) -> tuple[int, ...]:
    """Return what is another one when the file has been written; empty if there is no file that can be seen."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_size, found.st_ino) if stat.S_ISREG(found.st_mode) else ()


def _in_cloud(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    return tuple(profile for profile in profiles if profile.is_cloud)


def _choose_cloud(profiles: Iterable[Profile], name: str) -> Profile | None:
    """Return the cloud profile of that name, else the first one."""
    clouds = _in_cloud(profiles)
    named = (profile for profile in clouds if same_name(profile.name, name))
    return next(named, clouds[0] if clouds else None)


def _check(profiles: Sequence[Profile], default: str) -> None:
    if not profiles:
        raise UserInputError(tr("No profile is left."), tr("Keep at least one."))
    seen: set[str] = set()
    for profile in profiles:
        if profile.name.casefold() in seen:
            raise UserInputError(
                tr("Two profiles are called “{profile}”.", profile=profile.name), tr("Give each a name of its own.")
            )
        seen.add(profile.name.casefold())
    if default.strip().casefold() not in seen:
        raise UserInputError(
            tr("The default profile “{default}” is not one of the profiles.", default=default),
            tr("Choose another default."),
        )


def _read(path: Path, kinds: Collection[str]) -> _Contents:
    file = read_object(path)
    entries = file.content.get(PROFILES, [])
    if not isinstance(entries, list):
        file, entries = set_aside(path, tr("“{profiles}” is not a list", profiles=PROFILES)), []
    usable, unusable = _sort_out(entries, kinds)
    profiles = usable or (LocalProfile(name=tr(DEFAULT_PROFILE)),)
    default = file.content.get(_DEFAULT)
    if not isinstance(default, str) or not any(same_name(profile.name, default) for profile in profiles):
        default = profiles[0].name
    cloud_default = file.content.get(_CLOUD_DEFAULT)
    other = {key: value for key, value in file.content.items() if key not in (PROFILES, _DEFAULT)}
    return _Contents(
        ProfileSet(profiles, default, cloud_default if isinstance(cloud_default, str) else ""),
        unusable,
        other,
        _join(file, _describe(unusable, path)),
        file.unread,
        is_whole=not file.problem,
    )


def _sort_out(entries: Iterable[Any], kinds: Collection[str]) -> tuple[tuple[Profile, ...], tuple[_Unusable, ...]]:
    """Return the entries that are profiles with names not taken yet, and the other entries as they are."""
    usable: list[Profile] = []
    unusable: list[_Unusable] = []
    for entry in entries:
        found = read_entry(entry, kinds)
        if isinstance(found, str):
            unusable.append(_Unusable(entry, found))
        elif any(same_name(found.name, other.name) for other in usable):
            unusable.append(_Unusable(entry, tr("has the name of another profile")))
        else:
            usable.append(found)
    return tuple(usable), tuple(unusable)


def _describe(unusable: Sequence[_Unusable], path: Path) -> str:
    if not unusable:
        return ""
    reasons = "; ".join(f"{entry_name(item.entry)} {item.reason}" for item in unusable)
    return tr("Left out of the profiles in {path}, but kept in the file: {reasons}.", path=path, reasons=reasons)


def _join(file: JsonFile, text: str) -> str:
    return " ".join(part for part in (file.problem, text) if part)
