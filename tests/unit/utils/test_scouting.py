"""Which chunks are rendered before the rest."""

from __future__ import annotations

import pytest

from helios_gui.utils.scouting import early_chunks, in_render_order


@pytest.mark.parametrize(
    ("total", "scout", "first"),
    [
        (10, None, ()),
        (10, 0, (0, 4, 9)),
        (10, 3, (0, 4, 9, 3, 6)),
        (10, 100, (0, 4, 9)),
        (2, 0, (0, 1)),
        (1, 5, (0,)),
        (0, 0, ()),
    ],
)
def test_the_first_the_middle_and_the_last_come_first(total: int, scout: int | None, first: tuple[int, ...]) -> None:
    assert early_chunks(total, scout) == first
    order = in_render_order(range(total), total, scout)
    assert order == [*first, *(index for index in range(total) if index not in first)]


def test_the_place_of_what_is_left_stays() -> None:
    assert in_render_order([1, 2, 6, 9], 10, 3) == [9, 6, 1, 2]
