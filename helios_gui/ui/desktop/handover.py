"""Open files, folders and web pages with the programs that the desktop has for them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QProcess, QUrl
from PySide6.QtGui import QDesktopServices

from helios_gui.ui.qt_runtime.deletion import delete_later

MAX_OPENED = 5
"""Files or folders opened by one command; opening more would flood the desktop."""


def open_externally(path: Path) -> bool:
    """Open a file with the desktop's program for it. Return whether there is one."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def open_all_externally(paths: Iterable[Path]) -> None:
    """Open the first ``MAX_OPENED`` files."""
    for path in islice(paths, MAX_OPENED):
        open_externally(path)


def open_web_page(address: str) -> None:
    """Open an ``https://`` address in the person's browser."""
    QDesktopServices.openUrl(QUrl(address))


def show_in_folder(path: Path) -> bool:
    """Open the folder of a file, with the file selected where the desktop can do that.

    Returns:
        Whether a program was found that shows folders.
    """
    if sys.platform == "win32":
        return _start("explorer.exe", "/select,", str(path))
    if sys.platform == "darwin":
        return _start("/usr/bin/open", "-R", str(path))
    return _ask_file_manager(path) or _open_folder(path)


def show_all_in_folder(paths: Iterable[Path]) -> None:
    """Show the first ``MAX_OPENED`` files in their folders; each folder is opened once."""
    folders = {path.parent: path for path in paths}
    for path in islice(folders.values(), MAX_OPENED):
        show_in_folder(path)


def _open_folder(path: Path) -> bool:
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def _start(program: str, *arguments: str) -> bool:
    return bool(QProcess.startDetached(program, list(arguments))[0])


def _ask_file_manager(path: Path) -> bool:
    """Ask the file manager over D-Bus (freedesktop.org's ``FileManager1`` interface) to show a file.

    If no file manager answers, the folder is opened without a selection.

    Returns:
        ``False`` if there is no session bus to ask on.
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
