"""Scouting: chunks across the whole range are rendered before the rest, so that people see early what comes of it."""

from __future__ import annotations

from collections.abc import Iterable


def early_chunks(total: int, scout: int | None) -> tuple[int, ...]:
    """Return the indexes of the chunks that come first, in the order in which they start.

    Args:
        total: Number of chunks.
        scout: ``None`` for none; else the first, the middle and the last chunk come first, and from 1 on also every
            ``scout``-th.
    """
    if scout is None or total < 1:
        return ()
    every = range(0, total, scout) if scout > 0 else ()
    return tuple(dict.fromkeys((0, (total - 1) // 2, total - 1, *every)))


def in_render_order(indexes: Iterable[int], total: int, scout: int | None) -> list[int]:
    """Return indexes of chunks in the order in which they start: those that come first, then the rest in playing order.

    Args:
        indexes: Those that are to be rendered.
        total: Number of chunks of the job.
        scout: As in ``early_chunks``.
    """
    places = {index: place for place, index in enumerate(early_chunks(total, scout))}
    return sorted(indexes, key=lambda index: (places.get(index, total), index))
