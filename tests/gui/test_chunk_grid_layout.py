"""Where cells are: pure geometry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helios_gui.ui.chunks.layout import FARTHEST, MARGIN, Density, GridMove, arrange_cells

COUNTS = st.integers(1, 5000)
WIDTHS = st.integers(40, 2000)
HEIGHTS = st.integers(20, 1200)
RATIOS = st.sampled_from([1.0, 1.25, 1.5, 2.0, 3.0])


@pytest.mark.parametrize(
    ("count", "density"),
    [(1, Density.LARGE), (12, Density.LARGE), (300, Density.MEDIUM), (5000, Density.DENSE), (100_000, Density.DENSE)],
)
def test_cells_shrink_as_chunks_grow_in_number(count: int, density: Density) -> None:
    assert arrange_cells(count, 760, 200).density is density


def test_few_chunks_scroll_rather_than_become_dots() -> None:
    layout = arrange_cells(40, 200, 60)
    assert layout.density is not Density.DENSE
    assert layout.content_height > 60


@pytest.mark.parametrize("count", [5000, 20_000, 100_000])
def test_however_many_cells_there_are_each_can_be_told_from_its_neighbours(count: int) -> None:
    layout = arrange_cells(count, 760, 200)
    assert layout.density is Density.DENSE
    assert layout.size.width >= 8
    assert layout.size.gap >= 1
    x, y = layout.position(0)
    assert layout.index_at(x + layout.size.width + layout.size.gap / 2, y) == 0, "a hairline belongs to a cell"


@given(COUNTS, WIDTHS, RATIOS, st.integers(0, FARTHEST))
def test_a_chosen_level_is_kept_whatever_the_room(count: int, width: int, ratio: float, level: int) -> None:
    layout = arrange_cells(count, width, 100, ratio, level)
    assert layout.level == level
    if level < FARTHEST and arrange_cells(count, width, 100, ratio, level + 1).columns > 1:
        assert arrange_cells(count, width, 100, ratio, level + 1).columns >= layout.columns


@given(COUNTS, WIDTHS, st.data())
def test_a_rectangle_touches_the_cells_that_it_overlaps(count: int, width: int, data: st.DataObject) -> None:
    layout = arrange_cells(count, width, 200)
    left, top = data.draw(st.integers(-20, width)), data.draw(st.integers(-20, 600))
    right, bottom = left + data.draw(st.integers(1, 300)), top + data.draw(st.integers(1, 300))
    found = {index for first, last in layout.ranges_in(left, top, right, bottom) for index in range(first, last + 1)}
    for index in {0, count // 2, count - 1, *found}:
        x, y = layout.position(index)
        overlaps = x < right and x + layout.pitch_x > left and y < bottom and y + layout.pitch_y > top
        inside = x < right and x + layout.size.width > left and y < bottom and y + layout.size.height > top
        assert (index in found) <= overlaps
        assert inside <= (index in found)


@given(COUNTS, WIDTHS, HEIGHTS, RATIOS)
def test_every_cell_is_found_where_it_is_drawn(count: int, width: int, height: int, ratio: float) -> None:
    layout = arrange_cells(count, width, height, ratio)
    for index in {0, count // 3, count - 1}:
        x, y = layout.position(index)
        assert layout.index_at(x + layout.size.width / 2, y + layout.size.height / 2) == index
    assert layout.columns == 1 or layout.position(layout.columns - 1)[0] + layout.size.width <= width - MARGIN + 1e-6


@given(COUNTS, WIDTHS, HEIGHTS, RATIOS)
def test_edges_lie_on_device_pixels(count: int, width: int, height: int, ratio: float) -> None:
    layout = arrange_cells(count, width, height, ratio)
    for length in (layout.pitch_x * ratio, layout.pitch_y * ratio, layout.size.width * ratio):
        assert abs(length - round(length)) < 1e-6


@given(COUNTS, WIDTHS, st.integers(0, 4000), st.integers(1, 800))
def test_the_rows_of_a_band_are_those_that_touch_it(count: int, width: int, top: int, height: int) -> None:
    layout = arrange_cells(count, width, 100)
    rows = layout.rows_between(top, top + height)
    for index in {0, count // 2, count - 1}:
        y = layout.position(index)[1]
        touches = y < top + height and y + layout.size.height > top
        assert not touches or index // layout.columns in rows


def test_points_beside_the_cells_belong_to_none() -> None:
    layout = arrange_cells(12, 760, 100)
    x, y = layout.position(11)
    assert layout.index_at(1, 1) == -1
    assert layout.index_at(MARGIN + layout.size.width + layout.size.gap / 2, MARGIN + 5) == -1
    assert layout.index_at(x + layout.pitch_x + 5, y + 5) == -1
    assert layout.index_at(MARGIN + 5, layout.content_height + 5) == -1


@given(COUNTS, WIDTHS, st.sampled_from(list(GridMove)), st.data())
def test_no_key_leads_out_of_the_grid(count: int, width: int, move: GridMove, data: st.DataObject) -> None:
    layout = arrange_cells(count, width, 200)
    start = data.draw(st.integers(0, count - 1))
    assert 0 <= layout.step(start, move, 200) < count


def test_keys_lead_where_people_expect() -> None:
    layout = arrange_cells(50, 28 * 10 + 9 * 4 + 2 * MARGIN, 28 * 5 + 4 * 4 + 2 * MARGIN)
    assert layout.columns == 10
    assert layout.step(5, GridMove.UP, 500) == 5
    assert layout.step(15, GridMove.UP, 500) == 5
    assert layout.step(45, GridMove.DOWN, 500) == 45
    assert layout.step(0, GridMove.LEFT, 500) == 0
    assert layout.step(9, GridMove.RIGHT, 500) == 10
    assert layout.step(25, GridMove.HOME, 500) == 0
    assert layout.step(25, GridMove.END, 500) == 49
    assert layout.step(3, GridMove.PAGE_DOWN, 3 * layout.pitch_y) == 23


def test_down_into_a_short_last_row_lands_on_the_last_cell() -> None:
    layout = arrange_cells(45, 28 * 10 + 9 * 4 + 2 * MARGIN, 28 * 5 + 4 * 4 + 2 * MARGIN)
    assert layout.columns == 10
    assert layout.step(38, GridMove.DOWN, 500) == 44


def test_an_empty_grid_has_no_height_and_no_cells() -> None:
    layout = arrange_cells(0, 300, 200)
    assert layout.content_height == 0
    assert layout.index_at(20, 20) == -1
    assert layout.step(0, GridMove.DOWN, 200) == -1
