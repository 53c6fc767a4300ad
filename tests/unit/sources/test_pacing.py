"""Sizes of chunks and how many run at a time."""

from __future__ import annotations

import pytest

from helios_gui.sources.pacing import automatic_chunk_size, bearable_places, chunk_frames
from helios_gui.types.cost import RenderPace

GIB = 2**30


@pytest.mark.parametrize(
    ("total", "pace", "places", "limit", "size"),
    [
        (300, RenderPace(2.0, 0.1), 2, None, 80),  # four times the start
        (3000, RenderPace(2.0, 0.1), 2, None, 750),  # two chunks for each place
        (3000, RenderPace(2.0, 0.1), 2, 60.0, 280),  # no longer than half of what is allowed
        (300, RenderPace(0.0, 0.1), 200, None, 50),  # five seconds
        (300, RenderPace(0.0, 40.0), 200, None, 1),
        (10, RenderPace(5.0, 0.01), 4, None, 10),
        (300, RenderPace(9.0, 10.0), 200, 12.0, 1),
        (300, RenderPace(0.0, 0.0), 2, 12.0, 300),
    ],
)
def test_chunks_are_worth_their_start_and_keep_every_place_busy(
    total: int, pace: RenderPace, places: int, limit: float | None, size: int
) -> None:
    assert automatic_chunk_size(total, pace, places, limit) == size


@pytest.mark.parametrize(
    ("pace", "processors", "free", "places"),
    [
        (RenderPace(1, 1, memory=GIB, processors=1.0), 8, 16 * GIB, 8),
        (RenderPace(1, 1, memory=GIB, processors=1.0), 8, 4 * GIB, 3),
        (RenderPace(1, 1, memory=GIB, processors=4.0), 8, 16 * GIB, 2),
        (RenderPace(1, 1, memory=64 * GIB, processors=1.0), 8, 4 * GIB, 1),
        (RenderPace(1, 1, memory=0, processors=0.5), 2, 0, 4),
    ],
)
def test_no_more_run_than_memory_and_processors_bear(pace: RenderPace, processors: int, free: int, places: int) -> None:
    assert bearable_places(pace, processors, free) == places


def test_every_frame_is_in_one_chunk() -> None:
    assert chunk_frames(100, 30) == [30, 30, 30, 10]
    assert chunk_frames(90, 30) == [30, 30, 30]
    assert chunk_frames(5, 30) == [5]
