"""What the grid remembers of its cells, and the rules of selecting them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from helios_gui.types import ChunkState, ChunkStatus
from helios_gui.ui.chunks.cells import LEVELS, SELECTED, Cells, decode_cell, encode_cell
from helios_gui.ui.chunks.selection import Selection

FRAMES = 38


def chunk(index: int, state: ChunkState = ChunkState.PENDING, frames_done: int = 0) -> ChunkStatus:
    return ChunkStatus(index + 100, index, index * FRAMES, FRAMES, state, frames_done=frames_done)


@pytest.mark.parametrize("state", list(ChunkState))
def test_a_byte_tells_state_and_progress(state: ChunkState) -> None:
    for frames_done in range(FRAMES + 1):
        status = chunk(0, state, frames_done)
        code = encode_cell(status)
        assert code < SELECTED
        for byte in (code, code | SELECTED):
            assert decode_cell(byte) == (state, int(status.progress * (LEVELS - 1)))


def test_only_finished_progress_is_shown_full() -> None:
    assert decode_cell(encode_cell(chunk(0, ChunkState.RUNNING, FRAMES - 1)))[1] < LEVELS - 1
    assert decode_cell(encode_cell(chunk(0, ChunkState.RUNNING, FRAMES)))[1] == LEVELS - 1


def test_an_update_tells_which_cells_changed_and_keeps_the_selection() -> None:
    cells = Cells([chunk(index) for index in range(5)])
    cells.select_range(2, 2)
    running = chunk(2, ChunkState.RUNNING, 19)
    stranger = replace(chunk(3), id=7)
    assert cells.update([running, chunk(3), stranger]) == [2]
    assert decode_cell(cells.codes[2])[0] is ChunkState.RUNNING
    assert cells.is_selected(2)
    assert [status.id for status in cells.selected()] == [102]
    assert cells[2] is running


def test_an_update_that_changes_only_words_is_kept_without_repainting() -> None:
    cells = Cells([chunk(0, ChunkState.FAILED)])
    assert cells.update([replace(cells[0], reason="exit code 1")]) == []
    assert cells[0].reason == "exit code 1"


def test_selected_cells_are_counted_by_state() -> None:
    cells = Cells([chunk(0, ChunkState.FAILED), chunk(1, ChunkState.RUNNING, 5), chunk(2), chunk(3, ChunkState.FAILED)])
    cells.select_range(2, 0)
    assert cells.count_selected() == 3
    assert cells.count_selected(frozenset({ChunkState.FAILED})) == 1
    cells.select_all()
    assert cells.count_selected(frozenset({ChunkState.FAILED, ChunkState.RUNNING})) == 3
    cells.select_all(selected=False)
    assert cells.count_selected() == 0


def selected(selection: Selection) -> list[int]:
    return [status.index for status in selection.cells.selected()]


def test_the_selection_follows_the_rules_of_lists() -> None:
    selection = Selection(Cells([chunk(index) for index in range(10)]))
    selection.pick(3)
    assert selected(selection) == [3]
    selection.extend(5)
    assert selected(selection) == [3, 4, 5]
    selection.extend(1)  # from where it began, not from where it ended
    assert selected(selection) == [1, 2, 3]
    selection.toggle(8)
    assert selected(selection) == [1, 2, 3, 8]
    selection.toggle(2)
    assert selected(selection) == [1, 3, 8]
    assert selection.current == 2
    selection.pick(9)
    assert selected(selection) == [9]
    selection.everything()
    assert selected(selection) == list(range(10))
    selection.nothing()
    assert selected(selection) == []
    assert selection.current == 9


def test_extending_without_a_begin_starts_where_it_is() -> None:
    selection = Selection(Cells([chunk(index) for index in range(4)]))
    selection.extend(2)
    assert selected(selection) == [2]
