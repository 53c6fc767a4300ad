"""The sheet with the first steps: its cards fit, and their buttons lead where they say."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from helios_gui.ui.getting_started import GettingStartedSheet
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.settings.dialog import SettingsDialog
from helios_gui.ui.shortcuts import ShortcutsSheet
from tests.gui.window_steps import Eventually, OpenWindow

LEFT = Qt.MouseButton.LeftButton


def open_sheet(window: MainWindow) -> GettingStartedSheet:
    window.actions_of_window.getting_started.trigger()
    (sheet,) = window.frame.findChildren(GettingStartedSheet)
    return sheet


async def test_the_steps_lead_into_the_window(qtbot: QtBot, open_window: OpenWindow, eventually: Eventually) -> None:
    async with open_window() as window:
        kinds = {1: QFileDialog, 3: SettingsDialog, 4: ShortcutsSheet}
        for place, kind in kinds.items():
            sheet = open_sheet(window)
            button = sheet.cards[place].button
            assert button is not None
            qtbot.mouseClick(button, LEFT)
            await eventually(lambda kind=kind: window.frame.findChildren(kind))
            await eventually(lambda: not window.frame.findChildren(GettingStartedSheet))
            window.frame.findChildren(kind)[0].close()
        menus = [action.menu() for action in window.frame.menuBar().actions()]
        helps: list[QAction] = menus[-1].actions()  # type: ignore[union-attr]
        assert [action.text() for action in helps[:3]] == [
            "&Getting started",
            "Try the &example",
            "&Keyboard shortcuts",
        ]


async def test_the_cards_stand_side_by_side_where_there_is_room(qtbot: QtBot, open_window: OpenWindow) -> None:
    async with open_window() as window:
        sheet = open_sheet(window)
        sheet.resize(860, 600)
        qtbot.waitUntil(lambda: sheet.cards[0].y() == sheet.cards[1].y())
        sheet.resize(500, 600)
        qtbot.waitUntil(lambda: sheet.cards[0].x() == sheet.cards[1].x())
        for card in sheet.cards:
            layout = card.layout()
            assert layout is not None
            assert card.height() >= layout.heightForWidth(card.width())
        sheet.reject()
