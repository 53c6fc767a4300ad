"""Handing a file to the desktop: its own player, its own folder window."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from helios_gui.ui.qt_runtime.deletion import delete_later


def open_externally(path: Path) -> bool:
    """Open the file with the desktop's program for it; whether one took it."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def show_in_folder(path: Path) -> bool:
    """Open the file's folder with the file selected, where the desktop can do that; whether a window took it."""
    if sys.platform == "win32":
        return _start("explorer.exe", "/select,", str(path))
    if sys.platform == "darwin":
        return _start("/usr/bin/open", "-R", str(path))
    return _ask_file_manager(path) or _open_folder(path)


def _open_folder(path: Path) -> bool:
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def _start(program: str, *arguments: str) -> bool:
    return bool(QProcess.startDetached(program, list(arguments))[0])


def _ask_file_manager(path: Path) -> bool:
    """Ask over D-Bus, as freedesktop.org's file-manager interface says; ``False`` where there is no session bus.

    When no file manager answers, the folder is opened the plain way.
    """
    try:
        from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher
    except ImportError:
        return False
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    message = QDBusMessage.createMethodCall(
        "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1", "org.freedesktop.FileManager1", "ShowItems"
    )
    address = QUrl.fromLocalFile(str(path)).toEncoded().toStdString()
    message.setArguments([[address], ""])
    watcher = QDBusPendingCallWatcher(bus.asyncCall(message), QCoreApplication.instance())

    def finish() -> None:
        if watcher.isError():
            _open_folder(path)
        delete_later(watcher)

    watcher.finished.connect(finish)
    return True
