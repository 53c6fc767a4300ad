"""The placeholder shown while there is no picture: a title, a sentence and optional buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from helios_gui.ui.theme.icons import icon
from helios_gui.ui.theme.tokens import SPACE
from helios_gui.ui.widgets.plain_label import PlainLabel

TEXT_WIDTH = 420
ICON = 32


class PreviewPlaceholder(QFrame):
    """A title and a sentence in the middle; buttons below, which the owner adds and shows."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._sign = PlainLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._title = PlainLabel(alignment=Qt.AlignmentFlag.AlignHCenter, wordWrap=True)
        self._title.setProperty("role", "title")
        self._words = PlainLabel(alignment=Qt.AlignmentFlag.AlignHCenter, wordWrap=True)
        self._words.setProperty("role", "muted")
        self._words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for label in (self._title, self._words):
            label.setMaximumWidth(TEXT_WIDTH)
        self._buttons = QHBoxLayout()
        self._buttons.addStretch()
        self._buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addStretch()
        for widget in (self._sign, self._title, self._words):
            row = QHBoxLayout()
            row.addStretch()
            row.addWidget(widget, 100)
            row.addStretch()
            layout.addLayout(row)
        layout.addSpacing(SPACE // 2)
        layout.addLayout(self._buttons)
        layout.addStretch()

    def add_button(self, button: QPushButton) -> None:
        """Put a button under the text, right of those already there."""
        self._buttons.insertWidget(self._buttons.count() - 1, button)

    def show_message(self, sign: str, title: str, words: str) -> None:
        """Show an icon (by name), a title and a sentence."""
        self._sign.setPixmap(icon(sign, "faint").pixmap(ICON, ICON))
        self._title.setText(title)
        self._words.setText(words)
        self.setAccessibleName(title)
        self.setAccessibleDescription(words)
