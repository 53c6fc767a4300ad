"""The bar in the queue: a part for each state, whose bright part agrees with the percentage above it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from helios_gui.types import ChunkState
from helios_gui.ui.chunks.palette import cell_colours, contrast_ratio
from helios_gui.ui.queue.delegate import paint_state_bar
from helios_gui.ui.theme import state_style, theme

WIDTH = 100
DONE, RUNNING, WAITING = ChunkState.COMPLETED, ChunkState.RUNNING, ChunkState.PENDING


def painted(counts: dict[ChunkState, int], total: int, progress: float) -> list[str]:
    image = QImage(WIDTH, 4, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    paint_state_bar(painter, QRectF(0, 0, WIDTH, 4), counts, total, progress)
    painter.end()
    return [image.pixelColor(x, 2).name() for x in range(WIDTH)]


@pytest.mark.parametrize(
    ("counts", "progress", "done", "bright", "pale"),
    [
        ({RUNNING: 1}, 0.72, 0, 72, 28),
        ({RUNNING: 2, WAITING: 2}, 0.0, 0, 0, 50),
        ({DONE: 1, RUNNING: 2, WAITING: 1}, 0.5, 25, 25, 25),
        ({DONE: 2, RUNNING: 1, WAITING: 1}, 0.4, 50, 0, 25),  # chunks of unlike lengths
        ({RUNNING: 1, WAITING: 1}, 0.8, 0, 50, 0),
    ],
)
def test_what_runs_is_bright_as_far_as_it_is_rendered(
    qtbot: QtBot, counts: dict[ChunkState, int], progress: float, done: int, bright: int, pale: int
) -> None:
    pixels = painted(counts, sum(counts.values()), progress)
    assert pixels.count(state_style(DONE).color.name()) == done
    assert pixels.count(state_style(RUNNING).color.name()) == bright
    assert pixels.count(cell_colours(RUNNING).track.name()) == pale
    assert pixels.count(theme().tokens.line_strong.name()) == WIDTH - done - bright - pale


def test_an_empty_bar_is_seen_in_high_contrast(qapp: QApplication) -> None:
    before = theme().mode
    theme().apply(qapp, "contrast")
    try:
        image = QImage(20, 8, QImage.Format.Format_RGB32)
        image.fill(theme().tokens.panel)
        painter = QPainter(image)
        paint_state_bar(painter, QRectF(2, 2, 16, 4), {WAITING: 1}, 1, 0.0)
        painter.end()
        edge = {image.pixelColor(x, y).name() for x, y in ((1, 4), (18, 4), (10, 1), (10, 6))}
        assert edge == {theme().tokens.line.name()}
        assert contrast_ratio(theme().tokens.line, theme().tokens.panel) >= 3
    finally:
        theme().apply(qapp, before)
