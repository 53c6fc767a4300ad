"""The journal's tables, and how jobs, chunks and attempts become rows and come back."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from helios_gui.translation import tr
from helios_gui.types import (
    Attempt,
    AttemptState,
    ChunkState,
    ChunkStatus,
    JobExecutionOptions,
    JobSpec,
    JobState,
    JobStatus,
    JobSummary,
    KnownOutput,
    MadeFile,
    MadeVideo,
)
from helios_gui.types.sequences import read_pattern

_TABLES = """
CREATE TABLE jobs (
  id TEXT PRIMARY KEY, position INTEGER NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
  reason TEXT NOT NULL, report TEXT NOT NULL, output TEXT NOT NULL, frames_total INTEGER NOT NULL,
  chunks_total INTEGER NOT NULL, frames_done INTEGER NOT NULL, counts TEXT NOT NULL, added_at REAL NOT NULL,
  started_at REAL, finished_at REAL, cost REAL NOT NULL, options TEXT NOT NULL, owner TEXT
) WITHOUT ROWID;
CREATE TABLE specs (job_id TEXT PRIMARY KEY REFERENCES jobs ON DELETE CASCADE, spec TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE chunks (
  job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, chunk_id INTEGER NOT NULL, state TEXT NOT NULL,
  reason TEXT NOT NULL, attempts INTEGER NOT NULL, started_at REAL, finished_at REAL, PRIMARY KEY (job_id, chunk_id)
) WITHOUT ROWID;
CREATE TABLE attempts (
  id TEXT PRIMARY KEY, job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, chunk_id INTEGER NOT NULL,
  number INTEGER NOT NULL, state TEXT NOT NULL, started_at REAL NOT NULL, finished_at REAL, exit_code INTEGER,
  cause TEXT NOT NULL, log_path TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX attempts_of_chunk ON attempts (job_id, chunk_id, number);
"""
_SPEEDS = """
ALTER TABLE attempts ADD COLUMN profile TEXT NOT NULL DEFAULT '' COLLATE NOCASE;
ALTER TABLE attempts ADD COLUMN frames INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN seconds REAL;
CREATE INDEX speeds ON attempts (profile, state, job_id, frames, seconds, finished_at);
"""
_MADE = """
ALTER TABLE chunks ADD COLUMN made_size INTEGER;
ALTER TABLE chunks ADD COLUMN made_mtime_ns INTEGER;
ALTER TABLE chunks ADD COLUMN made_inode INTEGER;
ALTER TABLE chunks ADD COLUMN made_digest TEXT;
CREATE TABLE videos (
  place TEXT PRIMARY KEY, job_id TEXT NOT NULL, job_name TEXT NOT NULL, source TEXT, made_at REAL NOT NULL,
  made_size INTEGER NOT NULL, made_mtime_ns INTEGER NOT NULL, made_inode INTEGER NOT NULL, made_digest TEXT NOT NULL
) WITHOUT ROWID;
"""
_STANDING = "-- the options of jobs have a standing, which earlier versions cannot read"
_WORKERS = "ALTER TABLE attempts ADD COLUMN worker TEXT NOT NULL DEFAULT '';"
_OUTPUTS = """
CREATE TABLE outputs (
  place TEXT PRIMARY KEY, noted_at REAL NOT NULL, begun_at REAL, ended_at REAL,
  made_size INTEGER, made_mtime_ns INTEGER, made_inode INTEGER, made_digest TEXT
) WITHOUT ROWID;
INSERT OR REPLACE INTO outputs
SELECT CASE WHEN name LIKE '/%' THEN name ELSE job_dir || '/' || name END, COALESCE(started_at, added_at),
  CASE WHEN made_size IS NULL THEN started_at END, CASE WHEN made_size IS NULL THEN finished_at END,
  made_size, made_mtime_ns, made_inode, made_digest
FROM (
  SELECT job.id, added_at, json_extract(options, '$.job_dir') AS job_dir,
    json_extract(chunk.value, '$.id') AS number, json_extract(chunk.value, '$.outputFile') AS name
  FROM jobs AS job JOIN specs ON job_id=job.id,
    json_each(CASE WHEN json_valid(options) AND json_valid(spec) THEN spec ELSE '{}' END, '$.chunks') AS chunk
) AS job JOIN chunks ON chunks.job_id=job.id AND chunk_id=number AND attempts > 0
WHERE job_dir IS NOT NULL AND name IS NOT NULL ORDER BY COALESCE(started_at, added_at)
"""
_WORK = """
ALTER TABLE jobs ADD COLUMN work_seconds REAL NOT NULL DEFAULT 0;
UPDATE jobs SET work_seconds=finished_at-started_at WHERE finished_at > started_at
"""
_REVISIONS = "ALTER TABLE jobs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;"
SCHEMA = (_TABLES, _SPEEDS, _MADE, _STANDING, _WORKERS, _OUTPUTS, _WORK, _REVISIONS)
"""What makes the tables, step by step; a journal's version is the number of steps it has had."""
UPSERT_JOB = """
INSERT INTO jobs (id, position, name, state, reason, report, output, frames_total, chunks_total, frames_done,
  counts, added_at, started_at, finished_at, cost, options, work_seconds, revision)
  VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,1)
ON CONFLICT (id) DO UPDATE SET position=excluded.position, name=excluded.name, state=excluded.state,
  reason=excluded.reason, report=excluded.report, output=excluded.output,
  frames_done=excluded.frames_done, counts=excluded.counts, started_at=excluded.started_at,
  finished_at=excluded.finished_at, cost=excluded.cost, options=excluded.options, work_seconds=excluded.work_seconds,
  revision=jobs.revision+1
"""
UPSERT_CHUNK = "INSERT OR REPLACE INTO chunks VALUES (?,?,?,?,?,?,?,?,?,?,?)"
UPSERT_VIDEO = "INSERT OR REPLACE INTO videos VALUES (?,?,?,?,?,?,?,?,?)"
UPSERT_ATTEMPT = "INSERT OR REPLACE INTO attempts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A row of the journal: the job, which living process works on it (if any does), and how often it was written."""

    summary: JobSummary
    owner: str | None
    revision: int = 0


@dataclass(frozen=True, slots=True)
class JobEntry:
    """All that is written of a job, apart from its chunks and attempts. The spec never changes.

    ``revision`` is that of the row which this follows, 0 for a job that has none yet; ``None``: of any.
    """

    summary: JobSummary
    options: JobExecutionOptions
    spec: JobSpec
    revision: int | None = None


@dataclass(slots=True)
class JournalBatch:
    """Changes that are written in one transaction.

    Chunks are keyed by job and chunk id, attempts (with their job's id) by theirs; ``order`` lists the ids of the
    queue, where it changed. The job of every chunk and attempt is in the batch or in the file. ``outputs`` are what is
    known of the places of chunks; they stay when their job is removed. ``released`` jobs are worked on no more.
    """

    jobs: dict[str, JobEntry] = field(default_factory=dict)
    chunks: dict[tuple[str, int], ChunkStatus] = field(default_factory=dict)
    attempts: dict[str, tuple[str, Attempt]] = field(default_factory=dict)
    outputs: dict[Path, KnownOutput] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    order: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        rows = self.jobs or self.chunks or self.attempts or self.outputs
        return bool(rows or self.removed or self.released or self.order)

    def followed_by(self, later: JournalBatch) -> JournalBatch:
        """Return both as one batch, in which ``later`` has the last word."""
        gone, outputs = later.removed, dict(self.outputs)
        note_outputs(outputs, later.outputs)
        return JournalBatch(
            jobs={key: entry for key, entry in self.jobs.items() if key not in gone} | later.jobs,
            chunks={key: entry for key, entry in self.chunks.items() if key[0] not in gone} | later.chunks,
            attempts={key: entry for key, entry in self.attempts.items() if entry[0] not in gone} | later.attempts,
            outputs=outputs,
            removed=(self.removed - later.jobs.keys()) | gone,
            released=self.released | later.released,
            order=later.order or self.order,
        )


def note_outputs(known: dict[Path, KnownOutput], later: Mapping[Path, KnownOutput]) -> None:
    """Add to what is known of the places of chunks what was recorded later."""
    for place, output in later.items():
        before = known.get(place)
        if before is None:
            known[place] = output
        elif not is_first_note_only(place, output):
            known[place] = before.followed_by(output)


def complete_first_schema(connection: sqlite3.Connection) -> None:
    """Bring a journal whose first schema has no costs yet to that schema's final form."""
    columns = {column[1] for column in connection.execute("PRAGMA table_info(jobs)")}
    if "intent" in columns:
        connection.execute("ALTER TABLE jobs DROP COLUMN intent")
    if "cost" not in columns:
        connection.execute("ALTER TABLE jobs ADD COLUMN cost REAL NOT NULL DEFAULT 0")


def is_first_note_only(place: Path, output: KnownOutput) -> bool:
    """Return whether a record only tells since when frames of an image sequence, whichever they are, are rendered."""
    return output.made is None and read_pattern(place.name) is not None


def storable(text: str) -> str:
    """Return ``text`` as SQLite can hold it: what is no character (half of a file name's bytes) becomes a ``?``."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def job_row(entry: JobEntry) -> tuple[object, ...]:
    """Return the parameters of ``UPSERT_JOB``."""
    summary, options = entry.summary, entry.options
    return (
        summary.id,
        summary.position,
        storable(summary.name),
        summary.state.value,
        storable(summary.reason),
        storable(summary.report),
        str(summary.output),
        summary.frames_total,
        summary.chunks_total,
        summary.frames_done,
        json.dumps({state.value: count for state, count in summary.counts.items()}),
        summary.added_at,
        summary.started_at,
        summary.finished_at,
        summary.cost,
        options.model_dump_json(exclude_none=True),
        summary.work_seconds,
    )


def chunk_row(entry: tuple[tuple[str, int], ChunkStatus]) -> tuple[object, ...]:
    """Return the parameters of ``UPSERT_CHUNK``."""
    (job_id, _), chunk = entry
    return (
        job_id,
        chunk.id,
        chunk.state.value,
        storable(chunk.reason),
        chunk.attempts,
        chunk.started_at,
        chunk.finished_at,
        *made_row(chunk.made),
    )


def made_row(made: MadeFile | None) -> tuple[object, ...]:
    """Return the columns ``made_…`` of a row."""
    return (None,) * 4 if made is None else (made.size, made.mtime_ns, made.inode, made.digest)


def read_made(row: sqlite3.Row) -> MadeFile | None:
    """Read the columns ``made_…`` of a row."""
    if row["made_size"] is None:
        return None
    return MadeFile(row["made_size"], row["made_mtime_ns"], row["made_inode"], row["made_digest"])


def video_row(place: Path, video: MadeVideo) -> tuple[object, ...]:
    """Return the parameters of ``UPSERT_VIDEO``."""
    source = None if video.source is None else storable(str(video.source))
    names = (storable(str(place)), video.job_id, storable(video.job_name), source)
    return (*names, video.made_at, *made_row(video.file))


def read_video(row: sqlite3.Row) -> MadeVideo:
    """Read a row of ``videos``."""
    source = None if row["source"] is None else Path(row["source"])
    made = MadeFile(row["made_size"], row["made_mtime_ns"], row["made_inode"], row["made_digest"])
    return MadeVideo(row["job_id"], row["job_name"], source, row["made_at"], made)


def attempt_row(entry: tuple[str, Attempt]) -> tuple[object, ...]:
    """Return the parameters of ``UPSERT_ATTEMPT``."""
    job_id, attempt = entry
    return (
        attempt.id,
        job_id,
        attempt.chunk_id,
        attempt.number,
        attempt.state.value,
        attempt.started_at,
        attempt.finished_at,
        attempt.exit_code,
        storable(attempt.cause),
        str(attempt.log_path),
        attempt.profile,
        attempt.frames,
        attempt.seconds,
        storable(attempt.worker),
    )


# What an app that died can have left in its journal, and what that means: nobody heard how the attempt ended.
_AFTER_DEATH = {ChunkState.RUNNING: ChunkState.UNKNOWN, ChunkState.RETRYING: ChunkState.PENDING}


def read_job(row: sqlite3.Row, *, owner_lives: bool) -> StoredJob:
    """Read a row of ``jobs``. A job on which a process worked that is gone is *interrupted*."""
    row["id"].encode()  # or nobody could ask for it
    options = JobExecutionOptions.model_validate_json(row["options"])
    state, reason = JobState(row["state"]), storable(row["reason"])
    was_taken = row["owner"] is not None  # perhaps so short a time before the app's end that no more was written
    if not owner_lives and (state.is_active or (was_taken and state is JobState.PENDING)):
        state = JobState.INTERRUPTED
        reason = tr("The app ended while the job was running; finished chunks are kept.")
    elif not owner_lives and was_taken and state is JobState.PAUSED:
        reason = ""  # it said that running chunks come to their end, and they will not
    summary = JobSummary(
        id=row["id"],
        name=storable(row["name"]),
        state=state,
        profile=options.profile,
        job_dir=options.job_dir,
        output=Path(row["output"]),
        frames_total=row["frames_total"],
        chunks_total=row["chunks_total"],
        added_at=row["added_at"],
        position=row["position"],
        reason=reason,
        source=options.source,
        frames_done=row["frames_done"],
        counts=_read_counts(row["counts"], owner_lives=owner_lives),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        cost=row["cost"],
        report=storable(row["report"]),
        standing=options.standing,
        scout=options.scout,
        work_seconds=row["work_seconds"],
    )
    _check_numbers(row, "frames_total", "chunks_total", "added_at", "position", "frames_done", "cost", "work_seconds")
    _check_numbers(row, "revision", *(name for name in ("started_at", "finished_at") if row[name] is not None))
    return StoredJob(summary, row["owner"] if owner_lives else None, row["revision"])


def _check_numbers(row: sqlite3.Row, *columns: str) -> None:
    """Raise ``TypeError`` where a column holds something else: SQLite takes any value in any column."""
    for column in columns:
        if not isinstance(row[column], int | float):
            raise TypeError(f"{column} is {row[column]!r}")


def _read_counts(text: str, *, owner_lives: bool) -> dict[ChunkState, int]:
    counts: Counter[ChunkState] = Counter()
    for state, count in json.loads(text).items():
        counts[_living_state(state, owner_lives=owner_lives)] += count
    return dict(counts)


def _living_state(state: str, *, owner_lives: bool) -> ChunkState:
    found = ChunkState(state)
    return found if owner_lives else _AFTER_DEATH.get(found, found)


def read_status(row: sqlite3.Row, chunk_rows: list[sqlite3.Row], *, owner_lives: bool) -> JobStatus:
    """Read a whole job from its rows (``row`` has its spec too). A chunk without a row is pending."""
    job_spec = JobSpec.model_validate_json(row["spec"])
    stored = {chunk_row["chunk_id"]: chunk_row for chunk_row in chunk_rows}
    chunks = []
    for index, chunk in enumerate(job_spec.chunks):
        found = stored.get(chunk.id)
        if found:
            _check_numbers(found, "attempts")
        state = _living_state(found["state"], owner_lives=owner_lives) if found else ChunkState.PENDING
        chunks.append(
            ChunkStatus(
                id=chunk.id,
                index=index,
                start_frame=chunk.start_frame,
                frame_count=chunk.frame_count,
                state=state,
                reason=storable(found["reason"]) if found else "",
                frames_done=chunk.frame_count if state is ChunkState.COMPLETED else 0,
                attempts=found["attempts"] if found else 0,
                started_at=found["started_at"] if found else None,
                finished_at=found["finished_at"] if found else None,
                made=read_made(found) if found else None,
                frame_step=chunk.frame_step,
            )
        )
    job, options = read_job(row, owner_lives=owner_lives), JobExecutionOptions.model_validate_json(row["options"])
    return JobStatus(job.summary, job_spec, options, tuple(chunks), job.revision)


def read_attempt(row: sqlite3.Row, *, owner_lives: bool) -> Attempt:
    """Read a row of ``attempts``."""
    try:
        state = AttemptState(row["state"])
    except ValueError:  # of another version, or damaged: what became of it is not known
        state = AttemptState.UNKNOWN
    lost = state is AttemptState.RUNNING and not owner_lives
    return Attempt(
        id=row["id"],
        chunk_id=row["chunk_id"],
        number=row["number"],
        state=AttemptState.UNKNOWN if lost else state,
        started_at=row["started_at"],
        log_path=Path(row["log_path"]),
        finished_at=row["finished_at"],
        exit_code=row["exit_code"],
        cause=tr("the app ended") if lost else storable(row["cause"]),
        profile=row["profile"],
        frames=row["frames"],
        seconds=row["seconds"],
        worker=storable(row["worker"]),
    )
