"""Colours the lines of a log by how serious they are."""

from __future__ import annotations

from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from helios_gui.ui.logs.levels import LogLevel, level_of
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import theme

_TOKENS = {LogLevel.ERROR: "danger", LogLevel.WARNING: "warning", LogLevel.QUIET: "muted"}


@guarded()
class LevelHighlighter(QSyntaxHighlighter):
    """Errors in the colour of danger and bold, warnings in theirs, progress and debug lines muted."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[LogLevel, QTextCharFormat] = {}
        self._choose_colours()
        theme().changed.connect(self._recolour)

    def highlightBlock(self, text: str) -> None:
        chosen = self._formats.get(level_of(text))
        if chosen is not None:
            self.setFormat(0, len(text), chosen)

    def _choose_colours(self) -> None:
        for level, token in _TOKENS.items():
            style = QTextCharFormat()
            style.setForeground(getattr(theme().tokens, token))
            if level is LogLevel.ERROR:
                style.setFontWeight(QFont.Weight.DemiBold)
            self._formats[level] = style

    def _recolour(self) -> None:
        self._choose_colours()
        self.rehighlight()
