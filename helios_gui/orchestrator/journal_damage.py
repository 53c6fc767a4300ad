"""What to do with a damaged journal: keep every row that can be read, and lose none that cannot. All of it blocks."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from helios_gui.utils.files import write_atomic

_TABLES = {"jobs": "id", "specs": "job_id", "chunks": "job_id, chunk_id", "attempts": "id", "videos": "place"}
"""The tables with their keys, parents first."""

_OF_A_JOB = ("specs", "chunks", "attempts")


def check_pages(db: sqlite3.Connection) -> None:
    """Raise ``sqlite3.DatabaseError`` unless every page of the file can be read."""
    (answer,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if answer != "ok":
        raise sqlite3.DatabaseError(answer)


def move_aside(path: Path) -> Path:
    """Move a damaged file out of the way, with the log that belongs to it; return where it is now."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    aside, number = path.with_name(f"{path.name}.bad-{stamp}"), 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.bad-{stamp}-{number}")
    for part in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + part).rename(f"{aside}{part}")
    return aside


def salvaged_path(path: Path) -> Path:
    """Return where all that could be read of a damaged journal waits, complete, to take its place."""
    return path.with_name(f"{path.name}.salvaged")


def finish_salvage(path: Path) -> Path | None:
    """Put what was salvaged in the damaged journal's place, also where a crash came between.

    Returns:
        Where the damaged journal is now; ``None`` if nothing was salvaged, or if it had been moved before the crash.
    """
    saved = salvaged_path(path)
    if not saved.exists():
        return None
    aside = move_aside(path) if path.exists() else None
    saved.replace(path)
    return aside


def salvage(damaged: Path, db: sqlite3.Connection) -> int:
    """Copy what can be read of a damaged journal, of whatever version, into an empty one, within a transaction.

    Returns:
        The number of jobs that were kept. One without its spec is not: it cannot be rendered.

    Raises:
        sqlite3.Error: The new journal cannot be written.
    """
    db.execute("PRAGMA defer_foreign_keys=ON")  # until the end of the transaction
    with closing(sqlite3.connect(damaged)) as source:
        source.row_factory = sqlite3.Row
        source.text_factory = lambda data: data.decode("utf-8", "replace")
        for table in _TABLES:
            _copy(source, table, db)
    db.execute("DELETE FROM jobs WHERE id NOT IN (SELECT job_id FROM specs)")
    for table in _OF_A_JOB:
        db.execute(f"DELETE FROM {table} WHERE job_id NOT IN (SELECT id FROM jobs)")
    (kept,) = db.execute("SELECT COUNT(*) FROM jobs").fetchone()
    return int(kept)


def _copy(source: sqlite3.Connection, table: str, db: sqlite3.Connection) -> None:
    known = {column[1] for column in db.execute(f"PRAGMA table_info({table})")}
    for row in _readable_rows(source, table, db):
        values = {name: value for name, value in dict(row).items() if name in known}
        places = ",".join("?" * len(values))
        db.execute(f"INSERT OR IGNORE INTO {table} ({','.join(values)}) VALUES ({places})", [*values.values()])


def _readable_rows(source: sqlite3.Connection, table: str, db: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    """Return the rows before a damaged page, those after it, and what is known by a job's id; some of them twice."""
    for direction in ("ASC", "DESC"):
        key = ", ".join(f"{column} {direction}" for column in _TABLES[table].split(", "))
        try:
            yield from source.execute(f"SELECT * FROM {table} ORDER BY {key}")
            return
        except sqlite3.DatabaseError:
            continue
    if table in _OF_A_JOB:
        for (job_id,) in db.execute("SELECT id FROM jobs").fetchall():
            with suppress(sqlite3.DatabaseError):
                yield from source.execute(f"SELECT * FROM {table} WHERE job_id=?", (job_id,))


def set_job_aside(db: sqlite3.Connection, job_id: str, path: Path) -> Path:
    """Move all that the journal has of one job into a file beside the journal at ``path``; return the file.

    Raises:
        OSError: The file cannot be written; the journal is as it was.
        sqlite3.Error: The journal cannot be read or written.
    """
    aside = path.with_name(f"{path.name}.bad-job-{job_id}.json")
    content = {"jobs": _rows(db, "SELECT * FROM jobs WHERE id=?", job_id)}
    content |= {table: _rows(db, f"SELECT * FROM {table} WHERE job_id=?", job_id) for table in _OF_A_JOB}
    write_atomic(aside, json.dumps(content, indent=1, default=repr))
    db.execute("DELETE FROM jobs WHERE id=?", (job_id,))
    return aside


def _rows(db: sqlite3.Connection, query: str, job_id: str) -> list[dict[str, object]]:
    return [dict(row) for row in db.execute(query, (job_id,))]
