"""What can be done with selected chunks: actions with shortcuts, and the menu that shows them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.ui.theme import icon
from helios_gui.ui.widgets.tooltips import set_tooltip


class ChunkActions:
    """What is done with chunks and how they are looked at, bound to keys while ``owner`` has the focus.

    Args:
        owner: The grid.
        retry: Renders the selected chunks again.
        open_output: Opens the output of the selected chunk.
        copy: Copies the command of the selected chunk.
        failed_only: Shows failed chunks alone, or all again.
        step_failed: Goes to the failed chunk after (1) or before (-1) the current one.
        zoom: Looks closer (1) or from further away (-1); 0 shows as many chunks as can be read.
    """

    def __init__(
        self,
        owner: QWidget,
        *,
        retry: Callable[[], None],
        open_output: Callable[[], None],
        copy: Callable[[], None],
        failed_only: Callable[[], None],
        step_failed: Callable[[int], None],
        zoom: Callable[[int], None],
    ) -> None:
        self._owner = owner
        self._menu: QMenu | None = None
        key, sequence = Qt.Key, QKeySequence
        self.retry = self._action(tr("Retry chunk"), "retry", [sequence(key.Key_R)], retry)
        self.open_output = self._action(tr("Open output"), "open-external", [sequence(key.Key_O)], open_output)
        copy_key = sequence(sequence.StandardKey.Copy)
        self.copy_command = self._action(tr("Copy command"), "copy", [copy_key], copy)
        self.failed_only = self._action(tr("Failed chunks only"), "error", [sequence(key.Key_F)], failed_only)
        self.failed_only.setCheckable(True)
        next_keys, previous_keys = [sequence(key.Key_N)], [sequence("Shift+N")]
        self.next_failed = self._action(tr("Next failed chunk"), "down", next_keys, lambda: step_failed(1))
        self.previous_failed = self._action(tr("Previous failed chunk"), "up", previous_keys, lambda: step_failed(-1))
        closer = [sequence(key.Key_Plus), sequence(key.Key_Equal)]
        self.zoom_in = self._action(tr("Larger chunks"), "zoom-in", closer, lambda: zoom(1))
        self.zoom_out = self._action(tr("Smaller chunks"), "zoom-out", [sequence(key.Key_Minus)], lambda: zoom(-1))
        self.fit = self._action(tr("Best size for chunks"), "grid", [sequence(key.Key_0)], lambda: zoom(0))
        for action in (self.zoom_in, self.zoom_out):
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            set_tooltip(action, tr("{action} ({keys}, or Ctrl and the wheel)", action=action.text(), keys=keys))
        self.refresh(selected=0, incomplete=0, done=0, failed=0)

    def refresh(self, selected: int, incomplete: int, done: int, failed: int) -> None:
        """Name and enable the actions.

        Args:
            selected: How many chunks are selected.
            incomplete: How many of these are not done and can be retried.
            done: How many of these are done.
            failed: How many chunks of the whole job have failed.
        """
        self.retry.setEnabled(incomplete + done > 0)
        if incomplete or not done:
            text = tr("Retry {0} chunks") if incomplete > 1 else tr("Retry chunk")
        else:
            text = tr("Render {0} chunks again") if done > 1 else tr("Render chunk again")
        self.retry.setText(text.format(incomplete or done))
        self.open_output.setEnabled(selected == done == 1)
        self.copy_command.setEnabled(selected == 1)
        self.failed_only.setEnabled(failed > 0 or self.failed_only.isChecked())
        self.next_failed.setEnabled(failed > 0)
        self.previous_failed.setEnabled(failed > 0)

    def popup(self, position: QPoint) -> None:
        """Show the menu at a global position, without waiting for it."""
        if self._menu is not None:
            delete_later(self._menu)
        self._menu = QMenu(self._owner)
        self._menu.addActions([self.retry, self.open_output, self.copy_command])
        self._menu.addSeparator()
        self._menu.addActions([self.failed_only, self.next_failed, self.fit])
        self._menu.popup(position)

    def _action(self, text: str, icon_name: str, keys: list[QKeySequence], run: Callable[[], None]) -> QAction:
        action = QAction(icon(icon_name), text, self._owner)
        action.setShortcuts(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda: run())
        self._owner.addAction(action)
        return action
