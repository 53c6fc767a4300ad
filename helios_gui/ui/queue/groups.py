"""Groups of jobs as the queue shows them: one row with the total of its jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from helios_gui.types import ChunkState, JobState, JobSummary, Standing

_KEY = "group\n"
"""What the key of a group's row begins with; no job's id has a line break."""

_LOOK_FIRST = (JobState.FAILED, JobState.INTERRUPTED, JobState.PAUSED, JobState.PENDING, JobState.CANCELLED)
"""Of a group in which nothing runs or waits for its turn, the first of these that a job of it has."""


def group_key(name: str) -> str:
    """Return the key of a group's row, beside the ids of jobs."""
    return _KEY + name


def group_of_key(key: str) -> str:
    """Return the name of the group whose row has this key; empty for a job's id."""
    return key[len(_KEY) :] if key.startswith(_KEY) else ""


def total_of(name: str, jobs: Sequence[JobSummary]) -> JobSummary:
    """Return a group as if it were one job: frames, chunks, cost and work of all, and the time that is left for them.

    Args:
        name: The group.
        jobs: Its jobs, at least one, in their order.
    """
    counts: Counter[ChunkState] = Counter()
    for job in jobs:
        counts.update(job.counts)
    in_line = any(job.in_line for job in jobs)
    finished = [job.finished_at for job in jobs]
    started = [job.started_at for job in jobs if job.started_at is not None]
    finished_at = None if None in finished else max(moment for moment in finished if moment is not None)
    work_seconds = sum(job.work_seconds for job in jobs)
    if started and finished_at is not None:
        work_seconds = min(work_seconds, finished_at - min(started))  # jobs may have run side by side
    return replace(
        jobs[0],
        id=group_key(name),
        name=name,
        state=_state(jobs),
        profile=_common(job.profile for job in jobs),
        frames_total=sum(job.frames_total for job in jobs),
        frames_done=sum(job.frames_done for job in jobs),
        chunks_total=sum(job.chunks_total for job in jobs),
        counts=dict(counts),
        cost=sum(job.cost for job in jobs),
        expected_cost=None,
        eta=_seconds_left(jobs),
        added_at=min(job.added_at for job in jobs),
        started_at=min(started, default=None),
        finished_at=finished_at,
        work_seconds=work_seconds,
        reason="",
        report="",
        in_line=in_line,
        stopping=sum(job.stopping for job in jobs),
        blocked=any(job.blocked for job in jobs),
        held_up=any(job.held_up for job in jobs),
        elsewhere=all(job.elsewhere for job in jobs),
        standing=Standing(group=name, priority=min((job.standing.priority for job in jobs), key=lambda p: p.rank)),
    )


def _state(jobs: Sequence[JobSummary]) -> JobState:
    if any(job.state.is_active for job in jobs):
        return JobState.RUNNING
    if any(job.in_line for job in jobs):
        return JobState.PENDING
    states = {job.state for job in jobs}
    return next((state for state in _LOOK_FIRST if state in states), JobState.COMPLETED)


def _common(values: Iterable[str]) -> str:
    """Return what all have in common; an ellipsis where they differ."""
    found = set(values)
    return found.pop() if len(found) == 1 else "…"


def _seconds_left(jobs: Sequence[JobSummary]) -> float | None:
    """Return how long the jobs take that run or wait for their turn, at the present speed of those that run."""
    working = [job for job in jobs if job.state.is_active or job.in_line]
    speed = sum(job.frames_per_second or 0.0 for job in working)
    left = sum(job.frames_total - job.frames_done for job in working)
    if len(working) == 1:
        return working[0].eta
    return left / speed if speed else None
