"""Qt objects caught in cycles die on the window's thread, whoever allocates meanwhile."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject, QTimer
from pytestqt.qtbot import QtBot

from helios_gui.ui.qt_runtime.collector import WindowThreadCollector


class Knot(QObject):
    """A Qt object in a cycle that notes which thread it died in."""

    def __init__(self, deaths: list[str]) -> None:
        super().__init__()
        self.me = self
        self.timer = QTimer(self)
        weakref.finalize(self, lambda: deaths.append(threading.current_thread().name))


@pytest.fixture
def collector(qtbot: QtBot):  # type: ignore[no-untyped-def]
    collector = WindowThreadCollector()
    yield collector
    collector.stop()
    assert gc.isenabled()


def allocate_in_a_thread() -> None:
    thread = threading.Thread(target=lambda: [[index] for index in range(100_000)], name="worker")
    thread.start()
    thread.join()


def test_a_thread_that_allocates_collects_nothing(collector: WindowThreadCollector) -> None:
    deaths: list[str] = []
    Knot(deaths)
    allocate_in_a_thread()
    assert deaths == []


def test_what_has_settled_stays_and_what_comes_after_does_not(collector: WindowThreadCollector) -> None:
    deaths: list[str] = []
    early = Knot(deaths)
    collector.settle()
    del early
    gc.collect()
    assert deaths == []
    Knot(deaths)
    gc.collect()
    assert deaths == ["MainThread"]
    gc.unfreeze()
    gc.collect()
    assert len(deaths) == 2


def test_the_window_collects_what_is_due(collector: WindowThreadCollector, qtbot: QtBot) -> None:
    deaths: list[str] = []
    Knot(deaths)
    for _ in range(200):
        keep = [[index] for index in range(1000)]
        collector.collect_if_due()
    assert keep
    assert deaths == ["MainThread"]
