"""What has the keyboard shows it, also where nothing in it is chosen yet."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.ui.chunks.grid import ChunkGrid
from helios_gui.ui.preview.panel import PreviewPanel
from helios_gui.ui.theme import theme
from helios_gui.ui.timeline.view import TimelineView
from helios_gui.ui.widgets.keyboard_frame import KeyboardFrame

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


@pytest.mark.parametrize("make", [ChunkGrid, PreviewPanel, TimelineView])
def test_what_got_the_keyboard_by_a_key_has_a_frame(qtbot: QtBot, make: Callable[[], QWidget]) -> None:
    window, before, widget = QWidget(), QLineEdit(), make()
    layout = QVBoxLayout(window)
    layout.addWidget(before)
    layout.addWidget(widget, 1)
    qtbot.addWidget(window)
    window.resize(500, 400)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    before.setFocus()
    qtbot.waitUntil(before.hasFocus)
    frame = widget.findChild(KeyboardFrame)
    covered = frame.parentWidget()
    assert not frame.isVisible()
    qtbot.keyClick(before, Qt.Key.Key_Tab)
    qtbot.waitUntil(widget.hasFocus)
    window.resize(520, 420)
    picture = covered.grab().toImage()
    ratio = picture.devicePixelRatio()
    corner = QPoint(covered.width() - 1, covered.height() - 1) * ratio
    assert picture.pixelColor(corner) == picture.pixelColor(1, 1) == theme().tokens.accent_text
    qtbot.keyClick(widget, Qt.Key.Key_Backtab)
    qtbot.waitUntil(before.hasFocus)
    assert not frame.isVisible()
    widget.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not frame.isVisible(), "whoever clicks looks there"
    if isinstance(widget, PreviewPanel):
        widget.release()
