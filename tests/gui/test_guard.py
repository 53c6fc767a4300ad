"""Overrides that raise report and answer with a default; without the guard Python 3.11 dies."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QSize
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QTableView, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.ui.qt_runtime.guard import guarded


@guarded()
class Broken(QAbstractTableModel):
    """Raises wherever Qt asks."""

    @guarded(2)
    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 2

    @guarded(1)
    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        raise TypeError("columnCount")

    def data(self, index: QModelIndex, role: int = 0) -> Any:
        raise TypeError("data")

    def not_of_qt(self) -> None:
        raise ValueError("ours")


@guarded()
class Window(QWidget):
    """Raises when closed, and when asked for its size."""

    def closeEvent(self, event: QCloseEvent) -> None:
        raise TypeError("closeEvent")

    @guarded(QSize(12, 34))
    def sizeHint(self) -> QSize:
        raise TypeError("sizeHint")


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The messages of the exceptions given to ``sys.excepthook``."""
    messages: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: messages.append(str(error)))
    return messages


def test_painting_a_model_that_raises_survives(qtbot: QtBot, reported: list[str]) -> None:
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(Broken(view))
    view.grab()
    assert {"columnCount", "data"} <= set(reported)


def test_defaults_are_answered(qtbot: QtBot, reported: list[str]) -> None:
    window = Window()
    qtbot.addWidget(window)
    assert window.sizeHint() == QSize(12, 34)
    assert window.close()
    assert set(reported) == {"sizeHint", "closeEvent"}


def test_methods_that_are_not_qts_raise_as_ever() -> None:
    with pytest.raises(ValueError, match="ours"):
        Broken().not_of_qt()


def test_a_close_event_that_raises_does_not_end_the_process() -> None:
    """In a process of its own: this is the crash the guard is for."""
    script = """
from PySide6.QtWidgets import QApplication, QWidget
from helios_gui.ui.qt_runtime.guard import guarded
@guarded()
class Window(QWidget):
    def closeEvent(self, event): raise TypeError("on purpose")
app = QApplication([])
Window().close()
print("alive")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "alive" in done.stdout
    assert "on purpose" in done.stderr
