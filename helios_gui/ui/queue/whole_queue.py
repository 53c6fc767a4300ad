"""What can be done with the whole queue: let what runs come to its end and stop, and go on."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from helios_gui.translation import tr
from helios_gui.types import JobState, JobSummary
from helios_gui.ui.theme import icon
from helios_gui.ui.widgets.tooltips import set_tooltip


class WholeQueueActions(QObject):
    """The two actions; ``take`` enables what makes sense for the queue as it is."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.finish = self._action("pause", tr("Finish running chunks, then s&top"), "Ctrl+Shift+P")
        set_tooltip(self.finish, tr("Start no new chunk of any job; those that run are rendered to their end"))
        self.resume = self._action("render", tr("Res&ume paused jobs"), "Ctrl+Alt+P")
        set_tooltip(self.resume, tr("Render all jobs that were paused"))
        self.take([])

    def fill(self, menu: QMenu) -> None:
        """Put the actions into a menu."""
        menu.addActions([self.finish, self.resume])

    def take(self, jobs: Sequence[JobSummary]) -> None:
        """Take the state of the whole queue."""
        self.finish.setEnabled(any(job.can_pause for job in jobs))
        self.resume.setEnabled(any(job.state is JobState.PAUSED and not job.blocked for job in jobs))

    def _action(self, icon_name: str, text: str, shortcut: str) -> QAction:
        action = QAction(icon(icon_name), text, self)
        action.setShortcut(QKeySequence(shortcut))
        return action
