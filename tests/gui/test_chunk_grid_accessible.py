"""What a screen reader finds in the painted grid."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from pytestqt.qtbot import QtBot

from helios_gui.types import ChunkState, ChunkStatus
from helios_gui.ui.chunks.grid import ChunkGrid

NAME, DESCRIPTION = QAccessible.Text.Name, QAccessible.Text.Description


def chunks(count: int) -> list[ChunkStatus]:
    return [ChunkStatus(index, index, index * 38, 38, ChunkState.PENDING) for index in range(count)]


@pytest.fixture
def grid(qtbot: QtBot, screen_reader: None) -> ChunkGrid:
    grid = ChunkGrid()
    qtbot.addWidget(grid)
    grid.resize(640, 200)
    grid.set_chunks(chunks(12))
    grid.show()
    qtbot.waitExposed(grid)
    return grid


def interface(grid: ChunkGrid) -> QAccessibleInterface:
    return QAccessible.queryAccessibleInterface(grid)


def test_the_grid_is_a_list_of_chunks(grid: ChunkGrid) -> None:
    found = interface(grid)
    assert found.role() is QAccessible.Role.List
    assert found.text(NAME) == "Chunks"
    assert found.childCount() == 12
    item = found.child(4)
    assert item.role() is QAccessible.Role.ListItem
    assert item.text(NAME) == "Chunk 4, frames 152 to 189, waiting"
    assert found.indexOfChild(item) == 4
    assert item.parent() is found
    assert found.child(12) is None


def test_an_item_says_how_its_chunk_went(grid: ChunkGrid) -> None:
    item = interface(grid).child(3)
    failed = replace(grid.cells[3], state=ChunkState.FAILED, reason="exit code 1: no memory", attempts=2)
    grid.update_chunks([replace(failed, started_at=10.0, finished_at=75.0)])
    assert item.text(NAME) == "Chunk 3, frames 114 to 151, failed: exit code 1: no memory"
    assert item.text(DESCRIPTION) == "2 attempts, 1:05"


def test_items_are_found_by_place_and_know_theirs(grid: ChunkGrid) -> None:
    found = interface(grid)
    rect = found.child(5).rect()
    assert rect.size() == grid.visual_rect(5).size()
    centre = rect.center()
    assert found.childAt(centre.x(), centre.y()).text(NAME).startswith("Chunk 5,")


def test_the_focus_is_on_the_current_chunk(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.activateWindow()
    grid.setFocus()
    qtbot.waitUntil(grid.hasFocus)
    found = interface(grid)
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    focused = found.focusChild()
    assert focused.text(NAME).startswith("Chunk 1,")
    assert focused.state().focused
    assert focused.state().selected
    assert not found.child(0).state().selected


def test_items_of_other_chunks_are_gone(grid: ChunkGrid) -> None:
    item = interface(grid).child(11)
    grid.set_chunks(chunks(3))
    assert not shiboken6.isValid(item) or not item.isValid()
    assert interface(grid).childCount() == 3
    assert interface(grid).child(2).text(NAME).startswith("Chunk 2,")


@pytest.mark.usefixtures("screen_reader")
def test_a_deleted_grid_leaves_nothing_in_the_registry() -> None:
    grid = ChunkGrid()
    grid.set_chunks(chunks(5))
    numbers = [QAccessible.uniqueId(interface(grid).child(index)) for index in range(5)]
    shiboken6.delete(grid)
    gc.collect()
    assert [QAccessible.accessibleInterface(number) for number in numbers] == [None] * 5
