"""The log of one attempt: its text, which is followed while it grows, and why there is none."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.types import Attempt, AttemptState
from helios_gui.ui.logs.follower import LogFollower
from helios_gui.ui.logs.highlighter import LevelHighlighter
from helios_gui.ui.logs.levels import cause_line
from helios_gui.ui.logs.view import LogView


class LogPane(QWidget):
    """Reads the log of one attempt at a time, a little after the other, so that one of 1 GB opens at once."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.attempt: Attempt | None = None
        self.view = LogView()
        self.view.setAccessibleName(name)
        self.levels = LevelHighlighter(self.view.document())
        self.follower = LogFollower(self)
        self.follower.set_paused(True)  # until shown
        self.follower.lines.connect(self.view.add_lines)
        self.follower.skipped.connect(self._show_skipped)
        self.follower.caught_up.connect(self._show_why_empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.view)

    def show_attempt(self, attempt: Attempt | None) -> None:
        """Show the log of an attempt; its text is read anew only when it is another one than before."""
        before, self.attempt = self.attempt, attempt
        if attempt is None:
            self.follower.close()
            self.view.start_over()
            return
        growing = attempt.state in (AttemptState.RUNNING, AttemptState.UNKNOWN)
        if before is None or before.id != attempt.id:
            self.view.start_over()
            self.view.setPlaceholderText("")
            self.view.set_following(True)
            self.follower.open(attempt.log_path, growing=growing)
        elif before.state is not attempt.state:
            self.follower.set_growing(growing)

    def show_cause(self) -> bool:
        """Go to the line that says why the attempt failed. Returns whether there is one."""
        if self.attempt is None:
            return False
        index = cause_line(self.view.toPlainText().split("\n"), self.attempt.cause)
        if index < 0:
            return False
        self.view.set_following(False)
        cursor = QTextCursor(self.view.document().findBlockByNumber(index))
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        self.view.setTextCursor(cursor)
        self.view.centerCursor()
        return True

    def _show_skipped(self, count: int) -> None:
        text = tr("… {size:,.1f} MB of earlier output is in the file", size=count / 1_000_000)
        self.view.add_lines([text])

    def _show_why_empty(self) -> None:
        """Say why there is nothing to read; seen only while the text is empty."""
        attempt = self.attempt
        if attempt is None:
            return
        if attempt.state is AttemptState.RUNNING:
            text = tr("Waiting for output…")
        elif attempt.log_path.exists():
            text = tr("This attempt printed nothing.")
        else:
            text = tr("The log file is missing: {0}").format(attempt.log_path)
        self.view.setPlaceholderText(text)
