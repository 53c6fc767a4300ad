"""Brings together profiles that were edited here and, meanwhile, by another process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from helios_gui.adapters.base_profile import Profile
from helios_gui.profiles.json_entries import same_name


@dataclass(frozen=True, slots=True)
class ProfileSet:
    """All profiles that can be used, in their order, and which are the defaults (``""``: there is none)."""

    profiles: tuple[Profile, ...]
    default: str
    cloud_default: str

    def named(self, name: str) -> Profile | None:
        """Return the profile of that name, in upper or lower case."""
        return next((profile for profile in self.profiles if same_name(profile.name, name)), None)


def merge(base: ProfileSet, theirs: ProfileSet, ours: ProfileSet) -> ProfileSet:
    """Return ``ours``, and what ``theirs`` has changed of the ``base`` of both. Where both changed one, ours counts."""
    merged = [_merge_one(profile, base, theirs) for profile in ours.profiles]
    kept = [profile for profile in merged if profile is not None]
    kept += [
        profile for profile in theirs.profiles if base.named(profile.name) is None and ours.named(profile.name) is None
    ]
    profiles = tuple(kept) or ours.profiles
    default = _merge_name(base.default, theirs.default, ours.default, profiles)
    return ProfileSet(
        profiles, default, _merge_name(base.cloud_default, theirs.cloud_default, ours.cloud_default, profiles)
    )


def _merge_one(profile: Profile, base: ProfileSet, theirs: ProfileSet) -> Profile | None:
    """Return a profile of ours as it is to be; ``None`` if the others have removed it, and we have not touched it."""
    return theirs.named(profile.name) if profile == base.named(profile.name) else profile


def _merge_name(base: str, theirs: str, ours: str, profiles: Sequence[Profile]) -> str:
    """Return which profile is the default: ours, unless only the others have chosen another one, or ours is gone."""
    wanted = (theirs, ours) if same_name(base, ours) else (ours, theirs)
    names = [profile.name for profile in profiles]
    return next((name for want in wanted for name in names if same_name(name, want)), "")
