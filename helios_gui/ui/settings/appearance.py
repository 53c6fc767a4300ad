"""The page for the window itself; what is chosen takes effect at once."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QSystemTrayIcon, QWidget

from helios_gui import product
from helios_gui.translation import LANGUAGES, tr
from helios_gui.ui.settings.fields import Field, FormGrid
from helios_gui.ui.theme import ThemeMode, theme
from helios_gui.ui.window_state import WindowState


class AppearancePage(QWidget):
    """Choose theme, language, whether to look for updates, and what happens while nobody looks.

    ``mode_chosen`` carries the ``ThemeMode``, ``updates_chosen`` whether to look for newer versions.
    """

    mode_chosen = Signal(str)
    updates_chosen = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = QComboBox()
        names = {
            ThemeMode.SYSTEM: tr("Same as system"),
            ThemeMode.DARK: tr("Dark"),
            ThemeMode.LIGHT: tr("Light"),
            ThemeMode.CONTRAST: tr("High contrast"),
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
        Field(form, tr("Language"), self.languages, tr("Takes effect when the app is started the next time."))
        self.updates = QCheckBox(tr("Check for updates automatically"))
        self.updates.clicked.connect(self.updates_chosen)
        note = tr(
            "Asks {host} once a day for the newest version. Nothing about you or your jobs is sent, "
            "and nothing is downloaded."
        )
        Field(form, tr("Updates"), self.updates, note.format(host=urlsplit(product.HOMEPAGE).netloc))
        self.awake = QCheckBox(tr("Keep the computer awake"))
        note = tr("While something is rendered. The display may turn off, and a laptop sleeps when its lid is closed.")
        Field(form, tr("Power"), self.awake, note)
        self.notifications = QCheckBox(tr("Show notifications"))
        note = tr("When a job is done, fails or waits for you, while this window is not in front.")
        Field(form, tr("Notifications"), self.notifications, note)
        self.hold_ups = QCheckBox(tr("Also when a job is held up"))
        self.notifications.toggled.connect(self.hold_ups.setEnabled)
        note = tr("By the battery, memory, a program that runs, or the job that it starts after; not by its hours.")
        Field(form, "", self.hold_ups, note)
        self.sound = QCheckBox(tr("Play a sound with it"))
        self.notifications.toggled.connect(self.sound.setEnabled)
        Field(form, "", self.sound, "")
        self.tray = QCheckBox(tr("Show an icon in the tray"))
        Field(form, tr("Tray"), self.tray, tr("It shows the progress; its menu stops all jobs and goes on with them."))
        self.stays = QCheckBox(tr("Go on there when the window is closed"))
        self.tray.toggled.connect(self.stays.setEnabled)
        missing = (
            "" if QSystemTrayIcon.isSystemTrayAvailable() else tr("This desktop has no tray: closing ends the app.")
        )
        Field(form, "", self.stays, missing)
        form.finish()

    def bind(self, state: WindowState) -> None:
        """Show what was chosen about language, power and notifications, and remember each change."""
        self.languages.setCurrentIndex(max(0, self.languages.findData(state.language)))
        self.languages.activated.connect(lambda: state.set_language(str(self.languages.currentData())))
        self.awake.setChecked(state.keeps_awake)
        self.notifications.setChecked(state.notifies)
        self.hold_ups.setChecked(state.notifies_of_hold_ups)
        self.hold_ups.setEnabled(state.notifies)
        self.sound.setChecked(state.notifies_with_sound)
        self.sound.setEnabled(state.notifies)
        self.tray.setChecked(state.shows_tray)
        self.stays.setChecked(bool(state.closes_to_tray))
        self.stays.setEnabled(state.shows_tray)
        for box, name in (
            (self.awake, "keeps_awake"),
            (self.notifications, "notifies"),
            (self.hold_ups, "notifies_of_hold_ups"),
            (self.sound, "notifies_with_sound"),
            (self.tray, "shows_tray"),
            (self.stays, "closes_to_tray"),
        ):
            box.clicked.connect(lambda enabled, name=name: setattr(state, name, enabled))
