"""What else can be done with the file on show, and what keeps it from being opened."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction

from helios_gui.translation import tr
from helios_gui.types.sequences import read_pattern
from helios_gui.ui.desktop.handover import open_externally, show_in_folder
from helios_gui.ui.theme.icons import icon
from helios_gui.ui.widgets.tooltips import set_tooltip


class FileActions(QObject):
    """Two actions on one file: ``open_action`` hands it to the desktop's player, ``folder_action`` shows where it is.

    They are enabled while the file is there.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self.open_action = QAction(icon("open-external"), tr("Open externally"), self)
        set_tooltip(self.open_action, tr("Open the file with the desktop's own player"))
        self.open_action.triggered.connect(self._open)
        self.folder_action = QAction(icon("folder"), tr("Show in folder"), self)
        set_tooltip(self.folder_action, tr("Show the file in its folder"))
        self.folder_action.triggered.connect(self._show)
        self.set_path(None)

    def set_path(self, path: Path | None) -> None:
        """Set the file to act on."""
        self._path = path
        there = path is not None and file_on_show(path).is_file()
        self.open_action.setEnabled(there)
        self.folder_action.setEnabled(there)

    def _open(self) -> None:
        if self._path is not None:
            open_externally(file_on_show(self._path))

    def _show(self) -> None:
        if self._path is not None:
            show_in_folder(file_on_show(self._path))


def file_on_show(path: Path) -> Path:
    """Return the file itself; of an image sequence one of its frames, if any is there."""
    pattern = read_pattern(path.name)
    if pattern is None or not path.parent.is_dir():
        return path
    with os.scandir(path.parent) as entries:
        name = next((entry.name for entry in entries if pattern.frame_in(entry.name) is not None), path.name)
    return path.with_name(name)


def file_problem(path: Path) -> str:
    """Return why the file cannot be read at all, in words; empty when nothing speaks against trying."""
    path = file_on_show(path)
    if path.is_dir():
        return tr("It is a folder, not a video.")
    if not path.is_file():
        words = tr("There is no such file in {folder}. Render it again, or restore it.")
        return words.format(folder=path.parent)
    if not os.access(path, os.R_OK):
        return tr("You may not read this file. Change its permissions, then open it again.")
    if path.stat().st_size == 0:
        return tr("It is empty. The render that wrote it may have failed: see its log.")
    return ""
