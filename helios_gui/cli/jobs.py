"""``helios-gui jobs``: lists the jobs of the queue without starting the engine."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from helios_gui.cli.output import (
    ExitCode,
    print_error,
    print_json,
    print_text,
    printable_line,
    progress_fields,
    supports_live_display,
)
from helios_gui.cli.state_names import PRIORITY_NAMES, job_state_name
from helios_gui.cli.watch_jobs import watch_jobs
from helios_gui.queue_access import open_queue_reader
from helios_gui.translation import tr
from helios_gui.types import HeliosError, JobSummary, Priority
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.format import format_moment, format_percent
from helios_gui.utils.log_search import jobs_with_text

_HEADINGS = ("ID", "NAME", "STATE", "DONE", "CHUNKS", "PROFILE", "GROUP", "PRIORITY", "ADDED", "OUTPUT")
_OPTIONAL = ("GROUP", "PRIORITY")
"""Columns that are left out where no job has anything in them."""
_MAX_NAME = 32
_COLUMN_GAP = 2


def show_jobs(*, as_json: bool, watch: bool = False, log_text: str = "") -> ExitCode:
    """Print jobs in queue order: a table, or a JSON list.

    Args:
        as_json: Print JSON.
        watch: Print again and again until no job runs any more.
        log_text: Print only jobs in whose logs this text is; empty for all.
    """
    try:
        if watch:
            return watch_jobs(lambda: asyncio.run(_read_jobs(log_text)), _table, _as_json, as_json=as_json)
        summaries = asyncio.run(_read_jobs(log_text))
    except HeliosError as error:
        return print_error(error)
    if as_json:
        print_json([_as_json(summary) for summary in summaries], indent=2)
    elif log_text and not summaries:
        print_text(tr("No log contains “{text}”.", text=log_text))
    elif summaries:
        print_text(_table(summaries, shutil.get_terminal_size().columns if supports_live_display(sys.stdout) else None))
    else:
        print_text(tr("The queue is empty."))
    return ExitCode.DONE


async def _read_jobs(log_text: str) -> list[JobSummary]:
    folders = AppFolders.default()
    async with open_queue_reader(folders) as reader:
        if reader.problem:
            print_text(reader.problem, error=True)
        jobs = await reader.list_jobs()
    if not log_text:
        return jobs
    found = set(jobs_with_text(folders.logs, [job.id for job in jobs], log_text, lambda: None))
    return [job for job in jobs if job.id in found]


def _as_json(summary: JobSummary) -> dict[str, object]:
    return {
        "id": summary.id,
        "name": summary.name,
        **progress_fields(summary),
        "profile": summary.profile,
        "priority": summary.standing.priority.value,
        "group": summary.standing.group,
        "after": list(summary.standing.after),
        "source": None if summary.source is None else str(summary.source),
        "output": str(summary.output),
        "added": summary.added_at,
        "started": summary.started_at,
        "finished": summary.finished_at,
        "report": summary.report,
    }


def _table(summaries: Sequence[JobSummary], width: int | None) -> str:
    """Return the jobs in aligned columns.

    With ``width``, the terminal's, the start of long paths is left out so that lines fit.
    """
    now = time.time()
    lines = [_row(summary, now) for summary in summaries]
    shown = [
        place for place, name in enumerate(_HEADINGS) if name not in _OPTIONAL or any(line[place] for line in lines)
    ]
    rows = [tuple(row[place] for place in shown) for row in (_HEADINGS, *lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(shown) - 1)]
    room = None if width is None else max(20, width - sum(widths) - _COLUMN_GAP * len(widths))
    return "\n".join(_line(row, widths, room) for row in rows)


def _row(summary: JobSummary, now: float) -> tuple[str, ...]:
    name = printable_line(summary.name)
    return (
        summary.id,
        name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…",
        job_state_name(summary),
        format_percent(summary.progress),
        f"{summary.chunks_done}/{summary.chunks_total}",
        printable_line(summary.profile),
        printable_line(summary.standing.group),
        "" if summary.standing.priority is Priority.NORMAL else tr(PRIORITY_NAMES[summary.standing.priority]),
        format_moment(summary.added_at, now),
        printable_line(str(summary.output)),
    )


def _line(row: Sequence[str], widths: Sequence[int], room: int | None) -> str:
    *cells, path = row
    if room is not None and len(path) > room:
        path = _relative_to_current_folder(path)
    if room is not None and len(path) > room:
        path = f"…{path[1 - room :]}"
    aligned = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    return (" " * _COLUMN_GAP).join([*aligned, path]).rstrip()


def _relative_to_current_folder(path: str) -> str:
    """Return a path below the current folder relative to it, and any other path as it is."""
    return os.path.relpath(path) if Path(path).is_relative_to(Path.cwd()) else path
