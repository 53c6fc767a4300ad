"""The files that were added last, as a menu."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QMenu, QWidget

from helios_gui.translation import tr
from helios_gui.ui.theme import icon
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.ui.window_state import WindowState

_MOST = 12
_WIDTH = 420
"""Logical pixels of an entry; the middle of a longer path is left out."""


class RecentFiles(QObject):
    """Remembers files, newest first, and offers them in ``menu``; ``chosen`` carries the path of one."""

    chosen = Signal(object)  # Path

    def __init__(self, state: WindowState, parent: QWidget) -> None:
        super().__init__(parent)
        self._state = state
        self.menu = QMenu(tr("Open &recent"), parent)
        self.menu.setIcon(icon("log"))
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        self._fill()

    def paths(self) -> list[Path]:
        """Return the files, newest first."""
        return [Path(text) for text in self._state.recent_files]

    def remember(self, paths: Sequence[Path]) -> None:
        """Put these files first."""
        known = [str(path.absolute()) for path in paths]
        self._state.recent_files = list(dict.fromkeys([*known, *self._state.recent_files]))[:_MOST]
        self._fill()

    def _fill(self) -> None:
        self.menu.clear()
        paths = self.paths()
        metrics = QFontMetrics(self.menu.font())
        for number, path in enumerate(paths, 1):
            text = metrics.elidedText(str(path), Qt.TextElideMode.ElideMiddle, _WIDTH).replace("&", "&&")
            action = self.menu.addAction(f"&{number}  {text}" if number < 10 else text)
            set_tooltip(action, str(path))
            action.triggered.connect(lambda _=False, path=path: self.chosen.emit(path))
        self.menu.addSeparator()
        forget = self.menu.addAction(tr("&Clear this list"), self._forget)
        forget.setEnabled(bool(paths))
        self.menu.menuAction().setEnabled(bool(paths))

    def _forget(self) -> None:
        self._state.recent_files = []
        self._fill()
