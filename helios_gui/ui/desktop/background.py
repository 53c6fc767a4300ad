"""The program while its window is not looked at: tray icon, progress in the dock, and whether closing leaves it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from helios_gui.translation import tr
from helios_gui.types import JobSummary
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.desktop.launcher_entry import LauncherEntry
from helios_gui.ui.desktop.tray import Tray
from helios_gui.ui.queue.whole_queue import WholeQueueActions
from helios_gui.ui.widgets.confirm import confirm
from helios_gui.ui.window_state import WindowState
from helios_gui.utils.queue_progress import QueueProgress


class Background(QObject):
    """Owns the icon in the tray and the progress in the dock of a window.

    Args:
        window: The window.
        whole_queue: The actions for the whole queue, which the icon's menu has, too.
        state: Says what the person has chosen.
        run: Starts a task.
    """

    def __init__(self, window: QWidget, whole_queue: WholeQueueActions, state: WindowState, run: RunTask) -> None:
        super().__init__(window)
        self._window = window
        self._state = state
        self.launcher = LauncherEntry(run)
        self.tray = Tray(window, whole_queue)
        self.show_tray()

    def show_tray(self) -> None:
        """Show the icon in the tray if the person wants it."""
        self.tray.set_wanted(self._state.shows_tray)

    def take(self, jobs: Sequence[JobSummary], progress: QueueProgress | None, text: str) -> None:
        """Take the state of the queue; ``text`` says it in words."""
        self.tray.take(progress, text)
        left = sum(job.state.is_active or job.in_line for job in jobs)
        self.launcher.show(None if progress is None else progress.fraction, left)

    async def stays_in_tray(self, *, is_working: bool) -> bool:
        """Return whether the program goes on without its window; asks once, when there are jobs to go on with."""
        if not self.tray.is_there:
            return False
        if self._state.closes_to_tray is None and is_working:
            self._state.closes_to_tray = await confirm(
                self._window,
                tr("Go on rendering in the tray?"),
                tr("The window closes, the jobs go on, and the icon in the tray brings it back. See the settings."),
                tr("Close to the tray"),
                danger=False,
                keep=tr("No, quit"),
            )
        return bool(self._state.closes_to_tray)

    def close(self) -> None:
        """Take the icon away."""
        self.tray.icon.hide()
