"""Reordering the queue as single moves, the one thing the engine does."""

from __future__ import annotations

from collections.abc import Collection, Sequence

Move = tuple[str, int]
"""A job's id and the place it has afterwards."""


def plan_moves(queue: Sequence[str], moved: Collection[str], before: str | None) -> list[Move]:
    """Return the fewest moves that bring ``moved`` (kept in queue order) to just before a job, or to the end.

    Made one after the other; each place counts in the queue as it is after that move.
    """
    chosen = set(moved)
    wanted = [job for job in queue if job not in chosen]
    block = [job for job in queue if job in chosen]
    place = len(wanted)
    if before is not None:
        place = sum(1 for job in queue[: queue.index(before)] if job not in chosen)
    wanted[place:place] = block
    upwards = _moves(queue, wanted, range(len(wanted)))
    downwards = _moves(queue, wanted, range(len(wanted) - 1, -1, -1))
    return min(upwards, downwards, key=len)


def shifted(queue: Sequence[str], moved: Collection[str], step: int) -> list[Move]:
    """Return the moves that shift the ``moved`` jobs one place up (``step`` -1) or down (1), as one block."""
    rows = [row for row, job in enumerate(queue) if job in set(moved)]
    if not rows:
        return []
    if step < 0:
        return plan_moves(queue, moved, queue[max(0, rows[0] - 1)])
    after = rows[-1] + 2
    return plan_moves(queue, moved, queue[after] if after < len(queue) else None)


def _moves(queue: Sequence[str], wanted: Sequence[str], places: range) -> list[Move]:
    now = list(queue)
    moves: list[Move] = []
    for place in places:
        job = wanted[place]
        if now[place] != job:
            now.remove(job)
            now.insert(place, job)
            moves.append((job, place))
    return moves
