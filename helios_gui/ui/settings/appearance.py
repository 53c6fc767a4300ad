"""The page for the window itself; what is chosen takes effect at once."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from helios_gui import product
from helios_gui.ui.settings.fields import Field, FormGrid
from helios_gui.ui.theme import ThemeMode, theme


class AppearancePage(QWidget):
    """Dark, light, or as the desktop has it: ``mode_chosen`` carries the ``ThemeMode``.

    ``updates_chosen``: whether a person wants to hear of newer versions.
    """

    mode_chosen = Signal(str)
    updates_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = QComboBox()
        names = {
            ThemeMode.SYSTEM: self.tr("Same as system"),
            ThemeMode.DARK: self.tr("Dark"),
            ThemeMode.LIGHT: self.tr("Light"),
        }
        for mode, name in names.items():
            self.choice.addItem(name, mode.value)
        self.choice.setCurrentIndex(self.choice.findData(theme().mode.value))
        self.choice.activated.connect(lambda: self.mode_chosen.emit(str(self.choice.currentData())))
        form = FormGrid(self)
        Field(form, self.tr("Theme"), self.choice, self.tr("Takes effect immediately."))
        self.updates = QCheckBox(self.tr("Check for updates automatically"))
        self.updates.clicked.connect(self.updates_chosen)
        note = self.tr(
            "Asks {host} once a day for the newest version. Nothing about you or your jobs is sent, "
            "and nothing is downloaded."
        )
        Field(form, self.tr("Updates"), self.updates, note.format(host=urlsplit(product.HOMEPAGE).netloc))
        form.finish()
