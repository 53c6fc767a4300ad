"""Import and export of profiles: asks for a file, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from helios_gui.adapters.base_profile import Profile
from helios_gui.profiles.import_export import describe_imported, export_profiles, import_profiles
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.widgets.confirm import ConfirmSheet
from helios_gui.utils.shown_text import plain_text

_SUFFIX = ".helios-profile.json"


class ProfileImportExport(QObject):
    """Asks for files, and before an import for consent to what the profiles send.

    ``imported`` carries the profiles of a file; ``done`` says what was written; ``failed`` why it did not work.
    """

    imported = Signal(tuple)
    done = Signal(str)
    failed = Signal(str)

    def __init__(self, kinds: Collection[str], window: QWidget) -> None:
        super().__init__(window)
        self._kinds = kinds
        self._window = window

    def ask_for_import(self, taken: Sequence[str]) -> None:
        """Ask for a file and read its profiles, giving other names to those whose names are ``taken``."""
        dialog = self._make_dialog(tr("Import profiles"), lambda path: self._import(path, taken))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.open()

    def ask_for_export(self, profile: Profile) -> None:
        """Ask where to and write a profile."""
        dialog = self._make_dialog(tr("Export profile"), lambda path: self._export(profile, path))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(_file_name(profile.name))
        dialog.open()

    def _make_dialog(self, title: str, act: Callable[[Path], None]) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        delete_on_close(dialog)
        dialog.setNameFilters([tr("Profiles (*.json)"), tr("All files (*)")])
        dialog.fileSelected.connect(lambda name: act(Path(name)))
        return dialog

    def _import(self, path: Path, taken: Sequence[str]) -> None:
        try:
            profiles = import_profiles(path, self._kinds, taken)
        except HeliosError as error:
            self.failed.emit(f"{error} {error.hint}".strip())
            return
        uses = describe_imported(profiles)
        if not uses:
            self.imported.emit(profiles)
            return
        title = tr("Import from “{name}”?", name=plain_text(path.name))
        explanation = tr("Import it if you trust its author and know these servers.")
        sheet = ConfirmSheet(self._window, title, f"{uses}\n\n{explanation}", tr("Import"), danger=True)
        sheet.accepted.connect(lambda: self.imported.emit(profiles))
        sheet.open()

    def _export(self, profile: Profile, path: Path) -> None:
        try:
            export_profiles([profile], path)
        except OSError as error:
            reason = error.strerror or str(error)
            self.failed.emit(tr("{path} could not be written: {reason}", path=path, reason=reason))
        else:
            self.done.emit(tr("Exported to {path}", path=path))


def _file_name(name: str) -> str:
    """Return a file name, valid on any system, for a profile's name."""
    plain = "".join(char if char.isalnum() or char in " ._-" else "_" for char in name).strip(" .")
    return (plain or "profile") + _SUFFIX
