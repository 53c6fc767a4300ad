"""The watched folders of this computer, in one file that is written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.model_entries import ModelEntries, Unusable
from helios_gui.watch_folders.watch_folder import WatchFolder


class WatchFolderStore:
    """Reads the folders of ``path`` once. ``problem`` says in words which entries cannot be used; they are kept."""

    def __init__(self, path: Path) -> None:
        self._entries = ModelEntries(path, "folders", WatchFolder)
        problems = [
            tr("The watched folder {name} is left out: {reason}", name=_name(one), reason=one.reason)
            for one in self._entries.unusable
        ]
        self.problem = " ".join(filter(None, (self._entries.problem, *problems)))

    @property
    def folders(self) -> tuple[WatchFolder, ...]:
        """Those that can be used."""
        return self._entries.entries

    def save(self, folders: Sequence[WatchFolder]) -> None:
        """Replace the folders that can be used.

        Raises:
            UserInputError: A folder is named twice, or the file cannot be read or written.
        """
        paths = [folder.path for folder in folders]
        if len(set(paths)) != len(paths):
            raise UserInputError(tr("This folder is watched already."), tr("Choose another one."))
        self._entries.save(folders)


def _name(unusable: Unusable) -> str:
    entry = unusable.entry
    return f"“{entry['path']}”" if isinstance(entry, dict) and "path" in entry else tr("without a path")
