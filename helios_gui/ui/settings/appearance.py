"""The page for the look of the window; a choice takes effect at once."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from helios_gui.ui.settings.fields import Field, FormGrid
from helios_gui.ui.theme import ThemeMode, theme


class AppearancePage(QWidget):
    """Dark, light, or as the desktop has it: ``mode_chosen`` carries the ``ThemeMode``."""

    mode_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = QComboBox()
        names = {
            ThemeMode.SYSTEM: self.tr("Like the desktop"),
            ThemeMode.DARK: self.tr("Dark"),
            ThemeMode.LIGHT: self.tr("Light"),
        }
        for mode, name in names.items():
            self.choice.addItem(name, mode.value)
        self.choice.setCurrentIndex(self.choice.findData(theme().mode.value))
        self.choice.activated.connect(lambda: self.mode_chosen.emit(str(self.choice.currentData())))
        form = FormGrid(self)
        Field(form, self.tr("Colours"), self.choice, self.tr("Takes effect at once."))
        form.finish()
