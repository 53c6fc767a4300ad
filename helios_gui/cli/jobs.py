"""``helios-gui jobs``: the queue, read from the journal without touching it."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from helios_gui.cli.output import ExitCode, clean, complain, is_live_terminal, one_line, say, say_json
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.types import HeliosError, JobSummary
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.format import percent, when

_HEADINGS = ("ID", "NAME", "STATE", "DONE", "CHUNKS", "PROFILE", "ADDED", "OUTPUT")
_LONGEST_NAME = 32
_GAP = 2


def show_jobs(*, as_json: bool) -> ExitCode:
    """Print every job in queue order: a table, or a JSON list."""
    try:
        journal = AppFolders.default().journal
        summaries = asyncio.run(_read_jobs(journal)) if journal.exists() else []
    except HeliosError as error:
        return complain(error)
    if as_json:
        say_json([_as_json(summary) for summary in summaries], indent=2)
    elif summaries:
        say(_table(summaries, shutil.get_terminal_size().columns if is_live_terminal(sys.stdout) else None))
    else:
        say("The queue is empty.")
    return ExitCode.DONE


async def _read_jobs(journal: Path) -> list[JobSummary]:
    repository = SqliteJobRepository(journal)
    try:
        await repository.open()
        if repository.set_aside is not None:
            say(f"The journal was damaged and set aside as {repository.set_aside}.", error=True)
        return await repository.list_jobs()
    finally:
        await repository.close()


def _as_json(summary: JobSummary) -> dict[str, object]:
    return {
        "id": summary.id,
        "name": summary.name,
        "state": summary.state.value,
        "reason": summary.reason,
        "progress": round(summary.progress, 4),
        "chunksDone": summary.chunks_done,
        "chunksTotal": summary.chunks_total,
        "framesDone": summary.frames_done,
        "framesTotal": summary.frames_total,
        "profile": summary.profile,
        "source": None if summary.source is None else str(summary.source),
        "output": str(summary.output),
        "added": summary.added_at,
        "started": summary.started_at,
        "finished": summary.finished_at,
        "report": summary.report,
    }


def _table(summaries: Sequence[JobSummary], width: int | None) -> str:
    """Aligned columns; with a ``width`` (of the terminal) paths are shortened from the left to fit."""
    now = time.time()
    rows = [_HEADINGS, *(_row(summary, now) for summary in summaries)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS) - 1)]
    room = None if width is None else max(20, width - sum(widths) - _GAP * len(widths))
    return "\n".join(_line(row, widths, room) for row in rows)


def _row(summary: JobSummary, now: float) -> tuple[str, ...]:
    name = one_line(summary.name)
    return (
        summary.id,
        name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…",
        summary.state.value,
        percent(summary.progress),
        f"{summary.chunks_done}/{summary.chunks_total}",
        summary.profile,
        when(summary.added_at, now),
        clean(str(summary.output)),
    )


def _line(row: Sequence[str], widths: Sequence[int], room: int | None) -> str:
    *cells, path = row
    if room is not None and len(path) > room:
        path = _from_here(path)
    if room is not None and len(path) > room:
        path = f"…{path[1 - room :]}"
    return (" " * _GAP).join([*(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)), path]).rstrip()


def _from_here(path: str) -> str:
    """The path as seen from the current folder, where it lies below it."""
    return os.path.relpath(path) if Path(path).is_relative_to(Path.cwd()) else path
