"""Qt objects that are deleted later, and Python's side of them."""

from __future__ import annotations

import weakref

import shiboken6
from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QDialog, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.ui.qt_runtime.deletion import delete_later, delete_on_close


class Held(QObject):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.timer = QTimer(self)


def test_pythons_side_outlives_qts_and_goes_then(qtbot: QtBot) -> None:
    parent = QObject()
    thing = Held(parent)
    ends: list[bool] = []
    thing.destroyed.connect(lambda: ends.append(seen() is not None))
    seen, timer = weakref.ref(thing), weakref.ref(thing.timer)
    delete_later(thing)
    assert shiboken6.isValid(thing)
    del thing
    qtbot.waitUntil(lambda: bool(ends))
    assert ends == [True]
    qtbot.waitUntil(lambda: seen() is None and timer() is None)
    assert parent.children() == []


def test_a_widget_that_is_closed_goes_the_same_way(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = QDialog(parent)
    ends: list[bool] = []
    dialog.destroyed.connect(lambda: ends.append(seen() is not None))
    seen = weakref.ref(dialog)
    delete_on_close(dialog)
    dialog.open()
    dialog.close()
    del dialog
    qtbot.waitUntil(lambda: bool(ends))
    assert ends == [True]
    qtbot.waitUntil(lambda: seen() is None)
