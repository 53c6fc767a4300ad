"""Steps of the tests of the log panel: attempts, their logs, and what the panel shows."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from pytestqt.qtbot import QtBot

from helios_gui.types import Attempt, AttemptState
from helios_gui.ui.logs.panel import LogPanel

RUNNING, FAILED, SUCCEEDED = AttemptState.RUNNING, AttemptState.FAILED, AttemptState.SUCCEEDED


def attempt(log: Path, number: int = 1, state: AttemptState = RUNNING, **changes: object) -> Attempt:
    plain = Attempt(f"{log.stem}-{number}", 4, number, state, time.time(), log)
    return replace(plain, **changes)  # type: ignore[arg-type]


def open_panel(qtbot: QtBot) -> LogPanel:
    """Return a panel on screen."""
    panel = LogPanel()
    qtbot.addWidget(panel)
    panel.resize(600, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def text(panel: LogPanel) -> str:
    return panel.view.toPlainText()


def append(path: Path, words: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(words)


def wait_for_text(qtbot: QtBot, panel: LogPanel, end: str) -> None:
    qtbot.waitUntil(lambda: text(panel).endswith(end))


def at_end(panel: LogPanel) -> bool:
    bar = panel.view.verticalScrollBar()
    return bar.value() == bar.maximum()
