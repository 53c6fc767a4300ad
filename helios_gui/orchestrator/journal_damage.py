"""What to do with a damaged journal: keep every row that can be read, and lose none that cannot. All of it blocks."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from helios_gui.jobfile.strict_json import is_unicode
from helios_gui.orchestrator.journal_rows import SCHEMA
from helios_gui.utils.files import write_atomic

_LONGEST_ID = 80

_TABLES = {"jobs": "id", "specs": "job_id", "chunks": "job_id, chunk_id", "attempts": "id"}
_TABLES |= {"videos": "place", "outputs": "place"}
"""The tables with their keys, parents first."""

_OF_A_JOB = ("specs", "chunks", "attempts")

UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RecursionError)
"""What reading a row raises that this version cannot read."""


def is_damage(error: sqlite3.DatabaseError | UnicodeDecodeError) -> bool:
    """Return whether an error while a journal is opened comes of what is in it, and not of its disk or its users.

    Of a damaged table even SQLite's own message may be no text.
    """
    if isinstance(error, sqlite3.OperationalError):
        return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) == sqlite3.SQLITE_ERROR
    return True


def is_corruption(error: sqlite3.DatabaseError) -> bool:
    """Return whether a page or an index turned out to be damaged: not all is noticed when a journal is opened."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF == sqlite3.SQLITE_CORRUPT


def damage_mark(path: Path) -> Path:
    """Return the file that tells the next start that a journal was found to be damaged while it was in use."""
    return path.with_name(f"{path.name}.damaged")


def read_text(data: bytes) -> str:
    """Return a text of the journal. Bytes that are none stay what they are, so that nobody takes them for text."""
    return data.decode("utf-8", "surrogateescape")


def check_tables(db: sqlite3.Connection) -> None:
    """Raise ``sqlite3.DatabaseError`` unless the tables have the columns and keys that this version knows."""
    with closing(sqlite3.connect(":memory:")) as model:
        for step in SCHEMA:
            model.executescript(step)
        for table in _TABLES:
            for query, fields in ((f"PRAGMA table_info({table})", 2), (f"PRAGMA foreign_key_list({table})", 7)):
                known, found = ({row[1:fields] for row in each.execute(query)} for each in (model, db))
                if not known <= found:
                    raise sqlite3.DatabaseError(table)


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
        source.text_factory = read_text
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
        stored = [
            value.encode("utf-8", "surrogateescape") if _is_no_text(value) else value for value in values.values()
        ]
        places = ",".join("CAST(? AS TEXT)" if _is_no_text(value) else "?" for value in values.values())
        db.execute(f"INSERT OR IGNORE INTO {table} ({','.join(values)}) VALUES ({places})", stored)


def _is_no_text(value: object) -> bool:
    return isinstance(value, str) and not is_unicode(value)


def _readable_rows(source: sqlite3.Connection, table: str, db: sqlite3.Connection) -> Iterator[sqlite3.Row]:
    """Return the rows before a damaged page, those after it, and what is known by a job's id; some of them twice."""
    for direction in ("ASC", "DESC"):
        key = ", ".join(f"{column} {direction}" for column in _TABLES[table].split(", "))
        try:
            yield from source.execute(f"SELECT * FROM {table} ORDER BY {key}")
            return
        except (sqlite3.DatabaseError, UnicodeDecodeError):
            continue
    if table in _OF_A_JOB:
        for (job_id,) in db.execute("SELECT id FROM jobs").fetchall():
            with suppress(sqlite3.DatabaseError, UnicodeDecodeError):
                yield from source.execute(f"SELECT * FROM {table} WHERE job_id=?", (job_id,))


def set_job_aside(db: sqlite3.Connection, job_id: str, path: Path) -> Path:
    """Move all that the journal has of one job into a file beside the journal at ``path``; return the file.

    Raises:
        OSError: The file cannot be written; the journal is as it was.
        sqlite3.Error: The journal cannot be read or written.
    """
    plain = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in job_id[:_LONGEST_ID])
    aside = path.with_name(f"{path.name}.bad-job-{plain}.json")
    content = {"jobs": _rows(db, "SELECT * FROM jobs WHERE id=CAST(? AS TEXT)", job_id)}
    content |= {table: _rows(db, f"SELECT * FROM {table} WHERE job_id=CAST(? AS TEXT)", job_id) for table in _OF_A_JOB}
    write_atomic(aside, json.dumps(content, indent=1, default=repr))
    delete = "DELETE FROM jobs WHERE id=CAST(? AS TEXT)"
    try:
        db.execute(delete, (_key(job_id),))
    except sqlite3.IntegrityError:  # an index is damaged, too, and does not find what belongs to the job
        db.execute("REINDEX")
        db.execute(delete, (_key(job_id),))
    return aside


def _key(job_id: str) -> bytes:
    """Return the id as it is in the file; what is no text there cannot be asked for as one."""
    return job_id.encode("utf-8", "surrogateescape")


def _rows(db: sqlite3.Connection, query: str, job_id: str) -> list[dict[str, object]]:
    return [dict(row) for row in db.execute(query, (_key(job_id),))]
