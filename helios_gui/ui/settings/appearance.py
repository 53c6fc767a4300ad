"""The page for the window itself; what is chosen takes effect at once."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from helios_gui import product
from helios_gui.translation import LANGUAGES, tr
from helios_gui.ui.settings.fields import Field, FormGrid
from helios_gui.ui.theme import ThemeMode, theme


class AppearancePage(QWidget):
    """Choose theme, language and whether to look for updates.

    ``mode_chosen`` carries the ``ThemeMode``, ``language_chosen`` the code of a language (empty: as the system),
    ``updates_chosen`` whether to look for newer versions.
    """

    mode_chosen = Signal(str)
    language_chosen = Signal(str)
    updates_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = QComboBox()
        names = {
            ThemeMode.SYSTEM: tr("Same as system"),
            ThemeMode.DARK: tr("Dark"),
            ThemeMode.LIGHT: tr("Light"),
        }
        for mode, name in names.items():
            self.choice.addItem(name, mode.value)
        self.choice.setCurrentIndex(self.choice.findData(theme().mode.value))
        self.choice.activated.connect(lambda: self.mode_chosen.emit(str(self.choice.currentData())))
        form = FormGrid(self)
        Field(form, tr("Theme"), self.choice, tr("Takes effect immediately."))
        self.languages = QComboBox()
        for code, name in {"": tr("Same as system"), **LANGUAGES}.items():
            self.languages.addItem(name, code)
        self.languages.activated.connect(lambda: self.language_chosen.emit(str(self.languages.currentData())))
        Field(form, tr("Language"), self.languages, tr("Takes effect when the app is started the next time."))
        self.updates = QCheckBox(tr("Check for updates automatically"))
        self.updates.clicked.connect(self.updates_chosen)
        note = tr(
            "Asks {host} once a day for the newest version. Nothing about you or your jobs is sent, "
            "and nothing is downloaded."
        )
        Field(form, tr("Updates"), self.updates, note.format(host=urlsplit(product.HOMEPAGE).netloc))
        form.finish()

    def show_language(self, code: str) -> None:
        """Select the language that was chosen; empty: as the system."""
        self.languages.setCurrentIndex(max(0, self.languages.findData(code)))
