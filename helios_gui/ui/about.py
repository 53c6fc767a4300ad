"""The About dialog: name, version and the versions of Python and Qt."""

from __future__ import annotations

import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QVBoxLayout, QWidget

from helios_gui import __version__, product
from helios_gui.translation import tr
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE, app_icon
from helios_gui.ui.widgets.plain_label import PlainLabel

_ICON = 64


class AboutSheet(QDialog):
    """Name, version and the versions beneath; show it with ``open()``."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowTitle(tr("About"))
        picture = PlainLabel()
        picture.setPixmap(app_icon().pixmap(_ICON, _ICON))
        name = PlainLabel(f"{product.NAME} {__version__}")
        name.setProperty("role", "title")
        purpose = PlainLabel(tr("Splits a render into chunks, watches every chunk, plays the result."))
        beneath = PlainLabel(tr("Python {python} · Qt {qt}", python=platform.python_version(), qt=qVersion()))
        beneath.setProperty("role", "small")
        text = QVBoxLayout()
        text.setSpacing(SPACE // 2)
        for label in (name, purpose, beneath):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            text.addWidget(label)
        top = QHBoxLayout()
        top.setSpacing(2 * SPACE)
        top.addWidget(picture)
        top.addLayout(text)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(top)
        layout.addWidget(buttons)
