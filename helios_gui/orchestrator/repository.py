"""The journal's file: jobs, chunks and attempts in SQLite (WAL), one writer thread, nothing on the event loop.

After kill -9 at any moment the file holds a consistent state: every batch is one transaction.
"""

from __future__ import annotations

import asyncio
import functools
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from helios_gui.orchestrator.job_repository import Claim, DamagedJobError, JournalError, OtherProcessUpdate
from helios_gui.orchestrator.journal_damage import (
    UNREADABLE,
    check_pages,
    check_tables,
    damage_mark,
    finish_salvage,
    is_corruption,
    is_damage,
    read_text,
    salvage,
    salvaged_path,
    set_job_aside,
)
from helios_gui.orchestrator.journal_rows import (
    SCHEMA,
    UPSERT_VIDEO,
    JournalBatch,
    StoredJob,
    complete_first_schema,
    read_attempt,
    read_job,
    read_status,
    read_video,
    storable,
    video_row,
)
from helios_gui.orchestrator.journal_writes import write_batch
from helios_gui.orchestrator.measured_speeds import read_speeds
from helios_gui.orchestrator.output_notes import OutputNotes
from helios_gui.orchestrator.output_rows import find_known, settle_notes
from helios_gui.process.process_identity import is_alive, this_process
from helios_gui.translation import tr, tr_count
from helios_gui.types import Attempt, HeliosError, JobStatus, JobSummary, KnownOutput, MadeVideo
from helios_gui.types.cost import RenderSpeed
from helios_gui.utils.os_lock import FileLock

_T = TypeVar("_T")
_SALVAGE_LOCK_TIMEOUT = 60.0  # seconds
_HIGHEST_VERSION = 10_000  # of a journal that is not damaged


class SqliteJobRepository:
    """Reads and writes the journal in a thread of its own. ``open`` first, ``close`` last.

    Every method may raise ``JournalError`` (a full disk, a lock that another process will not give up).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.owner = this_process()
        self.set_aside: Path | None = None
        self.notes = OutputNotes(path.with_name(f"{path.name}.outputs"))
        self._problems: list[str] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        self._lock: FileLock | None = None

    @property
    def problem(self) -> str:
        """What was damaged and set aside, in sentences for a person; empty if nothing was."""
        return " ".join(self._problems)

    async def open(self) -> None:
        """Open or make the file. A file that is no journal is set aside (``set_aside``), never overwritten."""
        await self._run(self._open)

    async def close(self) -> None:
        """Give up this process' jobs and let go of the file and the thread, whatever state they are in."""
        try:
            if not self._closed:
                await self._run(self._close)
        finally:
            self._closed = True
            self.notes.close()
            lock, self._lock = self._lock, None
            if lock is not None:  # closed twice, its descriptor would be another file's by then
                lock.release()
            self._thread.shutdown(wait=True)

    async def save(self, batch: JournalBatch) -> dict[str, int]:
        """Write a batch, but for jobs that other processes work on or have changed; return the others' new revisions.

        Returns when it is in the file.
        """
        return await self._run(self._save, batch)

    async def find_update(self, job_id: str, revision: int) -> OtherProcessUpdate:
        """Return what other processes did with a job since the revision that this process knows."""
        return await self._run(self._find_update, job_id, revision)

    async def version(self) -> int:
        """Return a number that is another one whenever another process has written since."""
        return await self._run(lambda: int(self._db.execute("PRAGMA data_version").fetchone()[0]))

    async def claim(self, job_id: str, revision: int) -> Claim:
        """Take the job for this process, which knows this revision of it; a batch that releases it gives it up.

        Raises ``JournalError`` for a job that is not in the file.
        """
        return await self._run(self._claim, job_id, revision)

    async def stored_jobs(self) -> list[StoredJob]:
        """Return all jobs, in queue order, as they stand in the file."""
        return await self._run(self._stored_jobs)

    async def list_jobs(self) -> list[JobSummary]:
        """Return all jobs, in queue order; a job whose process died shows as *interrupted*."""
        return [stored.summary for stored in await self.stored_jobs()]

    async def load_job(self, job_id: str) -> JobStatus | None:
        """Return one job with its chunks, or ``None``."""
        return await self._run(self._load_job, job_id)

    async def find_video(self, place: Path) -> MadeVideo | None:
        """Return what is recorded of the video that was made at a place, also by a job that has left the queue."""
        return await self._run(self._find_video, place)

    async def record_video(self, place: Path, video: MadeVideo) -> None:
        """Record a video that was made; returns when it is in the file."""
        await self._run(self._record_video, place, video)

    async def find_outputs(self, places: Sequence[Path]) -> dict[Path, list[KnownOutput]]:
        """Return what is known of places of chunks, also by jobs that have left the queue within a year."""
        return await self._run(lambda: find_known(self._db, self.notes, places))

    async def settle_notes(self, job_id: str) -> None:
        """Record what is noted of a job's outputs, if nothing newer is recorded, and forget the notes."""
        await self._run(self._settle_notes, [job_id])
        self.notes.remove(job_id)

    async def attempts(self, job_id: str, chunk_id: int | None = None) -> list[Attempt]:
        """Return the attempts at one chunk (or all of the job's), oldest first."""
        return await self._run(self._attempts, job_id, chunk_id)

    async def speeds(self, profile: str, job_id: str = "", source: Path | None = None) -> list[RenderSpeed]:
        """Return how fast jobs were rendered through a profile: the one of this id or file first, then the latest."""
        return await self._run(lambda: read_speeds(self._db, profile, job_id, source))

    # -- below: in the journal's thread ------------------------------------------------------------------

    async def _run(self, function: Callable[..., _T], *arguments: Any) -> _T:
        if self._closed:
            raise JournalError(tr("The journal {path} is closed.", path=self.path))
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self._with_repair, function, *arguments)
        except (sqlite3.Error, UnicodeError) as error:  # SQLite's own words may hold damaged text
            raise JournalError(
                tr("The journal {path} cannot be used: {error}.", path=self.path, error=error),
                tr("Make room on its disk, and see that no other program holds the file."),
            ) from error

    def _with_repair(self, function: Callable[..., _T], *arguments: Any) -> _T:
        """Call a function; where an index turns out to be damaged, make the indexes anew, and call it again.

        What cannot be repaired so is salvaged at the next start, which is told by a file.
        """
        try:
            return function(*arguments)
        except sqlite3.DatabaseError as error:
            if self._connection is None or not is_corruption(error):
                raise
        try:
            self._connection.execute("REINDEX")
            return function(*arguments)
        except sqlite3.DatabaseError as error:
            if is_corruption(error):
                with suppress(OSError):
                    damage_mark(self.path).touch()
            raise

    @property
    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise JournalError(tr("The journal {path} is not open.", path=self.path))
        return self._connection

    def _open(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if salvaged_path(self.path).exists() or damage_mark(self.path).exists():
                self._salvage()
            else:
                self._connect_or(self._salvage)
            self._hold_lock()
            self._set_unreadable_jobs_aside()
            with suppress(sqlite3.OperationalError):  # locked, or full: then they are settled another time
                self._settle_notes_of_removed_jobs()
        except (OSError, sqlite3.OperationalError) as error:
            raise HeliosError(
                tr("The journal {path} cannot be opened: {error}.", path=self.path, error=error),
                tr("See that no other program holds the file.")
                if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
                else tr("Check the folder's permissions and space."),
            ) from error

    def _hold_lock(self) -> None:
        """Show the processes of other containers, which cannot look this one up, that it lives."""
        with suppress(OSError):  # this file system has no locks
            path = self._lock_of(self.owner)
            path.parent.mkdir(exist_ok=True)
            self._lock = FileLock.take(path)

    def _lock_of(self, owner: str) -> Path:
        return self.path.with_name(f"{self.path.name}.owners") / owner.replace("@", "-")

    def _is_owner_alive(self, owner: str | None) -> bool:
        return owner is not None and is_alive(owner, self._lock_of(owner))

    def _connect_or(self, repair: Callable[[], None]) -> None:
        """Open the journal, which is repaired first where it is damaged."""
        try:
            self._connect(self.path)
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            if not is_damage(error):
                raise
            repair()

    def _salvage(self) -> None:
        """Replace a damaged journal by what can be read of it, unless another process has done that by now."""
        lock = FileLock.take(self.path.with_name(f"{self.path.name}.salvage"), _SALVAGE_LOCK_TIMEOUT)
        try:
            if salvaged_path(self.path).exists():  # the app died before it had finished
                self.set_aside = finish_salvage(self.path)
                self._problems.append(tr("The journal was damaged; what could be read of it was kept."))
            if damage_mark(self.path).exists():
                self._salvage_alone()
                damage_mark(self.path).unlink(missing_ok=True)
            else:
                self._connect_or(self._salvage_alone)
        finally:
            if lock is not None:
                lock.release()

    def _salvage_alone(self) -> None:
        """Replace a damaged journal. Until all that can be read of it is written, it stays where it is."""
        saved = self.path.with_name(f"{self.path.name}.saved-{os.getpid()}")
        try:
            self._connect(saved)
            try:
                with self._transaction() as db:
                    kept = salvage(self.path, db)
            finally:
                self._close()
            saved.replace(salvaged_path(self.path))  # from here on, a crash loses nothing: the next start finishes this
            self.set_aside = finish_salvage(self.path)
        finally:
            for part in ("", "-wal", "-shm"):
                saved.with_name(saved.name + part).unlink(missing_ok=True)
        if kept:
            kept_text = tr_count("One job could be kept.", "{number} jobs could be kept.", kept)
        else:
            kept_text = tr("The queue starts empty.")
        said = tr("The journal was damaged and set aside as {set_aside}.", set_aside=self.set_aside)
        self._problems.append(f"{said} {kept_text}")
        self._connect(self.path)

    def _set_unreadable_jobs_aside(self) -> None:
        """Set aside the jobs whose rows this version cannot read, but for those of another living process."""
        for row in self._db.execute("SELECT * FROM jobs").fetchall():
            try:
                read_job(row, owner_lives=True)
            except UNREADABLE:
                if not self._is_owner_alive(row["owner"]):
                    self._set_job_aside(row["id"], row["name"])

    def _set_job_aside(self, job_id: str, name: object) -> str:
        """Move a job that cannot be read out of the journal; return the sentence that says so."""
        with self._transaction() as db:
            aside = set_job_aside(db, job_id, self.path)
        problem = tr(
            "What the journal has of the job “{name}” is damaged; it was set aside as {aside}.", name=name, aside=aside
        )
        self._problems.append(problem)
        return problem

    def _connect(self, path: Path) -> None:
        connection = sqlite3.connect(path, timeout=10, check_same_thread=False, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            self._migrate(connection)
            check_pages(connection)
            check_tables(connection)
            connection.row_factory = sqlite3.Row
            connection.text_factory = read_text
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if not 0 <= version <= _HIGHEST_VERSION:
                raise sqlite3.DatabaseError(version)
            if version > len(SCHEMA):
                raise HeliosError(
                    tr("The journal {path} was written by a newer version of Helios Render Manager.", path=self.path),
                    tr("Update the application, or point HELIOS_HOME at another folder."),
                )
            if version == 1:
                complete_first_schema(connection)
            for step in SCHEMA[version:]:
                for statement in step.split(";"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version={len(SCHEMA)}")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with suppress(sqlite3.Error):  # then our jobs are free as soon as this process is gone
            connection.execute("UPDATE jobs SET owner=NULL WHERE owner=?", (self.owner,))
        connection.close()

    def _execute(self, statement: str, parameters: Sequence[object] = ()) -> int:
        return self._db.execute(statement, parameters).rowcount

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all of it or nothing. None is left open, or no other could ever begin."""
        db = self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            yield db
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # SQLite itself has rolled back after some errors
                db.execute("ROLLBACK")
            raise

    def _save(self, batch: JournalBatch) -> dict[str, int]:
        with self._transaction() as db:
            return write_batch(db, batch, self.owner, functools.cache(self._is_owner_alive))

    def _find_update(self, job_id: str, revision: int) -> OtherProcessUpdate:
        row = self._db.execute("SELECT owner, revision FROM jobs WHERE id=?", (job_id,)).fetchone()
        if row is None:
            return OtherProcessUpdate(is_gone=True)
        if row["owner"] != self.owner and self._is_owner_alive(row["owner"]):
            return OtherProcessUpdate(is_theirs=True)
        return OtherProcessUpdate(status=self._load_job(job_id) if row["revision"] != revision else None)

    def _claim(self, job_id: str, revision: int) -> Claim:
        with self._transaction() as db:
            row = db.execute("SELECT owner, revision FROM jobs WHERE id=?", (job_id,)).fetchone()
            if row is None:
                raise JournalError(
                    tr("The journal {path} does not have the job {job_id}.", path=self.path, job_id=job_id),
                    tr("Render it again."),
                )
            if row["owner"] not in (None, self.owner) and self._is_owner_alive(row["owner"]):
                return Claim.WORKED_ON
            if row["revision"] != revision:
                return Claim.CHANGED
            db.execute("UPDATE jobs SET owner=? WHERE id=?", (self.owner, job_id))
            lost = "UPDATE attempts SET state='unknown', cause='the app ended' WHERE job_id=? AND state='running'"
            db.execute(lost, (job_id,))
            return Claim.TAKEN

    def _stored_jobs(self) -> list[StoredJob]:
        rows = self._db.execute("SELECT * FROM jobs ORDER BY position, added_at").fetchall()
        alive = {owner: self._is_owner_alive(owner) for owner in {row["owner"] for row in rows}}
        found = []
        for row in rows:
            with suppress(*UNREADABLE):  # another process's, of another version
                found.append(read_job(row, owner_lives=alive[row["owner"]]))
        return found

    def _load_job(self, job_id: str) -> JobStatus | None:
        query = "SELECT * FROM jobs JOIN specs ON job_id=id WHERE id=?"
        row = self._db.execute(query, (job_id,)).fetchone()
        if row is None:
            return None
        chunks = self._db.execute("SELECT * FROM chunks WHERE job_id=?", (job_id,)).fetchall()
        try:
            return read_status(row, chunks, owner_lives=self._is_owner_alive(row["owner"]))
        except UNREADABLE as error:
            raise DamagedJobError(self._set_job_aside(job_id, row["name"])) from error

    def _settle_notes(self, job_ids: Sequence[str]) -> None:
        for notes in filter(None, map(self.notes.read, job_ids)):
            with self._transaction() as db:
                settle_notes(db, notes)

    def _settle_notes_of_removed_jobs(self) -> None:
        noted = self.notes.job_ids()
        removed = set(noted) - {row["id"] for row in self._db.execute("SELECT id FROM jobs")} if noted else ()
        self._settle_notes(sorted(removed))
        for job_id in removed:
            self.notes.remove(job_id)

    def _find_video(self, place: Path) -> MadeVideo | None:
        row = self._db.execute("SELECT * FROM videos WHERE place=?", (storable(str(place)),)).fetchone()
        return None if row is None else read_video(row)

    def _record_video(self, place: Path, video: MadeVideo) -> None:
        self._execute(UPSERT_VIDEO, video_row(place, video))

    def _attempts(self, job_id: str, chunk_id: int | None) -> list[Attempt]:
        query = "SELECT * FROM attempts WHERE job_id=? AND ? IN (chunk_id, -1) ORDER BY started_at, number"
        rows = self._db.execute(query, (job_id, -1 if chunk_id is None else chunk_id)).fetchall()
        owner = self._db.execute("SELECT owner FROM jobs WHERE id=?", (job_id,)).fetchone()
        lives = owner is not None and self._is_owner_alive(owner[0])
        return [read_attempt(row, owner_lives=lives) for row in rows]
