"""The columns of the queue: what each shows of a job and how it sorts."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from helios_gui.translation import localized, mark, tr
from helios_gui.types import ChunkState, JobState, JobSummary, Priority
from helios_gui.ui.theme import job_style, state_style
from helios_gui.ui.theme.states import priority_word
from helios_gui.utils.format import format_duration, format_moment, format_money, format_percent

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRules:
    """What a column shows and how.

    Attributes:
        heading: Its heading, in English.
        text: Returns the text of a job's cell.
        sort_key: Returns what jobs are sorted by.
        width: Its width until a person changes it, in logical pixels; 0 takes what the others leave.
        room_needed: The width of the table from which on it is shown, in logical pixels, where a person has not chosen.
        on_request: Whether it is shown only when a person asks for it.
        is_number: Whether its texts stand on the right.
    """

    heading: str
    text: Callable[[JobSummary], str]
    sort_key: Callable[[JobSummary], Any]
    width: int
    room_needed: int = 0
    on_request: bool = False
    is_number: bool = False


def header_text(column: Column) -> str:
    """Return the heading of a column."""
    return tr(COLUMNS[column].heading)


def cell_text(job: JobSummary, column: Column) -> str:
    """Return the text of a cell."""
    return COLUMNS[column].text(job)


def progress_text(job: JobSummary) -> str:
    """Return ``44 % (212/480) · $0.21``: frames as a percentage, chunks as a count, and the cost, if there is any.

    While stitching, the stitch's own progress; while workers have not confirmed that they stopped, what they cost.
    """
    if job.state is JobState.STITCHING and not job.elsewhere:
        return tr("stitching {percent}", percent=format_percent(job.stitch_progress))
    if job.stopping:
        return " · ".join(filter(None, (format_money(job.cost) if job.cost else "", tr("may still bill"))))
    text = f"{format_percent(job.progress)} ({localized(f'{job.chunks_done:,}/{job.chunks_total:,}')})"
    return f"{text} · {format_money(job.cost)}" if job.cost else text


def _eta_text(job: JobSummary) -> str:
    return format_duration(job.eta) if job.state.is_active and job.eta is not None else ""


def _seconds_taken(job: JobSummary) -> float | None:
    """Return the seconds of work that the job took, in all its runs; ``None`` before its end."""
    return None if job.started_at is None or job.finished_at is None else job.work_seconds


def _took_text(job: JobSummary) -> str:
    taken = _seconds_taken(job)
    return "" if taken is None else format_duration(taken)


def counts_text(job: JobSummary) -> str:
    """Return the number of chunks by state: ``212 done, 8 running, 1 failed``."""
    parts = (f"{job.counts[state]} {state_style(state).word}" for state in ChunkState if job.counts.get(state))
    return ", ".join(parts) or tr("no chunk has started")


def priority_signs(job: JobSummary) -> list[str]:
    """Say the priority of a job, if it is not the usual one."""
    priority = job.standing.priority
    return [] if priority is Priority.NORMAL else [tr("Priority: {priority}", priority=priority_word(priority))]


def tooltip_text(job: JobSummary, starts_after: Sequence[str] = (), *, is_group: bool = False) -> str:
    """Return everything a row has no room for; ``starts_after`` says which jobs have to be completed first."""
    lines = [job.name, f"{job_style(job).word}: {counts_text(job)}"]
    if job.reason:
        lines.append(job.reason)
    lines += [*starts_after, *priority_signs(job)]
    if is_group:
        return "\n".join(filter(None, (*lines, tr("Cost: {cost}", cost=format_money(job.cost)) if job.cost else "")))
    return "\n".join([*lines, str(job.output)])


COLUMNS = {
    Column.NAME: ColumnRules(
        heading=mark("Name"), text=lambda job: job.name, sort_key=lambda job: job.name.casefold(), width=0
    ),
    Column.STATE: ColumnRules(
        heading=mark("State"),
        text=lambda job: job_style(job).word,
        sort_key=lambda job: _URGENCY[job.state],
        width=88,
        room_needed=400,
    ),
    Column.PROGRESS: ColumnRules(
        heading=mark("Progress"), text=progress_text, sort_key=lambda job: job.progress, width=136
    ),
    Column.ETA: ColumnRules(
        heading=mark("ETA"),
        text=_eta_text,
        sort_key=lambda job: _FOREVER if job.eta is None else job.eta,
        width=64,
        room_needed=320,
        is_number=True,
    ),
    Column.PROFILE: ColumnRules(
        heading=mark("Profile"),
        text=lambda job: job.profile,
        sort_key=lambda job: job.profile.casefold(),
        width=88,
        room_needed=560,
    ),
    Column.ADDED: ColumnRules(
        heading=mark("Added"),
        text=lambda job: format_moment(job.added_at, time.time()),
        sort_key=lambda job: job.added_at,
        width=64,
        room_needed=640,
    ),
    Column.PRIORITY: ColumnRules(
        heading=mark("Priority"),
        text=lambda job: priority_word(job.standing.priority),
        sort_key=lambda job: job.standing.priority.rank,
        width=72,
        on_request=True,
    ),
    Column.FRAMES: ColumnRules(
        heading=mark("Frames"),
        text=lambda job: localized(f"{job.frames_total:,}"),
        sort_key=lambda job: job.frames_total,
        width=72,
        on_request=True,
        is_number=True,
    ),
    Column.COST: ColumnRules(
        heading=mark("Cost"),
        text=lambda job: format_money(job.cost) if job.cost else "",
        sort_key=lambda job: job.cost,
        width=64,
        on_request=True,
        is_number=True,
    ),
    Column.TOOK: ColumnRules(
        heading=mark("Took"),
        text=_took_text,
        sort_key=lambda job: _seconds_taken(job) or 0.0,
        width=64,
        on_request=True,
        is_number=True,
    ),
}
"""Every column of the queue."""
