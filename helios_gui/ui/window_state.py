"""The state of the window that is saved between two starts."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from helios_gui.ui.chunks.heat_mode import HeatMode
from helios_gui.ui.theme import ThemeMode


class WindowState:
    """An INI file of sizes and choices. A damaged file, or values of another kind, count as nothing remembered."""

    def __init__(self, path: Path) -> None:
        self._settings = QSettings(str(path), QSettings.Format.IniFormat)

    def bytes(self, name: str) -> QByteArray:
        """Return the layout saved under a name; empty if there is none."""
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

    @property
    def language(self) -> str:
        """The code of the language that was chosen; empty: as the system."""
        return str(self._settings.value("language", ""))

    def set_language(self, code: str) -> None:
        """Remember the language for the next start."""
        self._settings.setValue("language", code)
        self.save()

    @property
    def checks_for_updates(self) -> bool:
        """Whether the person wished to hear of newer versions."""
        return self._flag("updates/daily", default=False)

    @checks_for_updates.setter
    def checks_for_updates(self, enabled: bool) -> None:
        self._settings.setValue("updates/daily", enabled)
        self.save()

    @property
    def chunk_colours(self) -> HeatMode:
        """What the colours of chunks stand for."""
        try:
            return HeatMode(str(self._settings.value("chunks/colours", HeatMode.STATE.value)))
        except ValueError:
            return HeatMode.STATE

    @chunk_colours.setter
    def chunk_colours(self, mode: HeatMode) -> None:
        self._settings.setValue("chunks/colours", mode.value)

    @property
    def keeps_awake(self) -> bool:
        """Whether the computer is asked not to fall asleep while something is rendered."""
        return self._flag("night/awake", default=True)

    @keeps_awake.setter
    def keeps_awake(self, enabled: bool) -> None:
        self._settings.setValue("night/awake", enabled)
        self.save()

    @property
    def notifies(self) -> bool:
        """Whether the desktop shows a notification when a job has ended or needs a person."""
        return self._flag("notifications/shown", default=True)

    @notifies.setter
    def notifies(self, enabled: bool) -> None:
        self._settings.setValue("notifications/shown", enabled)
        self.save()

    @property
    def notifies_of_hold_ups(self) -> bool:
        """Whether such a notification is shown also for a job that is held up, and may go on by itself."""
        return self._flag("notifications/held_up", default=False)

    @notifies_of_hold_ups.setter
    def notifies_of_hold_ups(self, enabled: bool) -> None:
        self._settings.setValue("notifications/held_up", enabled)
        self.save()

    @property
    def notifies_with_sound(self) -> bool:
        """Whether such a notification plays the desktop's sound."""
        return self._flag("notifications/sound", default=False)

    @notifies_with_sound.setter
    def notifies_with_sound(self, enabled: bool) -> None:
        self._settings.setValue("notifications/sound", enabled)
        self.save()

    @property
    def shows_tray(self) -> bool:
        """Whether there is an icon in the desktop's tray."""
        return self._flag("tray/shown", default=True)

    @shows_tray.setter
    def shows_tray(self, enabled: bool) -> None:
        self._settings.setValue("tray/shown", enabled)
        self.save()

    @property
    def closes_to_tray(self) -> bool | None:
        """Whether the program goes on in the tray when its window is closed; ``None`` if the person was not asked."""
        return self._flag("tray/stays", default=False) if self._settings.contains("tray/stays") else None

    @closes_to_tray.setter
    def closes_to_tray(self, enabled: bool) -> None:
        self._settings.setValue("tray/stays", enabled)
        self.save()

    @property
    def last_update_check(self) -> float:
        """When a newer version was last looked for of itself, in seconds since the epoch; 0 for never."""
        try:
            return float(str(self._settings.value("updates/looked", 0)))
        except ValueError:
            return 0.0

    @last_update_check.setter
    def last_update_check(self, moment: float) -> None:
        self._settings.setValue("updates/looked", moment)
        self.save()

    @property
    def announced_version(self) -> str:
        """The newer version that the person was last told of."""
        return str(self._settings.value("updates/told", ""))

    @announced_version.setter
    def announced_version(self, version: str) -> None:
        self._settings.setValue("updates/told", version)
        self.save()

    @property
    def recent_files(self) -> list[str]:
        """The paths of the files that were added last, newest first."""
        value = self._settings.value("recent", [])
        found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [text for text in found if isinstance(text, str) and text]

    @recent_files.setter
    def recent_files(self, paths: list[str]) -> None:
        self._settings.setValue("recent", paths)
        self.save()

    def save(self) -> None:
        """Write it down now."""
        self._settings.sync()

    def _flag(self, name: str, *, default: bool) -> bool:
        return str(self._settings.value(name, default)).lower() == "true"
