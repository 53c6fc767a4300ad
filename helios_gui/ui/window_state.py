"""What the window remembers of itself between two starts."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from helios_gui.ui.theme import ThemeMode


class WindowState:
    """An INI file of sizes and choices. A damaged file, or values of another kind, count as nothing remembered."""

    def __init__(self, path: Path) -> None:
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    def bytes(self, name: str) -> QByteArray:
        """A layout saved under a name; empty if there is none."""
        value = self._settings.value(name)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_bytes(self, name: str, value: QByteArray) -> None:
        """Remember a layout."""
        self._settings.setValue(name, value)

    @property
    def theme_mode(self) -> ThemeMode:
        """The look that was chosen."""
        try:
            return ThemeMode(str(self._settings.value("theme", ThemeMode.SYSTEM.value)))
        except ValueError:
            return ThemeMode.SYSTEM

    @theme_mode.setter
    def theme_mode(self, mode: ThemeMode) -> None:
        self._settings.setValue("theme", mode.value)
        self.save()

    def save(self) -> None:
        """Write it down now."""
        self._settings.sync()
