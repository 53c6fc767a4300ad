"""A confirmation before work is lost: names what would be lost, with a verb on the button."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import isValid

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.plain_label import PlainLabel

_WIDTH = 440
_LONG_TEXT = 700
"""Characters from which on the text scrolls, so that the buttons stay on the screen."""


class ConfirmSheet(QDialog):
    """Asks for a confirmation. Escape and the first button mean no; that button has the focus if ``danger`` is set."""

    def __init__(
        self, parent: QWidget, title: str, text: str, action: str, *, danger: bool = True, keep: str = ""
    ) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        heading = PlainLabel(title, self)
        heading.setProperty("role", "title")
        self.body = body = PlainLabel(text, self)
        body.setProperty("role", "muted")
        for label in (heading, body):
            label.setWordWrap(True)
        self.no = QPushButton(keep or tr("Cancel"), self)
        self.yes = QPushButton(action, self)
        self.yes.setProperty("role", "danger" if danger else "primary")
        self.no.clicked.connect(self.reject)
        self.yes.clicked.connect(self.accept)
        for button in (self.no, self.yes):
            button.setAutoDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.no)
        buttons.addWidget(self.yes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(heading)
        layout.addWidget(_scrolling(body, self) if len(text) > _LONG_TEXT or text.count("\n") > 12 else body)
        layout.addSpacing(SPACE)
        layout.addLayout(buttons)
        self.resize(_WIDTH, layout.totalHeightForWidth(_WIDTH))  # or long words would be cut
        (self.no if danger else self.yes).setFocus()


def _scrolling(label: QLabel, parent: QWidget) -> QScrollArea:
    area = QScrollArea(parent)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setMinimumHeight(_WIDTH // 2)
    area.setWidget(label)
    return area


async def confirm(parent: QWidget, title: str, text: str, action: str, *, danger: bool = True, keep: str = "") -> bool:
    """Ask and wait for the answer without a nested event loop; ``keep`` names the other button ("Cancel")."""
    sheet = ConfirmSheet(parent, title, text, action, danger=danger, keep=keep)
    return await result_of(sheet) == QDialog.DialogCode.Accepted


async def result_of(dialog: QDialog) -> int:
    """Open a dialog and wait for its result; a cancelled wait closes it."""
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def settle(result: int) -> None:
        if not answer.done():
            answer.set_result(result)

    dialog.finished.connect(settle)
    dialog.open()
    try:
        return await answer
    except asyncio.CancelledError:
        if isValid(dialog):  # one that was answered in this turn is deleted already
            dialog.finished.disconnect(settle)
            dialog.close()
        raise
