"""What can be done with selected chunks: actions with shortcuts, and the menu that shows them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.ui.theme import icon


class ChunkActions:
    """Retry, open output and copy command, bound to keys while ``owner`` has the focus."""

    def __init__(
        self, owner: QWidget, retry: Callable[[], None], open_output: Callable[[], None], copy: Callable[[], None]
    ) -> None:
        self._owner = owner
        self._menu: QMenu | None = None
        self.retry = self._action(tr("Retry chunk"), "retry", QKeySequence(Qt.Key.Key_R), retry)
        self.open_output = self._action(tr("Open output"), "open-external", QKeySequence(Qt.Key.Key_O), open_output)
        copy_key = QKeySequence(QKeySequence.StandardKey.Copy)
        self.copy_command = self._action(tr("Copy command"), "copy", copy_key, copy)
        self.refresh(selected=0, troubled=0, done=0)

    def refresh(self, selected: int, troubled: int, done: int) -> None:
        """Name and enable the actions for so many selected chunks, of which some are in trouble and some are done."""
        self.retry.setEnabled(troubled + done > 0)
        if troubled or not done:
            text = tr("Retry {0} chunks") if troubled > 1 else tr("Retry chunk")
        else:
            text = tr("Render {0} chunks again") if done > 1 else tr("Render chunk again")
        self.retry.setText(text.format(troubled or done))
        self.open_output.setEnabled(selected == done == 1)
        self.copy_command.setEnabled(selected == 1)

    def popup(self, position: QPoint) -> None:
        """Show the menu at a global position, without waiting for it."""
        if self._menu is not None:
            delete_later(self._menu)
        self._menu = QMenu(self._owner)
        self._menu.addActions([self.retry, self.open_output, self.copy_command])
        self._menu.popup(position)

    def _action(self, text: str, icon_name: str, shortcut: QKeySequence, run: Callable[[], None]) -> QAction:
        action = QAction(icon(icon_name), text, self._owner)
        action.setShortcut(shortcut)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda: run())
        self._owner.addAction(action)
        return action
