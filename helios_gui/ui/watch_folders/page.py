"""The settings page of the watched folders; what is changed here takes effect at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from helios_gui.media.presets import read_presets
from helios_gui.profiles.trust import TrustStore
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.theme import SPACE
from helios_gui.ui.watch_folders.folder_sheet import FolderSheet
from helios_gui.ui.widgets.confirm import confirm
from helios_gui.ui.widgets.entry_list import EntryList, button_row, entry_button
from helios_gui.ui.widgets.styling import text_label
from helios_gui.watch_folders.store import WatchFolderStore
from helios_gui.watch_folders.watch_folder import WatchFolder

_ROWS = 4


def folder_summary(folder: WatchFolder) -> str:
    """Return what is done with a folder's files in a few words."""
    parts = [tr("Render") if folder.render else tr("Add to queue"), folder.profile, folder.preset]
    parts += [tr("with image sequences")] if folder.sequences else []
    return " · ".join(filter(None, [*parts, "" if folder.enabled else tr("paused")]))


class WatchFoldersPage(QWidget):
    """Lists the watched folders.

    Args:
        read: Returns the store as it is now.
        trust: Gets the folders whose jobs are to be rendered.
        profiles: The names of the profiles.
        run: Starts a task.
        changed: Is called after the folders were changed.
        parent: The owner.
    """

    def __init__(
        self,
        read: Callable[[], WatchFolderStore],
        trust: TrustStore,
        profiles: Sequence[str],
        run: RunTask,
        changed: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._read = read
        self._trust = trust
        self._profiles = profiles
        self._run = run
        self._changed = changed
        self._store = read()
        self.list = EntryList(tr("Watched folders"), _ROWS, tr("No folder is watched yet."))
        self.add_button = entry_button(tr("Add…"), "add")
        self.edit_button = entry_button(tr("Edit…"), "edit")
        self.pause_button = entry_button(tr("Pause"), "pause")
        self.remove_button = entry_button(tr("Remove"), "trash")
        self.problem = text_label("", "danger")
        self._lay_out()
        self.list.currentRowChanged.connect(self._update_buttons)
        self.list.itemActivated.connect(self._edit)
        self.add_button.clicked.connect(lambda: self._open_sheet(None))
        self.edit_button.clicked.connect(self._edit)
        self.pause_button.clicked.connect(self._pause)
        self.remove_button.clicked.connect(lambda: run(self._remove()))
        self._show_folders()

    @property
    def selected(self) -> WatchFolder | None:
        """The folder that is selected."""
        row = self.list.currentRow()
        return self._store.folders[row] if 0 <= row < len(self._store.folders) else None

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 2)
        layout.setSpacing(SPACE)
        purpose = tr("What lands in these folders while this app runs is added to the queue, or rendered at once.")
        layout.addWidget(text_label(purpose, "muted"))
        layout.addWidget(self.list)
        layout.addLayout(button_row(self.add_button, self.edit_button, self.pause_button, self.remove_button))
        layout.addWidget(self.problem)
        layout.addStretch(1)

    def _show_folders(self, current: WatchFolder | None = None) -> None:
        """Show what is stored, with this folder selected."""
        self._show_problem(self._store.problem)
        self.list.clear()
        for folder in self._store.folders:
            self.list.add_entry(str(folder.path), folder_summary(folder), str(folder.path))
        folders = list(self._store.folders)
        self.list.setCurrentRow(folders.index(current) if current in folders else 0)
        self._update_buttons()

    def _update_buttons(self) -> None:
        folder = self.selected
        for button in (self.edit_button, self.pause_button, self.remove_button):
            button.setEnabled(folder is not None)
        self.pause_button.setText(tr("Resume") if folder is not None and not folder.enabled else tr("Pause"))

    def _show_problem(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def _edit(self) -> None:
        if self.selected is not None:
            self._open_sheet(self.selected)

    def _open_sheet(self, folder: WatchFolder | None) -> None:
        taken = [other.path for other in self._store.folders if other != folder]
        sheet = FolderSheet(folder, taken, self._profiles, _video_presets(), self.window())
        sheet.saved.connect(lambda edited: self._saved(sheet, folder, edited))
        sheet.open()

    def _saved(self, sheet: FolderSheet, before: WatchFolder | None, edited: WatchFolder) -> None:
        try:
            if edited.render and not self._trust.trusts_folder(edited.path):
                self._trust.trust_folder(edited.path)
            self._replace(before, edited)
        except HeliosError as error:
            sheet.path_field.set_problem(f"{error} {error.hint}".rstrip())
        except OSError as error:
            sheet.path_field.set_problem(tr("It cannot be remembered: {reason}", reason=error.strerror or error))
        else:
            sheet.accept()

    def _replace(self, before: WatchFolder | None, after: WatchFolder | None) -> None:
        """Store one folder in place of another; ``None`` for none. Raises ``HeliosError``."""
        self._store = self._read()  # another window may have changed them
        folders = [after if folder == before else folder for folder in self._store.folders]
        if before is None:
            folders.append(after)
        self._store.save([folder for folder in folders if folder is not None])
        self._show_folders(after)
        self._changed()

    def _pause(self) -> None:
        folder = self.selected
        if folder is not None:
            self._try_replace(folder, folder.model_copy(update={"enabled": not folder.enabled}))

    async def _remove(self) -> None:
        folder = self.selected
        if folder is None:
            return
        question = tr("Watch {folder} no more?", folder=folder.path)
        if await confirm(self.window(), question, tr("Its files stay where they are."), tr("Remove")) and isValid(self):
            self._try_replace(folder, None)

    def _try_replace(self, before: WatchFolder, after: WatchFolder | None) -> None:
        try:
            self._replace(before, after)
        except HeliosError as error:
            self._show_problem(f"{error} {error.hint}".rstrip())


def _video_presets() -> Mapping[str, str]:
    return {preset.name: preset.title for preset in read_presets().of_kind("video")}
