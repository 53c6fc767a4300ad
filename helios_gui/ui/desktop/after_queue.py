"""What happens when the queue is done: nothing, quit, or rest; after a countdown that can be stopped."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from helios_gui.power.power_actions import PowerAction, perform_power_action, possible_power_actions
from helios_gui.translation import tr, tr_count
from helios_gui.types import JobSummary
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.widgets.confirm import ConfirmSheet, result_of

COUNTDOWN_SECONDS = 60


class AfterQueue(StrEnum):
    """What was chosen for the end of the queue."""

    NOTHING = "nothing"
    QUIT = "quit"
    SLEEP = PowerAction.SLEEP.value
    HIBERNATE = PowerAction.HIBERNATE.value
    SHUT_DOWN = PowerAction.SHUT_DOWN.value


def after_queue_names() -> dict[AfterQueue, str]:
    """Return how each choice is called in the menu."""
    return {
        AfterQueue.NOTHING: tr("&Do nothing"),
        AfterQueue.QUIT: tr("&Quit"),
        AfterQueue.SLEEP: tr("&Sleep"),
        AfterQueue.HIBERNATE: tr("&Hibernate"),
        AfterQueue.SHUT_DOWN: tr("Sh&ut down"),
    }


def after_queue_text(choice: AfterQueue) -> str:
    """Return what happens when the queue is done, for the status line; empty for nothing."""
    texts = {
        AfterQueue.NOTHING: "",
        AfterQueue.QUIT: tr("this app quits when all is done"),
        AfterQueue.SLEEP: tr("the computer goes to sleep when all is done"),
        AfterQueue.HIBERNATE: tr("the computer hibernates when all is done"),
        AfterQueue.SHUT_DOWN: tr("the computer shuts down when all is done"),
    }
    return texts[choice]


class CountdownSheet(ConfirmSheet):
    """Says what happens in how many seconds. It accepts itself at the end."""

    def __init__(self, parent: QWidget, choice: AfterQueue) -> None:
        texts = {
            AfterQueue.QUIT: (tr("The queue is done, and this app quits"), tr("Quit now")),
            AfterQueue.SLEEP: (tr("The queue is done, and the computer goes to sleep"), tr("Sleep now")),
            AfterQueue.HIBERNATE: (tr("The queue is done, and the computer hibernates"), tr("Hibernate now")),
            AfterQueue.SHUT_DOWN: (tr("The queue is done, and the computer shuts down"), tr("Shut down now")),
        }
        title, action = texts[choice]
        keep = tr("Keep it open") if choice is AfterQueue.QUIT else tr("Stay on")
        super().__init__(parent, title, _remaining(COUNTDOWN_SECONDS), action, keep=keep)
        self.seconds_left = COUNTDOWN_SECONDS
        self.timer = QTimer(self, interval=1000)
        self.timer.timeout.connect(self._count)
        self.timer.start()

    def _count(self) -> None:
        self.seconds_left -= 1
        self.body.setText(_remaining(self.seconds_left))
        if self.seconds_left <= 0:
            self.accept()


class AfterQueueMenu(QObject):
    """The menu, and what it does once the queue was at work and is done.

    The choice holds until the app ends: a computer must not shut down tonight for what was chosen last week.
    ``quit_requested`` asks to leave without another question; ``chosen`` tells that another choice was made.
    """

    quit_requested = Signal()
    chosen = Signal()

    def __init__(self, menu: QMenu, run: RunTask, window: QWidget) -> None:
        super().__init__(window)
        self._run = run
        self._window = window
        self._was_working = False
        self._counting = False
        self.choice = AfterQueue.NOTHING
        self.actions: dict[AfterQueue, QAction] = {}
        group = QActionGroup(menu)
        for choice, name in after_queue_names().items():
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(choice is self.choice)
            action.setVisible(choice in (AfterQueue.NOTHING, AfterQueue.QUIT))
            action.triggered.connect(lambda _=False, choice=choice: self._choose(choice))
            group.addAction(action)
            self.actions[choice] = action
        menu.aboutToShow.connect(lambda: run(self._offer_possible()))

    def take(self, jobs: Sequence[JobSummary]) -> None:
        """Take the state of the whole queue. A job that waits for a person keeps the queue from being done."""
        working = any(job.is_at_work or job.in_line or job.stopping or job.elsewhere for job in jobs)
        done = self._was_working and not working and not any(job.blocked for job in jobs)
        self._was_working = working or (self._was_working and not done)
        if done and self.choice is not AfterQueue.NOTHING and not self._counting:
            self._run(self._count_down())

    def _choose(self, choice: AfterQueue) -> None:
        self.choice = choice
        self.chosen.emit()

    async def _offer_possible(self) -> None:
        possible = await possible_power_actions()
        for action in PowerAction:
            self.actions[AfterQueue(action.value)].setVisible(action in possible)

    async def _count_down(self) -> None:
        self._counting = True
        choice = self.choice
        try:
            sheet = CountdownSheet(self._window, choice)
            if await result_of(sheet) != QDialog.DialogCode.Accepted or self._was_working:
                return
        finally:
            self._counting = False
        if choice is AfterQueue.QUIT:
            self.quit_requested.emit()
        else:
            await perform_power_action(PowerAction(choice.value))


def _remaining(seconds: int) -> str:
    return tr_count("In {number} second.", "In {number} seconds.", seconds)
