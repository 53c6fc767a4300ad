"""The journal's rows about the places of chunks: they stay when their jobs leave the queue."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from helios_gui.orchestrator.journal_rows import is_first_note_only, made_row, read_made, storable
from helios_gui.orchestrator.output_notes import OutputNotes
from helios_gui.types import KnownOutput

_KEPT_SECONDS = 365 * 24 * 3600.0
_INSERT = "INSERT OR IGNORE INTO outputs VALUES (?,?,?,?,?,?,?,?)"
_UPSERT = """
INSERT INTO outputs VALUES (?,?,?,?,?,?,?,?)
ON CONFLICT (place) DO UPDATE SET noted_at=excluded.noted_at, begun_at=excluded.begun_at, ended_at=excluded.ended_at,
  made_size=COALESCE(excluded.made_size, made_size), made_mtime_ns=COALESCE(excluded.made_mtime_ns, made_mtime_ns),
  made_inode=COALESCE(excluded.made_inode, made_inode), made_digest=COALESCE(excluded.made_digest, made_digest)
"""


def write_outputs(db: sqlite3.Connection, outputs: Mapping[Path, KnownOutput]) -> None:
    """Record what is known of places."""
    first = {place for place, known in outputs.items() if is_first_note_only(place, known)}
    db.executemany(_UPSERT, [_row(place, known) for place, known in outputs.items() if place not in first])
    db.executemany(_INSERT, [_row(place, outputs[place]) for place in first])


def read_outputs(db: sqlite3.Connection, places: Sequence[Path]) -> dict[Path, KnownOutput]:
    """Return what is recorded of places."""
    names = {storable(str(place)): place for place in places}
    query = "SELECT * FROM outputs WHERE place IN (SELECT value FROM json_each(?))"
    rows = db.execute(query, (json.dumps(list(names)),)).fetchall()
    return {
        names[row["place"]]: KnownOutput(row["noted_at"], row["begun_at"], row["ended_at"], read_made(row))
        for row in rows
    }


def find_known(db: sqlite3.Connection, notes: OutputNotes, places: Sequence[Path]) -> dict[Path, list[KnownOutput]]:
    """Return what is recorded of places, and what is noted of them."""
    recorded, noted = read_outputs(db, places), notes.read_all()
    found = {place: [*filter(None, [recorded.get(place)]), *noted.get(place, ())] for place in places}
    return {place: known for place, known in found.items() if known}


def settle_notes(db: sqlite3.Connection, notes: Mapping[Path, KnownOutput]) -> None:
    """Record what is noted of places of which nothing newer is recorded. What was being made there is not any more."""
    recorded, now = read_outputs(db, list(notes)), time.time()
    ended = {
        place: known if known.begun_at is None else replace(known, ended_at=now)
        for place, known in notes.items()
        if place not in recorded or recorded[place].noted_at < known.noted_at
    }
    write_outputs(db, ended)


def forget_outputs(db: sqlite3.Connection) -> None:
    """Forget what nothing was recorded of for a year."""
    db.execute("DELETE FROM outputs WHERE noted_at<?", (time.time() - _KEPT_SECONDS,))


def _row(place: Path, known: KnownOutput) -> tuple[object, ...]:
    return (storable(str(place)), known.noted_at, known.begun_at, known.ended_at, *made_row(known.made))
