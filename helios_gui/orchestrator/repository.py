"""The journal's file: jobs, chunks and attempts in SQLite (WAL), one writer thread, nothing on the event loop.

After kill -9 at any moment the file holds a consistent state: every batch is one transaction.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import psutil

from helios_gui.orchestrator.journal_rows import (
    SCHEMA,
    SCHEMA_VERSION,
    UPSERT_ATTEMPT,
    UPSERT_CHUNK,
    UPSERT_JOB,
    JournalBatch,
    StoredJob,
    attempt_row,
    chunk_row,
    job_row,
    read_attempt,
    read_job,
    read_status,
)
from helios_gui.types import Attempt, HeliosError, JobStatus, JobSummary

_T = TypeVar("_T")


def this_process() -> str:
    """A name for this process that outlives the reuse of its number."""
    return f"{os.getpid()}@{psutil.Process().create_time():.3f}"


def is_alive(owner: str | None) -> bool:
    """Whether the process of that name still runs."""
    number, _, created = (owner or "").partition("@")
    try:
        return f"{psutil.Process(int(number)).create_time():.3f}" == created
    except (psutil.Error, ValueError):
        return False


class SqliteJobRepository:
    """Reads and writes the journal in a thread of its own. ``open`` first, ``close`` last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.owner = this_process()
        self.set_aside: Path | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._connection: sqlite3.Connection | None = None

    async def open(self) -> None:
        """Open or make the file. A file that is no journal is set aside (``set_aside``), never overwritten."""
        await self._run(self._open)

    async def close(self) -> None:
        """Give up this process' jobs and let go of the file and the thread."""
        await self._run(self._close)
        self._thread.shutdown(wait=True)

    async def save(self, batch: JournalBatch) -> None:
        """Write a batch; returns when it is in the file."""
        await self._run(self._save, batch)

    async def claim(self, job_id: str) -> bool:
        """Take the job for this process; ``False`` if another living process works on it."""
        return await self._run(self._claim, job_id)

    async def release(self, job_id: str) -> None:
        """This process no longer works on the job."""
        await self._run(self._execute, "UPDATE jobs SET owner=NULL WHERE id=? AND owner=?", (job_id, self.owner))

    async def reorder(self, positions: Sequence[tuple[str, int]]) -> None:
        """Write each job's (id, place in the queue)."""
        await self._run(self._reorder, positions)

    async def stored_jobs(self) -> list[StoredJob]:
        """All jobs, in queue order, as they stand in the file."""
        return await self._run(self._stored_jobs)

    async def list_jobs(self) -> list[JobSummary]:
        """All jobs, in queue order; a job whose process died shows as *interrupted*."""
        return [stored.summary for stored in await self.stored_jobs()]

    async def load_job(self, job_id: str) -> JobStatus | None:
        """One job with its chunks, or ``None``."""
        return await self._run(self._load_job, job_id)

    async def attempts(self, job_id: str, chunk_id: int | None = None) -> list[Attempt]:
        """The attempts at one chunk (or all of the job's), oldest first."""
        return await self._run(self._attempts, job_id, chunk_id)

    # -- below: in the journal's thread ------------------------------------------------------------------

    async def _run(self, function: Callable[..., _T], *arguments: Any) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    @property
    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise HeliosError(f"The journal {self.path} is not open.")
        return self._connection

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise HeliosError(
                    f"The journal {self.path} cannot be opened: {error}.", "Check the folder's permissions and space."
                ) from error
            self.set_aside = self.path.with_name(f"{self.path.name}.bad-{time.strftime('%Y%m%d-%H%M%S')}")
            self.path.rename(self.set_aside)
            self._connect()

    def _connect(self) -> None:
        connection = sqlite3.connect(self.path, timeout=10, check_same_thread=False, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            self._migrate(connection)
        except BaseException:
            connection.close()
            raise
        connection.row_factory = sqlite3.Row
        self._connection = connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > SCHEMA_VERSION:
                raise HeliosError(
                    f"The journal {self.path} was written by a newer version of Helios Render Manager.",
                    "Update the application, or point HELIOS_HOME at another folder.",
                )
            if version < SCHEMA_VERSION:
                for statement in SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _close(self) -> None:
        if self._connection is not None:
            self._execute("UPDATE jobs SET owner=NULL WHERE owner=?", (self.owner,))
            self._connection.close()
            self._connection = None

    def _execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        return self._db.execute(statement, parameters).rowcount

    def _save(self, batch: JournalBatch) -> None:
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            db.executemany(UPSERT_JOB, [job_row(*entry) for entry in batch.jobs])
            db.executemany(
                "INSERT OR REPLACE INTO specs VALUES (?,?)",
                [(key, spec.to_json()) for key, spec in batch.specs.items()],
            )
            db.executemany(UPSERT_CHUNK, map(chunk_row, batch.chunks))
            db.executemany(UPSERT_ATTEMPT, map(attempt_row, batch.attempts))
            db.executemany("DELETE FROM jobs WHERE id=?", [(job_id,) for job_id in batch.removed])
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def _reorder(self, positions: Sequence[tuple[str, int]]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        rows = [(place, job_id, place) for job_id, place in positions]
        self._db.executemany("UPDATE jobs SET position=? WHERE id=? AND position<>?", rows)
        self._db.execute("COMMIT")

    def _claim(self, job_id: str) -> bool:
        row = self._db.execute("SELECT owner FROM jobs WHERE id=?", (job_id,)).fetchone()
        previous = row[0] if row else None
        if previous not in (None, self.owner) and is_alive(previous):
            return False
        if not self._execute("UPDATE jobs SET owner=? WHERE id=? AND owner IS ?", (self.owner, job_id, previous)):
            return False
        lost = "UPDATE attempts SET state='unknown', cause='the app ended' WHERE job_id=? AND state='running'"
        self._execute(lost, (job_id,))
        return True

    def _stored_jobs(self) -> list[StoredJob]:
        rows = self._db.execute("SELECT * FROM jobs ORDER BY position, added_at").fetchall()
        alive = {owner: is_alive(owner) for owner in {row["owner"] for row in rows}}
        return [read_job(row, owner_lives=alive[row["owner"]]) for row in rows]

    def _load_job(self, job_id: str) -> JobStatus | None:
        query = "SELECT * FROM jobs JOIN specs ON job_id=id WHERE id=?"
        row = self._db.execute(query, (job_id,)).fetchone()
        if row is None:
            return None
        summary = read_job(row, owner_lives=is_alive(row["owner"])).summary
        chunks = self._db.execute("SELECT * FROM chunks WHERE job_id=?", (job_id,)).fetchall()
        return read_status(summary, row["options"], row["spec"], chunks)

    def _attempts(self, job_id: str, chunk_id: int | None) -> list[Attempt]:
        query = "SELECT * FROM attempts WHERE job_id=? AND ? IN (chunk_id, -1) ORDER BY started_at, number"
        rows = self._db.execute(query, (job_id, -1 if chunk_id is None else chunk_id))
        return [read_attempt(row) for row in rows]
