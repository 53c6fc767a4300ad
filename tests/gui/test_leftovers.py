"""The check that no test leaves a timer running finds those that only the garbage collector can reach."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tests.gui.conftest import running_timers


class OwnTimer(QTimer):
    """A class of timers that the check has never seen."""


@pytest.mark.parametrize("kind", [QTimer, OwnTimer])
def test_a_timer_that_nothing_refers_to_but_itself_is_found(kind: type[QTimer], qapp: QApplication) -> None:
    timer = kind()
    timer.itself = timer  # type: ignore[attr-defined]  # a cycle
    assert timer not in running_timers()
    timer.start(60_000)
    name = id(timer)
    del timer
    assert name in map(id, running_timers())
    gc.collect()
    assert name not in map(id, running_timers())
