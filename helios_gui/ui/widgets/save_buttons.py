"""The buttons at the foot of a sheet that edits one thing."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QPushButton

from helios_gui.translation import tr
from helios_gui.ui.theme import SPACE


class SaveButtons(QHBoxLayout):
    """Save, which Enter presses, and Cancel, both at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.save = QPushButton(tr("Save"))
        self.save.setDefault(True)
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self.setContentsMargins(SPACE * 2, SPACE * 3 // 2, SPACE * 2, SPACE * 3 // 2)
        self.setSpacing(SPACE)
        self.addStretch(1)
        self.addWidget(self.save)
        self.addWidget(self.cancel)
