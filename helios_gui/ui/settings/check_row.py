"""One line of a connection's test."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from helios_gui.types import CheckLine
from helios_gui.ui.theme import SPACE

_GLYPHS = {True: ("✓", "success"), False: ("✕", "danger"), None: ("…", "muted")}

OPEN_GLYPH = "–"
"""What is left open when a test is over."""


class CheckRow(QWidget):
    """One line: a glyph, what was looked at, what was found, and below it what to do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.line: CheckLine | None = None
        self.glyph = QLabel(self)
        self.glyph.setFixedWidth(SPACE * 2)
        self.name = _label("", self)
        self.detail = _label("muted", self)
        self.advice = _label("", self)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(SPACE)
        layout.setVerticalSpacing(2)
        top = Qt.AlignmentFlag.AlignTop
        layout.addWidget(self.glyph, 0, 0, top)
        layout.addWidget(self.name, 0, 1, top)
        layout.addWidget(self.detail, 0, 2)
        layout.addWidget(self.advice, 1, 2)
        layout.setColumnMinimumWidth(1, SPACE * 16)
        layout.setColumnStretch(2, 1)

    def show_line(self, line: CheckLine) -> None:
        """Say what was found."""
        self.line = line
        glyph, role = _GLYPHS[line.ok]
        self.glyph.setText(glyph)
        self.glyph.setProperty("role", role)
        self.glyph.style().unpolish(self.glyph)
        self.glyph.style().polish(self.glyph)
        self.name.setText(line.name)
        self.detail.setText(line.detail)
        self.advice.setText(line.advice)
        self.detail.setVisible(bool(line.detail))
        self.advice.setVisible(bool(line.advice))
        outcome = {True: self.tr("passed"), False: self.tr("failed"), None: self.tr("not known")}[line.ok]
        self.setAccessibleName(f"{line.name}: {outcome}. {line.detail} {line.advice}".strip())

    def settle(self) -> None:
        """The test is over: what is not known will not be."""
        if self.line is not None and self.line.ok is None:
            self.glyph.setText(OPEN_GLYPH)


def _label(role: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label
