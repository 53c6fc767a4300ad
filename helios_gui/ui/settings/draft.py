"""All profiles while they are being edited, compared with what is saved. No widgets in here."""

from __future__ import annotations

from collections.abc import Iterable

from helios_gui.adapters.base_profile import NAME_LENGTH, Profile
from helios_gui.adapters.registry import DEFAULT_KIND, find_kind
from helios_gui.profiles.json_entries import free_name
from helios_gui.profiles.merging import ProfileSet
from helios_gui.profiles.store import ProfileStore
from helios_gui.translation import tr
from helios_gui.ui.settings.profile_draft import NAME, ProfileDraft


class SettingsDraft:
    """The drafts in order, which is the default, and which "Render to cloud" uses (``None``: there is none)."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store
        self.drafts: list[ProfileDraft] = []
        self.default: ProfileDraft
        self.cloud_default: ProfileDraft | None
        self.reload()

    def reload(self) -> None:
        """Take over what the store has; edits are gone."""
        self._base = self._store.usable
        self.drafts = [ProfileDraft.of(profile) for profile in self._store.profiles()]
        by_name = {draft.name: draft for draft in self.drafts}
        self.default = by_name[self._store.default_name]
        cloud = self._store.cloud_default
        self.cloud_default = by_name[cloud.name] if cloud is not None else None
        self._saved = self._snapshot()

    def _snapshot(self) -> tuple[object, ...]:
        drafts = [(dict(draft.values), draft.variables()) for draft in self.drafts]
        cloud = None if self.cloud_default is None else self._index(self.cloud_default)
        return drafts, self._index(self.default), cloud

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
        """Return the problems of one profile by setting, among them a name that another one has."""
        found = draft.problems()
        others = {other.name.casefold() for other in self.drafts if other is not draft}
        if NAME not in found and draft.name.casefold() in others:
            found[NAME] = tr("Another profile has this name.")
        return found

    def mistakes(self, draft: ProfileDraft) -> dict[str, str]:
        """Return the problems of one profile, except for fields that were never filled in."""
        return {setting: words for setting, words in self.problems(draft).items() if not draft.is_gap(setting)}

    def add(self, kind: str = DEFAULT_KIND) -> ProfileDraft:
        """Append a new profile with default settings and return its draft."""
        draft = ProfileDraft.new(kind, free_name(tr("New profile"), self.names()))
        self.drafts.append(draft)
        self._choose_cloud_default()
        return draft

    def take_in(self, profiles: Iterable[Profile]) -> ProfileDraft:
        """Add profiles from elsewhere, whose names are free, at the end; the last of them is the answer."""
        self.drafts.extend(ProfileDraft.of(profile) for profile in profiles)
        self._choose_cloud_default()
        return self.drafts[-1]

    def duplicate(self, draft: ProfileDraft) -> ProfileDraft:
        """Insert a copy with a new name after the original and return it."""
        copy = draft.copy()
        wanted = tr("{name} copy", name=draft.name[: NAME_LENGTH - 10]).strip()
        copy.values[NAME] = free_name(wanted, self.names())
        self.drafts.insert(self._index(draft) + 1, copy)
        return copy

    def remove(self, draft: ProfileDraft) -> ProfileDraft:
        """Drop one profile (not the last one left); its neighbour is the answer."""
        index = self._index(draft)
        del self.drafts[index]
        neighbour = self.drafts[min(index, len(self.drafts) - 1)]
        if draft is self.default:
            self.default = self.drafts[0]
        if draft is self.cloud_default:
            self.cloud_default = None
            self._choose_cloud_default()
        return neighbour

    def save(self) -> bool:
        """Hand everything to the store; call it only while valid. Raises what ``ProfileStore.save`` does.

        Returns:
            Whether the store has it just so. Otherwise it also has what another process has done: see ``reload``.
        """
        cloud = None if self.cloud_default is None else self.cloud_default.name
        profiles = [draft.build() for draft in self.drafts]
        self._store.save(profiles, self.default.name, cloud, base=self._base)
        self._base = self._store.usable
        self._saved = self._snapshot()
        return self._base == ProfileSet(tuple(profiles), self.default.name, cloud or "")

    def names(self) -> list[str]:
        """Return the names as they are typed now."""
        return [draft.name for draft in self.drafts]

    def _choose_cloud_default(self) -> None:
        """Make the first cloud profile the default where nobody has chosen one."""
        if self.cloud_default is None:
            self.cloud_default = next((draft for draft in self.drafts if find_kind(draft.kind).is_cloud), None)
