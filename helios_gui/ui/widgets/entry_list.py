"""A list of a few entries in two lines, with a row of buttons below it, as pages of the settings show."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QPushButton, QWidget

from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import SPACE, icon, theme
from helios_gui.ui.widgets.tooltips import set_tooltip
from helios_gui.ui.widgets.two_line_delegate import DETAIL, ENTRY_HEIGHT, TwoLineDelegate


@guarded()
class EntryList(QListWidget):
    """Lists entries by name, with what they are below it.

    Args:
        name: What screen readers call the list.
        rows: How many entries have room.
        empty_text: A sentence that stands in the list while there are none.
        parent: The owner.
    """

    def __init__(self, name: str, rows: int, empty_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty_text = empty_text
        self.setItemDelegate(TwoLineDelegate(self))
        self.setProperty("role", "field")
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(ENTRY_HEIGHT * rows + 4)
        self.setAccessibleName(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.count():
            painter = QPainter(self.viewport())
            painter.setPen(theme().tokens.muted)
            room = self.viewport().rect().adjusted(2 * SPACE, 0, -2 * SPACE, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._empty_text)
            painter.end()

    def add_entry(self, name: str, detail: str, tooltip: str) -> None:
        """Add an entry at the end."""
        item = QListWidgetItem(name)
        item.setData(DETAIL, detail)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {detail}")
        set_tooltip(item, tooltip)
        self.addItem(item)


def entry_button(text: str, picture: str) -> QPushButton:
    """Return a button that does something with an entry; Enter never presses it instead of the dialog's own."""
    button = QPushButton(icon(picture), text)
    button.setAutoDefault(False)
    return button


def button_row(*buttons: QPushButton) -> QHBoxLayout:
    """Return a row of buttons that begins at the left."""
    row = QHBoxLayout()
    row.setSpacing(SPACE)
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    return row
