"""Reordering the queue: which jobs are to be where."""

from __future__ import annotations

from collections.abc import Collection, Sequence

Placement = tuple[list[str], int]
"""Ids of jobs that are to be side by side, in this order, and the place of the first, counted without them."""


def move_before(queue: Sequence[str], moved: Collection[str], before: str | None) -> Placement | None:
    """Return how ``moved`` (kept in queue order) comes to just before a job, or to the end; ``None`` if it is there."""
    chosen = set(moved)
    block = [job for job in queue if job in chosen]
    rest = [job for job in queue if job not in chosen]
    place = len(rest) if before is None else sum(job not in chosen for job in queue[: queue.index(before)])
    return None if [*rest[:place], *block, *rest[place:]] == list(queue) else (block, place)


def move_by_one(queue: Sequence[str], moved: Collection[str], step: int) -> Placement | None:
    """Return how the ``moved`` jobs come one place up (``step`` -1) or down (1), as one block; ``None`` if nowhere."""
    chosen = set(moved)
    rows = [row for row, job in enumerate(queue) if job in chosen]
    if not rows:
        return None
    if step < 0:
        return move_before(queue, chosen, queue[max(0, rows[0] - 1)])
    after = rows[-1] + 2
    return move_before(queue, chosen, queue[after] if after < len(queue) else None)


def can_move(queue: Sequence[str], moved: Collection[str]) -> tuple[bool, bool]:
    """Return whether the ``moved`` jobs can come to another place up or down: not if they are there, side by side."""
    chosen, count = set(moved), len(moved)
    return set(queue[:count]) != chosen, set(queue[len(queue) - count :]) != chosen
