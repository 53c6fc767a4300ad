"""All commands of a job in full, for a person who wants to see more than the trust sheet has room for."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from helios_gui.translation import tr, tr_count
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.theme import SPACE, monospace_font
from helios_gui.ui.widgets.styling import resize_on_screen
from helios_gui.utils.shown_text import plain_text

_MOST_CHARACTERS = 4_000_000
_LINE = 1_000
"""Characters of a line: an editor takes very long for one of a million."""


class CommandsSheet(QDialog):
    """Shows commands, each on a line of its own. Show it with ``open()``."""

    def __init__(self, commands: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent)
        delete_on_close(self)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(tr_count("{number} command", "All {number} commands", len(commands)))
        resize_on_screen(self, QSize(760, 520))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.text.setTabChangesFocus(True)
        self.text.setFont(monospace_font())
        self.text.setAccessibleName(self.windowTitle())
        self.text.setPlainText("\n".join(_lines(commands)))
        close = QPushButton(tr("Close"))
        close.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.addWidget(self.text, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)


def _lines(commands: Sequence[str]) -> Iterator[str]:
    left = _MOST_CHARACTERS
    for place, command in enumerate(commands):
        left -= len(command)
        if left < 0:
            yield tr(
                "{count:,} more commands are too long to be shown here: look at them in the job file.",
                count=len(commands) - place,
            )
            return
        shown = plain_text(command)
        yield from textwrap.wrap(shown, _LINE, drop_whitespace=False) if len(shown) > _LINE else [shown]
