"""Sizes of chunks, and how many run at a time, from what test frames took."""

from __future__ import annotations

import math

from helios_gui.types.cost import RenderPace

_SHORTEST_CHUNK = 5.0
"""Seconds: below it, handling a chunk and stitching it cost more than a small chunk gains."""
_START_SHARE = 5
"""The frames of a chunk take at least four times as long as its start, one part in five."""
_CHUNKS_PER_PLACE = 2
"""So that a place that is done early finds another chunk."""
_LIMIT_SHARE = 0.5
"""Of the time that a chunk may take: another worker may be slower."""
_MEMORY_SHARE = 0.8
"""Of the free memory that chunks may use together."""


def automatic_chunk_size(total: int, pace: RenderPace, places: int, limit: float | None = None) -> int:
    """Return how many frames a chunk should have.

    Args:
        total: Frames of the job.
        pace: What frames take.
        places: Chunks that run at a time.
        limit: Seconds that a chunk may take.
    """
    worthwhile = max(_SHORTEST_CHUNK, (_START_SHARE - 1) * pace.start) / pace.frame if pace.frame > 0 else total
    even = total / (places * _CHUNKS_PER_PLACE)
    frames = math.ceil(max(worthwhile, even))
    if limit is not None and pace.frame > 0:
        frames = min(frames, math.floor((limit * _LIMIT_SHARE - pace.start) / pace.frame))
    return max(1, min(frames, total))


def bearable_places(pace: RenderPace, processors: int, free_memory: int) -> int:
    """Return how many chunks this machine bears at a time.

    Args:
        pace: What a chunk needs.
        processors: That may be used.
        free_memory: Bytes.
    """
    places = math.ceil(processors / max(pace.processors, 0.1))
    if pace.memory > 0:
        places = min(places, int(free_memory * _MEMORY_SHARE / pace.memory))
    return max(1, places)


def chunk_frames(total: int, size: int) -> list[int]:
    """Return the frames of each chunk of a job that is divided into chunks of a size."""
    whole, rest = divmod(total, size)
    return [size] * whole + ([rest] if rest else [])
