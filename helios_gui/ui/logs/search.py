"""The search bar of a log: a text field, the number of matches, buttons for the previous and next one."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QTextEdit, QToolButton, QWidget

from helios_gui.translation import localized, tr
from helios_gui.ui.chunks.palette import mix_colours
from helios_gui.ui.logs.view import LogView
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, icon, theme
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.tooltips import set_tooltip

COUNT_DELAY_MS = 250
"""A growing log is counted anew so long after it grew, not with every line."""

_MOST_HIGHLIGHTS = 500


@guarded()
class SearchBar(QWidget):
    """Searches the text of one ``LogView``, in upper or lower case, around its end."""

    closed = Signal()

    def __init__(self, view: LogView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.field = QLineEdit(placeholderText=tr("Find in log"))
        self.field.setAccessibleName(tr("Find in log"))
        self.count = PlainLabel()
        self.count.setProperty("role", "small")
        self.previous_button = self._button("up", tr("Previous match (Shift+F3)"), self.find_previous)
        self.next_button = self._button("down", tr("Next match (F3)"), self.find_next)
        close = self._button("cross", tr("Close search (Esc)"), self.close_search)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        row.setSpacing(SPACE // 2)
        for widget in (self.field, self.count, self.previous_button, self.next_button, close):
            row.addWidget(widget, 1 if widget is self.field else 0)
        self._recount = QTimer(self, singleShot=True, interval=COUNT_DELAY_MS)
        self._recount.timeout.connect(self._show_count)
        self.field.textChanged.connect(self._words_changed)
        self.field.returnPressed.connect(self.find_next)
        view.textChanged.connect(self._text_changed)
        view.updateRequest.connect(self._view_moved)
        theme().changed.connect(self._highlight)

    def open_search(self) -> None:
        """Show the bar, with the words selected in the log if there are some on one line."""
        selected = self._view.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self.field.setText(selected)
        self.show()
        self.field.setFocus()
        self.field.selectAll()
        self._words_changed()

    def close_search(self) -> None:
        """Hide the bar and its highlights."""
        self.hide()
        self._view.setExtraSelections([])
        self._view.setFocus()
        self.closed.emit()

    def find_next(self) -> None:
        """Go to the next match, from the end on to the first."""
        self._find_match(QTextDocument.FindFlag(0))

    def find_previous(self) -> None:
        """Go to the match before, from the begin on to the last."""
        self._find_match(QTextDocument.FindFlag.FindBackward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_search()
        else:
            super().keyPressEvent(event)

    def _find_match(self, direction: QTextDocument.FindFlag) -> None:
        words, document = self.field.text(), self._view.document()
        if not words:
            return
        found = document.find(words, self._view.textCursor(), direction)
        if found.isNull():
            edge = QTextCursor(document)
            if direction is QTextDocument.FindFlag.FindBackward:
                edge.movePosition(QTextCursor.MoveOperation.End)
            found = document.find(words, edge, direction)
        if not found.isNull():
            self._view.set_following(False)
            self._view.setTextCursor(found)
        self._show_count()
        self._highlight()

    def _words_changed(self) -> None:
        """Go to the first match from where the reader is, so that typing shows what it finds."""
        cursor = self._view.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self._view.setTextCursor(cursor)
        if self.field.text():
            self.find_next()
        else:
            self._show_count()
            self._highlight()

    def _text_changed(self) -> None:
        if self.isVisible() and not self._recount.isActive():
            self._recount.start()

    def _view_moved(self, _area: QRect, scrolled_by: int) -> None:
        if scrolled_by and self.isVisible():
            self._highlight()

    def _show_count(self) -> None:
        """Show ``3 of 17``: which match the cursor is at, and how many there are."""
        words = self.field.text()
        if not words:
            self.count.clear()
            return
        pattern = re.compile(re.escape(words), re.IGNORECASE)
        total = _matches(pattern, self._view.toPlainText())
        cursor = self._view.textCursor()
        if total and pattern.fullmatch(cursor.selectedText()):
            cursor.setPosition(0, QTextCursor.MoveMode.MoveAnchor)
            cursor.setPosition(self._view.textCursor().selectionEnd(), QTextCursor.MoveMode.KeepAnchor)
            at = _matches(pattern, cursor.selectedText())
            self.count.setText(tr("{at:,} of {total:,}", at=at, total=total))
        else:
            self.count.setText(localized(f"{total:,}") if total else tr("no match"))
        self._highlight()

    def _highlight(self) -> None:
        """Mark the matches that can be seen, and no more of them than a few hundred."""
        if not self.isVisible():
            return
        style = QTextCharFormat()
        style.setBackground(mix_colours(theme().tokens.panel, theme().tokens.warning, 0.45))
        marks = []
        for cursor in self._visible_matches():
            mark = QTextEdit.ExtraSelection()
            mark.cursor, mark.format = cursor, style
            marks.append(mark)
        self._view.setExtraSelections(marks)

    def _visible_matches(self) -> list[QTextCursor]:
        words, document = self.field.text(), self._view.document()
        cursor, end = self._view.visible_text()
        found: list[QTextCursor] = []
        while words and len(found) < _MOST_HIGHLIGHTS:
            cursor = document.find(words, cursor)
            if cursor.isNull() or cursor.position() > end:
                break
            found.append(QTextCursor(cursor))
        return found

    def _button(self, icon_name: str, text: str, run: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(icon_name, "muted"))
        set_tooltip(button, text)
        button.setAccessibleName(text)
        button.clicked.connect(lambda: run())
        return button


def _matches(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))
