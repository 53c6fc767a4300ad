"""The text of a log: bounded, following its end until the reader scrolls away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from helios_gui.ui.logs.collapse import ProgressCollapser
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme.theme import monospace_font

MAX_LINES = 20_000


@guarded()
class LogView(QPlainTextEdit):
    """Read-only lines in a monospaced font. Old lines fall out at the top once there are 20,000."""

    following_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._collapser = ProgressCollapser()
        self._following = True
        self._own_scrolling = False
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setProperty("role", "bare")
        self.setFont(monospace_font())
        self.setTextInteractionFlags(
            self.textInteractionFlags().TextSelectableByMouse | self.textInteractionFlags().TextSelectableByKeyboard
        )
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.verticalScrollBar().rangeChanged.connect(self._range_changed)

    @property
    def following(self) -> bool:
        """Whether new lines scroll into view."""
        return self._following

    def set_following(self, following: bool) -> None:
        """Keep the end in view, or stay where the reader is."""
        if following:
            self._show_end()
        if following != self._following:
            self._following = following
            self.following_changed.emit(following)

    def start_over(self) -> None:
        """Forget all lines."""
        with self._scrolling_ourselves():
            self.clear()
        self._collapser = ProgressCollapser()

    def add_lines(self, lines: Sequence[str]) -> None:
        """Append lines; a progress line takes the place of the progress line before it."""
        addition = self._collapser.add(lines[-MAX_LINES:])
        if not addition.lines:
            return
        with self._scrolling_ourselves():
            self._append("\n".join(addition.lines), replaces_last=addition.replaces_last)
            fallen = self._trim()
            if fallen and not self._following:
                bar = self.verticalScrollBar()
                bar.setValue(bar.value() - fallen)
        if self._following:
            self._show_end()

    def visible_text(self) -> tuple[QTextCursor, int]:
        """Return a cursor at the start of the visible text, and the position of its end."""
        last = self.cursorForPosition(self.viewport().rect().bottomRight()).block()
        return QTextCursor(self.firstVisibleBlock()), last.position() + last.length()

    def resizeEvent(self, event: QResizeEvent) -> None:
        with self._scrolling_ourselves():
            super().resizeEvent(event)
        if self._following:
            self._show_end()

    def _append(self, text: str, *, replaces_last: bool) -> None:
        document = self.document()
        cursor = QTextCursor(document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()  # or each line is laid out by itself
        if replaces_last:
            cursor.movePosition(QTextCursor.MoveOperation.StartOfBlock, QTextCursor.MoveMode.KeepAnchor)
        elif not document.isEmpty():
            text = "\n" + text
        cursor.insertText(text)
        cursor.endEditBlock()

    def _trim(self) -> int:
        """Take away the oldest lines beyond the bound; how many.

        ``maximumBlockCount`` does the same at some five times the cost (measured with Qt 6.11).
        """
        too_many = max(0, self.blockCount() - MAX_LINES)
        if too_many:
            cursor = QTextCursor(self.document())
            kept = self.document().findBlockByNumber(too_many)
            cursor.setPosition(kept.position(), QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        return too_many

    def _show_end(self) -> None:
        with self._scrolling_ourselves():
            bar = self.verticalScrollBar()
            bar.setValue(bar.maximum())

    def _scrolled(self, value: int) -> None:
        """Stop following when a person scrolls away from the end, and follow again when they scroll back to it."""
        if not self._own_scrolling:
            self.set_following(value >= self.verticalScrollBar().maximum())

    def _range_changed(self) -> None:
        if self._following and not self._own_scrolling:
            self._show_end()

    @contextmanager
    def _scrolling_ourselves(self) -> Iterator[None]:
        """Mark scrolling within this context as done by the program, not by a person."""
        before, self._own_scrolling = self._own_scrolling, True
        try:
            yield
        finally:
            self._own_scrolling = before
