"""Notices above the window's content: messages that can be read, copied and dismissed without interrupting."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.ui.theme import SPACE, icon
from helios_gui.ui.widgets.plain_label import PlainLabel
from helios_gui.ui.widgets.styling import text_label
from helios_gui.ui.widgets.tooltips import set_tooltip

MAX_NOTICES = 3
_MAX_BODY_HEIGHT = 168


class Notice(QFrame):
    """One message: a title, optional detail (any length; it scrolls), and what can be done."""

    def __init__(self, title: str, detail: str, *, error: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice-error" if error else "notice")
        self.text = f"{title}\n{detail}".strip()
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(SPACE // 2)
        words = QVBoxLayout()
        words.setSpacing(SPACE // 2)
        words.addWidget(text_label(title, "title", self))
        if detail:
            words.addWidget(self._body(detail))
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE)
        picture = PlainLabel(self)
        token = "danger" if error else "muted"
        picture.setPixmap(icon("warning" if error else "info", token).pixmap(QSize(18, 18), self.devicePixelRatioF()))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addLayout(self._buttons)
        self._buttons.setAlignment(Qt.AlignmentFlag.AlignTop)
        if error:
            self._add_tool("copy", tr("Copy this message"), self.copy)
        self.dismiss_button = self._add_tool("cross", tr("Dismiss"), self.dismiss)

    def copy(self) -> None:
        """Put the whole text on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)

    def dismiss(self) -> None:
        """Remove the notice."""
        self.hide()
        delete_later(self)

    def add_action(self, text: str, act: Callable[[], object]) -> QPushButton:
        """Add a button that calls ``act`` and dismisses the notice."""
        button = QPushButton(text, self)
        button.clicked.connect(act)
        button.clicked.connect(self.dismiss)
        self._buttons.insertWidget(0, button, 0, Qt.AlignmentFlag.AlignTop)
        return button

    def _body(self, detail: str) -> QWidget:
        label = text_label(detail, "muted", self)
        if label.sizeHint().height() <= _MAX_BODY_HEIGHT:
            return label
        scroll = QScrollArea(self)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(label)
        scroll.setFixedHeight(_MAX_BODY_HEIGHT)
        return scroll

    def _add_tool(self, icon_name: str, tip: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(icon_name, "muted"))
        set_tooltip(button, tip)
        button.setAccessibleName(tip)
        button.clicked.connect(act)
        self._buttons.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        return button


class NoticeBoard(QWidget):
    """The notices, newest on top; the oldest leave when there are more than ``MAX_NOTICES``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)

    def notices(self) -> list[Notice]:
        """Return the visible notices, newest first."""
        items = (self._layout.itemAt(place) for place in range(self._layout.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [notice for notice in widgets if isinstance(notice, Notice) and not notice.isHidden()]

    def show_error(self, error: Exception) -> Notice:
        """Show an error with its details and its hint."""
        title, _, rest = str(error).partition("\n")
        hint = error.hint if isinstance(error, HeliosError) else ""
        detail = "\n".join(part for part in (_outdented(rest), hint) if part)
        return self._add(Notice(title or type(error).__name__, detail, error=True, parent=self))

    def show_info(self, title: str, detail: str = "") -> Notice:
        """Show information that is not an error."""
        return self._add(Notice(title, detail, error=False, parent=self))

    def _add(self, notice: Notice) -> Notice:
        for same in (shown for shown in self.notices() if shown.text == notice.text):
            same.dismiss()
        self._layout.insertWidget(0, notice)
        notice.show()
        for old in self.notices()[MAX_NOTICES:]:
            old.dismiss()
        return notice


def _outdented(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())
