"""The question what a new group of jobs is called."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE
from helios_gui.ui.widgets.plain_label import PlainLabel

_LONGEST_NAME = 200
_WIDTH = 360


class GroupNameSheet(QDialog):
    """Asks for a name, which must not be empty; ``name`` is the answer, without blanks at its ends."""

    def __init__(self, proposal: str, parent: QWidget) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(tr("New group"))
        self.setMinimumWidth(_WIDTH)
        self.field = QLineEdit(proposal, self)
        self.field.setMaxLength(_LONGEST_NAME)
        self.field.selectAll()
        label = PlainLabel(tr("&Name of the group"), self)
        label.setBuddy(self.field)
        self.field.setAccessibleName(tr("Name of the group"))
        cancel = QPushButton(tr("Cancel"), self)
        self.create_button = QPushButton(tr("Make the group"), self)
        self.create_button.setProperty("role", "primary")
        self.create_button.setDefault(True)
        cancel.clicked.connect(self.reject)
        self.create_button.clicked.connect(self.accept)
        self.name = ""
        self.field.textChanged.connect(self._check)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.create_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(label)
        layout.addWidget(self.field)
        layout.addSpacing(SPACE)
        layout.addLayout(buttons)
        self._check()

    def _check(self) -> None:
        self.name = self.field.text().strip()  # kept: the field may be deleted before the answer is looked at
        self.create_button.setEnabled(bool(self.name))
