"""The Qt application, which the desktop may hand files to while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QLibraryInfo, QLocale, QTranslator, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from helios_gui import __version__, product
from helios_gui.ui.qt_runtime.guard import guarded


class Application(QApplication):
    """Knows the product's names. ``file_asked`` carries the path of a file opened from macOS' Finder or Dock."""

    file_asked = Signal(object)

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(list(arguments))
        self.setApplicationName(product.PACKAGE)
        self.setApplicationDisplayName(product.NAME)
        self.setApplicationVersion(__version__)
        self.setDesktopFileName(product.PACKAGE)
        self.setQuitOnLastWindowClosed(False)

    def set_language(self, code: str) -> None:
        """Have Qt's own texts (standard buttons, context menus) and numbers in a language, given by its code."""
        locale = QLocale(code)
        if locale.language() != QLocale.system().language():
            QLocale.setDefault(locale)  # else the system's stays, with the habits of its country
        translator = QTranslator(self)
        if translator.load(locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            self.installTranslator(translator)

    @guarded(False)
    def event(self, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self.file_asked.emit(Path(event.file()))
            return True
        return super().event(event)
