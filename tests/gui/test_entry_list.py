"""A list of the settings says that it is empty, and says it no more once it has an entry."""

from __future__ import annotations

from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from helios_gui.ui.theme import theme
from helios_gui.ui.widgets.entry_list import EntryList


def drawn(entries: EntryList) -> int:
    """Return how many pixels have the colour in which the sentence is written."""
    picture = entries.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    colour = theme().tokens.muted.rgb()
    return sum(picture.pixel(x, y) == colour for x in range(picture.width()) for y in range(picture.height()))


def test_an_empty_list_says_so(qtbot: QtBot) -> None:
    silent, entries = EntryList("Hooks", 3, ""), EntryList("Hooks", 3, "There are no hooks yet.")
    for each in (silent, entries):
        qtbot.addWidget(each)
        each.resize(400, each.height())
    nothing = drawn(silent)
    assert drawn(entries) > nothing
    for each in (silent, entries):
        each.add_entry("Chat", "when a job is done", "")
    assert drawn(entries) == drawn(silent)
