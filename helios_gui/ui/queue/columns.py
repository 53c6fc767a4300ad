"""The columns of the queue: what each shows of a job and how it sorts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any

from helios_gui.translation import localized, tr
from helios_gui.types import ChunkState, JobState, JobSummary, Priority
from helios_gui.ui.theme import job_style, state_style
from helios_gui.ui.theme.states import priority_word
from helios_gui.utils.format import clock, money, percent, when

# From "look at me" to "nothing to do": the order the State column sorts in.
_URGENCY = {
    state: place
    for place, state in enumerate(
        (
            JobState.FAILED,
            JobState.INTERRUPTED,
            JobState.RUNNING,
            JobState.STITCHING,
            JobState.PAUSED,
            JobState.PENDING,
            JobState.COMPLETED,
            JobState.CANCELLED,
        )
    )
}
_FOREVER = float("inf")


class Column(IntEnum):
    """The columns, left to right."""

    NAME = 0
    STATE = 1
    PROGRESS = 2
    ETA = 3
    PROFILE = 4
    ADDED = 5
    PRIORITY = 6
    FRAMES = 7
    COST = 8
    TOOK = 9


EXTRA_COLUMNS = frozenset({Column.PRIORITY, Column.FRAMES, Column.COST, Column.TOOK})
"""Columns that are shown when a person asks for them."""

NUMBER_COLUMNS = frozenset({Column.ETA, Column.FRAMES, Column.COST, Column.TOOK})
"""Columns whose texts stand on the right."""


SORT_KEYS: dict[Column, Callable[[JobSummary], Any]] = {
    Column.NAME: lambda job: job.name.casefold(),
    Column.STATE: lambda job: _URGENCY[job.state],
    Column.PROGRESS: lambda job: job.progress,
    Column.ETA: lambda job: _FOREVER if job.eta is None else job.eta,
    Column.PROFILE: lambda job: job.profile.casefold(),
    Column.ADDED: lambda job: job.added_at,
    Column.PRIORITY: lambda job: job.standing.priority.rank,
    Column.FRAMES: lambda job: job.frames_total,
    Column.COST: lambda job: job.cost,
    Column.TOOK: lambda job: _seconds_taken(job) or 0.0,
}


def header_text(column: Column) -> str:
    """Return the heading of a column."""
    headings = {
        Column.NAME: tr("Name"),
        Column.STATE: tr("State"),
        Column.PROGRESS: tr("Progress"),
        Column.ETA: tr("ETA"),
        Column.PROFILE: tr("Profile"),
        Column.ADDED: tr("Added"),
        Column.PRIORITY: tr("Priority"),
        Column.FRAMES: tr("Frames"),
        Column.COST: tr("Cost"),
        Column.TOOK: tr("Took"),
    }
    return headings[column]


def cell_text(job: JobSummary, column: Column) -> str:
    """Return the text of a cell."""
    return _TEXTS[column](job)


def progress_text(job: JobSummary) -> str:
    """``44 % (212/480) · $0.21``: frames as a percentage, chunks as a count, and what it has cost, if anything.

    While stitching, the stitch's own progress; while workers have not confirmed that they stopped, what they cost.
    """
    if job.state is JobState.STITCHING:
        return tr("stitching {percent}", percent=percent(job.stitch_progress))
    if job.stopping:
        return " · ".join(filter(None, (money(job.cost) if job.cost else "", tr("may still bill"))))
    text = f"{percent(job.progress)} ({job.chunks_done}/{job.chunks_total})"
    return f"{text} · {money(job.cost)}" if job.cost else text


def _eta_text(job: JobSummary) -> str:
    return clock(job.eta) if job.state.is_active and job.eta is not None else ""


def _seconds_taken(job: JobSummary) -> float | None:
    """Return the seconds between start and end of the last run; ``None`` before its end."""
    return None if job.started_at is None or job.finished_at is None else job.finished_at - job.started_at


def _took_text(job: JobSummary) -> str:
    taken = _seconds_taken(job)
    return "" if taken is None else clock(max(0.0, taken))


def counts_text(job: JobSummary) -> str:
    """Return the number of chunks by state: ``212 done, 8 running, 1 failed``."""
    parts = (f"{job.counts[state]} {state_style(state).word}" for state in ChunkState if job.counts.get(state))
    return ", ".join(parts) or tr("no chunk has started")


def priority_signs(job: JobSummary) -> list[str]:
    """Say the priority of a job, if it is not the usual one."""
    priority = job.standing.priority
    return [] if priority is Priority.NORMAL else [tr("Priority: {priority}", priority=priority_word(priority))]


def tooltip_text(job: JobSummary, starts_after: Sequence[str] = (), *, is_group: bool = False) -> str:
    """Everything a row has no room for; ``starts_after`` says which jobs have to be completed first."""
    lines = [job.name, f"{job_style(job).word}: {counts_text(job)}"]
    if job.reason:
        lines.append(job.reason)
    lines += [*starts_after, *priority_signs(job)]
    if is_group:
        return "\n".join(filter(None, (*lines, tr("Cost: {cost}", cost=money(job.cost)) if job.cost else "")))
    return "\n".join([*lines, str(job.output)])


_TEXTS: dict[Column, Callable[[JobSummary], str]] = {
    Column.NAME: lambda job: job.name,
    Column.STATE: lambda job: job_style(job).word,
    Column.PROGRESS: progress_text,
    Column.ETA: _eta_text,
    Column.PROFILE: lambda job: job.profile,
    Column.ADDED: lambda job: when(job.added_at, time.time()),
    Column.PRIORITY: lambda job: priority_word(job.standing.priority),
    Column.FRAMES: lambda job: localized(f"{job.frames_total:,}"),
    Column.COST: lambda job: money(job.cost) if job.cost else "",
    Column.TOOK: _took_text,
}
