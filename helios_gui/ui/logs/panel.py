"""The log: a job's own story, or the output of a chunk's attempts as it comes, and ways to find and take it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helios_gui.translation import tr
from helios_gui.types import Attempt
from helios_gui.ui.desktop.handover import open_externally, show_in_folder
from helios_gui.ui.logs.attempts import AttemptTabs
from helios_gui.ui.logs.pane import LogPane
from helios_gui.ui.logs.search import SearchBar
from helios_gui.ui.logs.story import StoryLine
from helios_gui.ui.logs.story_view import StoryView
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.tooltips import set_tooltip

_Shortcut: TypeAlias = str | QKeySequence.StandardKey | None
_EMPTY, _LOG, _STORY = range(3)
_PLACE_OF_TABS = 3
"""In the bar: behind the way back, the title and the gap after it."""


@guarded()
class LogPanel(QWidget):
    """Shows the log of the chosen attempt and follows it while it runs and somebody looks; else the job's story.

    ``other`` is the pane beside it for another attempt at the same chunk.
    """

    story_wanted = Signal()
    """The person went back from a chunk to the job's story."""
    save_requested = Signal(object, Path)
    """Copy a log file, or write a text, to the path: a ``Path`` or a ``str``, and where to."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pane = LogPane(tr("Log"))
        self.view = self.pane.view
        self.follower = self.pane.follower
        self.other = LogPane(tr("Log of another attempt"))
        self.tabs = AttemptTabs()
        self.other_tabs = AttemptTabs()
        self.story = StoryView()
        self.title = PlainLabel()
        self.title.setProperty("role", "title")
        self.cause = PlainLabel(wordWrap=True)
        self.cause.setProperty("role", "danger")
        self.cause.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.empty = PlainLabel(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self.empty.setProperty("role", "muted")
        self.search_bar = SearchBar(self.view)
        self._attempts: Sequence[Attempt] = ()
        self._make_actions()
        self._lay_out()
        self._connect()
        self.clear()

    # -- what is shown

    def show_attempts(self, title: str, attempts: Sequence[Attempt]) -> None:
        """Show the attempts at one chunk, oldest first; call again whenever they change.

        The newest attempt is shown, unless the person has gone to an older one, which stays while it exists.
        """
        self.title.setText(title)
        self._attempts = attempts
        self.tabs.set_attempts(attempts)
        self.compare_action.setEnabled(len(attempts) > 1)
        if len(attempts) < 2:
            self.compare_action.setChecked(False)
        self.empty.setText(tr("{chunk}: not started yet", chunk=title))
        self._show_chosen()

    def set_story(self, lines: Sequence[StoryLine]) -> None:
        """Take the story of the job, which is shown while no chunk is chosen."""
        self.story.show_story(lines)
        self.back_action.setEnabled(bool(lines))
        if not self.title.text():
            self._pages.setCurrentIndex(_STORY if lines else _EMPTY)

    @property
    def shows_story(self) -> bool:
        """Whether the story is what is shown now, or would be as soon as there is one: no chunk is chosen."""
        return not self.title.text()

    def clear(self) -> None:
        """Show no log of a chunk, and no story."""
        self.story.show_story(())
        self.show_story()

    def show_story(self) -> None:
        """Show the job's story in place of a chunk's log."""
        self.title.clear()
        self._attempts = ()
        self.tabs.set_attempts(())
        self.compare_action.setChecked(False)
        self.back_action.setEnabled(bool(self.story.story.lines))
        self.empty.setText(tr("Click a chunk to see its log"))
        self._show_chosen()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._set_paused(False)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._set_paused(True)

    # -- what can be done with it

    def copy(self) -> None:
        """Copy what is selected in the log, else all that is shown of it."""
        if self._pages.currentIndex() == _STORY:
            QGuiApplication.clipboard().setText(self.story.text())
            return
        selected = self.view.textCursor().selectedText().replace("\u2029", "\n")
        QGuiApplication.clipboard().setText(selected or self.view.toPlainText())

    def open_log_file(self) -> None:
        """Open the whole log in the program the desktop has for it."""
        if self.pane.attempt is not None:
            open_externally(self.pane.attempt.log_path)

    def show_in_folder(self) -> None:
        """Open the folder the log is in."""
        if self.pane.attempt is not None:
            show_in_folder(self.pane.attempt.log_path)

    def save(self) -> QFileDialog | None:
        """Ask where to save the whole log, or the story, and have that done."""
        attempt = self.pane.attempt
        source: Path | str = self.story.text() if attempt is None else attempt.log_path
        if not source:
            return None
        dialog = QFileDialog(self, tr("Save log"))
        delete_on_close(dialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("log")
        dialog.setNameFilters([tr("Logs (*.log *.txt)"), tr("All files (*)")])
        dialog.selectFile("job.log" if attempt is None else attempt.log_path.name)
        dialog.fileSelected.connect(lambda name: self.save_requested.emit(source, Path(name)))
        dialog.open()
        return dialog

    def _go_back(self) -> None:
        self.show_story()
        self.story_wanted.emit()
        self.story.setFocus()

    def _compare(self, shown: bool) -> None:
        """Show another attempt beside the chosen one: the one before it, at first."""
        self._place_tabs(beside=shown)
        self._other_side.setVisible(shown)
        if not shown:
            self.other.show_attempt(None)
            return
        self.other_tabs.set_attempts(self._attempts)
        chosen = self.tabs.currentIndex()
        self.other_tabs.setCurrentIndex(chosen - 1 if chosen > 0 else 1)
        self.other.show_attempt(self.other_tabs.attempt)
        self.other.follower.set_paused(not self.isVisible())

    def _place_tabs(self, *, beside: bool) -> None:
        """Put the tabs over their log, as those beside it are, so that lines stand side by side; else into the bar."""
        has_keyboard = self.tabs.hasFocus()
        if beside:
            self._own_column.insertWidget(0, self.tabs)
            self.tabs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        else:
            self._bar.insertWidget(_PLACE_OF_TABS, self.tabs, 1)
            self.tabs.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.tabs.show()  # another parent hides a widget until the next turn of the loop
        if has_keyboard:
            self.tabs.setFocus()

    # -- making

    def _make_actions(self) -> None:
        key = QKeySequence.StandardKey
        self.back_action = self._action("back", tr("Back to the job's story"), self._go_back, "Alt+Left")
        self.cause_action = self._action("error", tr("Go to the cause"), self._show_cause, "F8")
        self.compare_action = self._action("columns", tr("Attempts side by side"), None, "Ctrl+Shift+D")
        self.compare_action.setCheckable(True)
        self.follow_action = self._action("follow", tr("Follow the end of the log"), self._follow_toggled, "Ctrl+E")
        self.follow_action.setCheckable(True)
        self.follow_action.setChecked(True)
        self.find_action = self._action("search", tr("Find in log"), self.search_bar.open_search, key.Find)
        self.next_action = self._action("down", tr("Next match"), self.search_bar.find_next, "F3")
        self.previous_action = self._action("up", tr("Previous match"), self.search_bar.find_previous, "Shift+F3")
        self.copy_action = self._action("copy", tr("Copy the log"), self.copy, "Ctrl+Shift+C")
        self.save_action = self._action("save", tr("Save the log as"), self.save, "Ctrl+Shift+S")
        self.open_action = self._action("open-external", tr("Open log file"), self.open_log_file)
        self.folder_action = self._action("folder", tr("Show log file in its folder"), self.show_in_folder)

    def _action(
        self,
        icon_name: str,
        text: str,
        run: Callable[[], object] | None,
        shortcut: str | QKeySequence.StandardKey | None = None,
    ) -> QAction:
        action = QAction(icon(icon_name, "muted"), text, self)
        if shortcut is not None:
            sequence = QKeySequence(shortcut)
            action.setShortcut(sequence)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            set_tooltip(action, f"{text} ({sequence.toString(QKeySequence.SequenceFormat.NativeText)})")
        if run is not None:
            action.triggered.connect(lambda: run())
        self.addAction(action)
        return action

    def _lay_out(self) -> None:
        self._bar = self._make_bar()
        self.cause.setContentsMargins(SPACE, 0, SPACE, SPACE // 2)
        self.search_bar.hide()
        page = QWidget()
        column = _add_column(page)
        column.addLayout(self._bar)
        column.addWidget(self.cause)
        column.addWidget(self.search_bar)
        column.addWidget(self._make_panes(), 1)
        self._pages = QStackedLayout(self)
        for widget in (self.empty, page, self._story_page()):
            self._pages.addWidget(widget)
        self._place_tabs(beside=False)

    def _make_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(SPACE // 2, 0, SPACE // 2, SPACE // 4)
        bar.setSpacing(SPACE // 4)
        bar.addWidget(self._button(self.back_action))
        bar.addWidget(self.title)
        bar.addSpacing(SPACE // 2)
        bar.addStretch()
        for action in (self.cause_action, self.compare_action, self.follow_action, self.find_action):
            bar.addWidget(self._button(action))
        bar.addWidget(self._more_button())
        return bar

    def _make_panes(self) -> QSplitter:
        own_side, self._other_side = QWidget(), QWidget()
        self._own_column, other = _add_column(own_side), _add_column(self._other_side)
        self._own_column.addWidget(self.pane, 1)
        other.addWidget(self.other_tabs)
        other.addWidget(self.other, 1)
        self._other_side.hide()
        self.other_tabs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        panes = QSplitter(Qt.Orientation.Horizontal)
        panes.setChildrenCollapsible(False)
        panes.setHandleWidth(1)
        for place, side in enumerate((own_side, self._other_side)):
            panes.addWidget(side)
            panes.setStretchFactor(place, 1)
        return panes

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(autoRaise=True)
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        return button

    def _story_page(self) -> QWidget:
        title = PlainLabel(tr("What happened"))
        title.setProperty("role", "title")
        row = QHBoxLayout()
        row.setContentsMargins(2 * SPACE, 0, SPACE // 2, 0)
        row.addWidget(title, 1)
        for action in (self.copy_action, self.save_action):
            row.addWidget(self._button(action))
        page = QWidget()
        column = _add_column(page)
        column.addLayout(row)
        column.addWidget(self.story, 1)
        return page

    def _more_button(self) -> QToolButton:
        """Return the button with the menu of what takes the log along."""
        button = QToolButton(autoRaise=True)
        button.setIcon(icon("more", "muted"))
        button.setAccessibleName(tr("More"))
        set_tooltip(button, tr("Copy, save or open the log"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.addActions([self.copy_action, self.save_action, self.open_action, self.folder_action])
        button.setMenu(menu)
        return button

    def _connect(self) -> None:
        self.tabs.attempt_chosen.connect(self._show_chosen)
        self.other_tabs.attempt_chosen.connect(lambda: self.other.show_attempt(self.other_tabs.attempt))
        self.compare_action.toggled.connect(self._compare)  # also where there is nothing to compare any more
        self.view.following_changed.connect(self.follow_action.setChecked)

    # -- inside

    def _show_chosen(self) -> None:
        """Show the chosen attempt, or the story if there is no chunk."""
        attempt = self.tabs.attempt
        self.pane.show_attempt(attempt)
        if attempt is None:
            has_story = self.shows_story and bool(self.story.story.lines)
            self._pages.setCurrentIndex(_STORY if has_story else _EMPTY)
            return
        self._pages.setCurrentIndex(_LOG)
        self.cause.setText(attempt.cause)
        self.cause.setVisible(bool(attempt.cause))
        self.cause_action.setEnabled(bool(attempt.cause))
        if self.compare_action.isChecked():
            self.other_tabs.set_attempts(self._attempts)
            self.other.show_attempt(self.other_tabs.attempt)

    def _show_cause(self) -> None:
        if self.pane.show_cause():
            self.view.setFocus()

    def _set_paused(self, paused: bool) -> None:
        self.follower.set_paused(paused)
        self.other.follower.set_paused(paused)

    def _follow_toggled(self) -> None:
        self.view.set_following(self.follow_action.isChecked())


def _add_column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column
