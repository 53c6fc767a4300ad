"""The watched folders of this computer, in one file that is written whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.utils.json_files import read_object, write_object
from helios_gui.watch_folders.watch_folder import WatchFolder

_FOLDERS = "folders"


class WatchFolderStore:
    """Reads the folders of ``path`` once. ``problem`` says which entries cannot be used; they are kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        found = read_object(path)
        self._is_readable = found.unread is None
        self._unusable: list[object] = []
        folders = []
        entries = found.content.get(_FOLDERS, [])
        for entry in entries if isinstance(entries, list) else [entries]:
            try:
                folders.append(WatchFolder.model_validate(entry))
            except ValidationError:
                self._unusable.append(entry)
        self.folders: tuple[WatchFolder, ...] = tuple(folders)
        self.problem = found.problem
        if self._unusable:
            self.problem = tr("Some watched folders in {path} cannot be used.", path=path)

    def save(self, folders: Sequence[WatchFolder]) -> None:
        """Replace the folders that can be used.

        Raises:
            UserInputError: A folder is named twice, or the file cannot be read or written.
        """
        paths = [folder.path for folder in folders]
        if len(set(paths)) != len(paths):
            raise UserInputError(tr("This folder is watched already."), tr("Choose another one."))
        entries = [folder.model_dump(mode="json", exclude_defaults=True) for folder in folders]
        try:
            if not self._is_readable:
                raise PermissionError(self.problem)
            write_object(self._path, {_FOLDERS: [*entries, *self._unusable]})
        except OSError as error:
            raise UserInputError(
                tr("{path} cannot be written: {reason}", path=self._path, reason=error.strerror or error),
                tr("Check the permissions of the file and its folder."),
            ) from error
        self.folders = tuple(folders)
