"""Writes what a process has changed into the journal's tables, where no other process was first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

from helios_gui.orchestrator.journal_rows import (
    UPSERT_ATTEMPT,
    UPSERT_CHUNK,
    UPSERT_JOB,
    JournalBatch,
    attempt_row,
    chunk_row,
    job_row,
)
from helios_gui.orchestrator.output_rows import forget_outputs, write_outputs


def write_batch(
    db: sqlite3.Connection, batch: JournalBatch, owner: str, is_alive: Callable[[str | None], bool]
) -> dict[str, int]:
    """Write a batch, within a transaction.

    Nothing is written of a job that another living process works on, or that one has changed or removed since the
    revision which the batch follows: what this process did with it, it did with a state that is no more.

    Args:
        db: The journal.
        batch: What has changed.
        owner: The process that has changed it.
        is_alive: Tells whether the owner of a job lives.

    Returns:
        The new revisions of the jobs that were written.
    """
    touched = {*batch.jobs, *(job_id for job_id, _ in batch.chunks), *(job_id for job_id, _ in batch.attempts.values())}
    known = _read_known(db, {*touched, *batch.removed})

    def is_free(job_id: str) -> bool:
        worker, _ = known.get(job_id, (None, 0))
        return worker in (None, owner) or not is_alive(worker)

    def is_ours(job_id: str) -> bool:
        follows = batch.jobs[job_id].revision if job_id in batch.jobs else None
        _, revision = known.get(job_id, (None, 0))
        return is_free(job_id) and follows in (None, revision)

    ours = set(filter(is_ours, touched))
    written = {job_id: entry for job_id, entry in batch.jobs.items() if job_id in ours}
    db.executemany(UPSERT_JOB, map(job_row, written.values()))
    new = [(job_id, entry.spec.to_json()) for job_id, entry in written.items() if job_id not in known]
    db.executemany("INSERT INTO specs VALUES (?,?)", new)
    db.executemany(UPSERT_CHUNK, [chunk_row(entry) for entry in batch.chunks.items() if entry[0][0] in ours])
    db.executemany(UPSERT_ATTEMPT, [attempt_row(entry) for entry in batch.attempts.values() if entry[0] in ours])
    write_outputs(db, batch.outputs)
    dead = {job_id for job_id in written if job_id in known and known[job_id][0] not in (None, owner)}
    db.executemany("UPDATE jobs SET owner=NULL WHERE id=?", [(job_id,) for job_id in dead])
    db.executemany("UPDATE jobs SET owner=NULL WHERE id=? AND owner=?", [(job_id, owner) for job_id in batch.released])
    db.executemany("DELETE FROM jobs WHERE id=?", [(job_id,) for job_id in batch.removed if is_free(job_id)])
    if batch.removed:
        forget_outputs(db)
    _write_order(db, batch.order)
    return {job_id: known.get(job_id, (None, 0))[1] + 1 for job_id in written}


def _read_known(db: sqlite3.Connection, job_ids: Iterable[str]) -> dict[str, tuple[str | None, int]]:
    """Return who works on jobs, and their revisions; those that are in the journal."""
    query = "SELECT owner, revision FROM jobs WHERE id=?"
    rows = {job_id: db.execute(query, (job_id,)).fetchone() for job_id in job_ids}
    return {job_id: (row["owner"], row["revision"]) for job_id, row in rows.items() if row is not None}


def _write_order(db: sqlite3.Connection, order: tuple[str, ...]) -> None:
    rows = db.execute("SELECT id, position FROM jobs").fetchall() if order else []
    known = {row["id"]: row["position"] for row in rows}
    places = [(place, job_id) for place, job_id in enumerate(order) if known.get(job_id) != place]
    db.executemany("UPDATE jobs SET position=? WHERE id=?", places)
