"""The file dialogs in which a person chooses what is added to the queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from helios_gui.sources.registry import source_suffixes
from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.deletion import delete_on_close


class FileChoosers:
    """Opens the dialogs over a window.

    Args:
        window: The window.
        add: Is called with the paths that were chosen.
    """

    def __init__(self, window: QWidget, add: Callable[[Sequence[Path]], None]) -> None:
        self._window = window
        self._add = add

    def choose_files(self) -> None:
        """Have job files and sources chosen."""
        patterns = _patterns([".json", ".heliosjob", *source_suffixes()])
        filters = [tr("Job files and sources ({patterns})", patterns=patterns), tr("All files (*)")]
        self._open(tr("Add jobs"), QFileDialog.FileMode.ExistingFiles, filters)

    def choose_source(self) -> None:
        """Have a source for a new render chosen."""
        filters = [tr("Sources ({patterns})", patterns=_patterns(source_suffixes())), tr("All files (*)")]
        self._open(tr("New render"), QFileDialog.FileMode.ExistingFile, filters)

    def choose_folder(self) -> None:
        """Have a folder chosen whose job files are added."""
        self._open(tr("Add every job in a folder"), QFileDialog.FileMode.Directory, ())

    def _open(self, title: str, mode: QFileDialog.FileMode, filters: Sequence[str]) -> None:
        dialog = QFileDialog(self._window, title)
        dialog.setFileMode(mode)
        if filters:
            dialog.setNameFilters(filters)
        delete_on_close(dialog)
        dialog.filesSelected.connect(lambda names: self._add([Path(name) for name in names]))
        dialog.open()


def _patterns(suffixes: Sequence[str]) -> str:
    return " ".join(f"*{suffix}" for suffix in suffixes)
