"""The log of one chunk: its attempts, their output as it comes, and ways to find and take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.types import Attempt, AttemptState
from helios_gui.ui.desktop.handover import open_externally, show_in_folder
from helios_gui.ui.logs.attempts import AttemptTabs
from helios_gui.ui.logs.follower import LogFollower
from helios_gui.ui.logs.search import SearchBar
from helios_gui.ui.logs.view import LogView
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.tooltips import set_tooltip


@guarded()
class LogPanel(QWidget):
    """Shows the log of the chosen attempt and follows it while it runs and somebody looks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: Attempt | None = None
        self.view = LogView()
        self.view.setAccessibleName(tr("Log"))
        self.tabs = AttemptTabs()
        self.title = PlainLabel()
        self.title.setProperty("role", "title")
        self.cause = PlainLabel(wordWrap=True)
        self.cause.setProperty("role", "danger")
        self.cause.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.empty = PlainLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.empty.setProperty("role", "muted")
        self.search_bar = SearchBar(self.view)
        self.follower = LogFollower(self)
        self.follower.set_paused(True)  # until shown
        self._make_actions()
        self._lay_out()
        self._connect()
        self.clear()

    def show_attempts(self, title: str, attempts: Sequence[Attempt]) -> None:
        """Show the attempts at one chunk, oldest first; call again whenever they change.

        The newest attempt is shown, unless the person has gone to an older one, which stays while it exists.
        """
        self.title.setText(title)
        self.tabs.set_attempts(attempts)
        self.empty.setText(tr("{0} has not been started yet").format(title))
        self._show_chosen()

    def clear(self) -> None:
        """Show no log."""
        self.title.clear()
        self.tabs.set_attempts(())
        self.empty.setText(tr("Click a chunk to see its log"))
        self._show_chosen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.follower.set_paused(False)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.follower.set_paused(True)

    def copy(self) -> None:
        """Copy what is selected in the log, else all that is shown of it."""
        selected = self.view.textCursor().selectedText().replace("\u2029", "\n")
        QGuiApplication.clipboard().setText(selected or self.view.toPlainText())

    def open_log_file(self) -> None:
        """Open the whole log in the program the desktop has for it."""
        if self._shown is not None:
            open_externally(self._shown.log_path)

    def show_in_folder(self) -> None:
        """Open the folder the log is in."""
        if self._shown is not None:
            show_in_folder(self._shown.log_path)

    def _make_actions(self) -> None:
        key = QKeySequence.StandardKey
        self.follow_action = self._action("follow", tr("Follow the end of the log"), self._follow_toggled, "Ctrl+E")
        self.follow_action.setCheckable(True)
        self.follow_action.setChecked(True)
        self.find_action = self._action("search", tr("Find in log"), self.search_bar.open_search, key.Find)
        self.next_action = self._action("down", tr("Next match"), self.search_bar.find_next, "F3")
        self.previous_action = self._action("up", tr("Previous match"), self.search_bar.find_previous, "Shift+F3")
        self.copy_action = self._action("copy", tr("Copy the log"), self.copy, "Ctrl+Shift+C")
        self.open_action = self._action("open-external", tr("Open log file"), self.open_log_file)
        self.folder_action = self._action("folder", tr("Show log file in its folder"), self.show_in_folder)

    def _action(
        self, icon_name: str, text: str, run: Callable[[], None], shortcut: str | QKeySequence.StandardKey | None = None
    ) -> QAction:
        action = QAction(icon(icon_name, "muted"), text, self)
        if shortcut is not None:
            sequence = QKeySequence(shortcut)
            action.setShortcut(sequence)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            set_tooltip(action, f"{text} ({sequence.toString(QKeySequence.SequenceFormat.NativeText)})")
        action.triggered.connect(lambda: run())
        self.addAction(action)
        return action

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(SPACE, 0, SPACE // 2, SPACE // 4)
        bar.setSpacing(SPACE // 4)
        bar.addWidget(self.title)
        bar.addSpacing(SPACE // 2)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        bar.addWidget(self.tabs, 1)
        for action in (self.follow_action, self.find_action, self.copy_action, self.open_action, self.folder_action):
            button = QToolButton(autoRaise=True)
            button.setDefaultAction(action)
            button.setAccessibleName(action.text())
            bar.addWidget(button)
        self.cause.setContentsMargins(SPACE, 0, SPACE, SPACE // 2)
        self.search_bar.hide()
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.cause)
        column.addWidget(self.search_bar)
        column.addWidget(self.view, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(page)

    def _connect(self) -> None:
        self.tabs.attempt_chosen.connect(self._show_chosen)
        self.follower.lines.connect(self.view.add_lines)
        self.follower.skipped.connect(self._show_skipped)
        self.follower.caught_up.connect(self._show_why_empty)
        self.view.following_changed.connect(self.follow_action.setChecked)

    def _show_chosen(self) -> None:
        """Show the chosen attempt; its text is read anew only when it is another one than before."""
        before, self._shown = self._shown, self.tabs.attempt
        attempt = self._shown
        self._pages.setCurrentIndex(0 if attempt is None else 1)
        if attempt is None:
            self.follower.close()
            self.view.start_over()
            return
        self.cause.setText(attempt.cause)
        self.cause.setVisible(bool(attempt.cause))
        growing = attempt.state in (AttemptState.RUNNING, AttemptState.UNKNOWN)
        if before is None or before.id != attempt.id:
            self.view.start_over()
            self.view.setPlaceholderText("")
            self.view.set_following(True)
            self.follower.open(attempt.log_path, growing=growing)
        elif before.state is not attempt.state:
            self.follower.set_growing(growing)

    def _follow_toggled(self) -> None:
        self.view.set_following(self.follow_action.isChecked())

    def _show_skipped(self, count: int) -> None:
        text = tr("… {size:,.1f} MB of earlier output is in the file", size=count / 1_000_000)
        self.view.add_lines([text])

    def _show_why_empty(self) -> None:
        """Say why there is nothing to read; seen only while the text is empty."""
        attempt = self._shown
        if attempt is None:
            return
        if attempt.state is AttemptState.RUNNING:
            text = tr("Waiting for output…")
        elif attempt.log_path.exists():
            text = tr("This attempt printed nothing.")
        else:
            text = tr("The log file is missing: {0}").format(attempt.log_path)
        self.view.setPlaceholderText(text)
