"""The journal's tables, and how jobs, chunks and attempts become rows and come back."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from helios_gui.orchestrator.states import JobIntent
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
)

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE jobs (
  id TEXT PRIMARY KEY, position INTEGER NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL, intent TEXT NOT NULL,
  reason TEXT NOT NULL, report TEXT NOT NULL, output TEXT NOT NULL, frames_total INTEGER NOT NULL,
  chunks_total INTEGER NOT NULL, frames_done INTEGER NOT NULL, counts TEXT NOT NULL, added_at REAL NOT NULL,
  started_at REAL, finished_at REAL, options TEXT NOT NULL, owner TEXT
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
UPSERT_JOB = """
INSERT INTO jobs (id, position, name, state, intent, reason, report, output, frames_total, chunks_total, frames_done,
  counts, added_at, started_at, finished_at, options) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
ON CONFLICT (id) DO UPDATE SET position=excluded.position, name=excluded.name, state=excluded.state,
  intent=excluded.intent, reason=excluded.reason, report=excluded.report, output=excluded.output,
  frames_done=excluded.frames_done, counts=excluded.counts, started_at=excluded.started_at,
  finished_at=excluded.finished_at, options=excluded.options
"""
UPSERT_CHUNK = "INSERT OR REPLACE INTO chunks VALUES (?,?,?,?,?,?,?)"
UPSERT_ATTEMPT = "INSERT OR REPLACE INTO attempts VALUES (?,?,?,?,?,?,?,?,?,?)"


@dataclass(frozen=True, slots=True)
class StoredJob:
    """A row of the journal: the job, what was wanted of it, and which process works on it (if any does)."""

    summary: JobSummary
    intent: JobIntent
    owner: str | None


@dataclass(slots=True)
class JournalBatch:
    """Changes that are written in one transaction."""

    specs: dict[str, JobSpec] = field(default_factory=dict)
    jobs: list[tuple[JobSummary, JobExecutionOptions, JobIntent]] = field(default_factory=list)
    chunks: list[tuple[str, ChunkStatus]] = field(default_factory=list)
    attempts: list[tuple[str, Attempt]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def job_row(summary: JobSummary, options: JobExecutionOptions, intent: JobIntent) -> tuple[object, ...]:
    """The parameters of ``UPSERT_JOB``."""
    return (
        summary.id,
        summary.position,
        summary.name,
        summary.state.value,
        intent.value,
        summary.reason,
        summary.report,
        str(summary.output),
        summary.frames_total,
        summary.chunks_total,
        summary.frames_done,
        json.dumps({state.value: count for state, count in summary.counts.items()}),
        summary.added_at,
        summary.started_at,
        summary.finished_at,
        options.model_dump_json(),
    )


def chunk_row(entry: tuple[str, ChunkStatus]) -> tuple[object, ...]:
    """The parameters of ``UPSERT_CHUNK``."""
    job_id, chunk = entry
    return (
        job_id,
        chunk.id,
        chunk.state.value,
        chunk.reason,
        chunk.attempts,
        chunk.started_at,
        chunk.finished_at,
    )


def attempt_row(entry: tuple[str, Attempt]) -> tuple[object, ...]:
    """The parameters of ``UPSERT_ATTEMPT``."""
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
        attempt.cause,
        str(attempt.log_path),
    )


def read_job(row: sqlite3.Row, *, owner_lives: bool) -> StoredJob:
    """A row of ``jobs``. A job that was being worked on by a process that is gone is *interrupted*."""
    options = JobExecutionOptions.model_validate_json(row["options"])
    state, intent, reason = JobState(row["state"]), JobIntent(row["intent"]), row["reason"]
    if state.is_active and not owner_lives:
        state, intent = JobState.INTERRUPTED, JobIntent.INTERRUPT
        reason = "The app ended while the job was running; finished chunks are kept."
    summary = JobSummary(
        id=row["id"],
        name=row["name"],
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
        counts={ChunkState(state): count for state, count in json.loads(row["counts"]).items()},
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        report=row["report"],
    )
    return StoredJob(summary, intent, row["owner"] if owner_lives else None)


def read_status(summary: JobSummary, options: str, spec: str, chunk_rows: list[sqlite3.Row]) -> JobStatus:
    """A whole job from its rows; a chunk without a row has not been touched yet."""
    job_spec = JobSpec.model_validate_json(spec)
    stored = {row["chunk_id"]: row for row in chunk_rows}
    chunks = []
    for index, chunk in enumerate(job_spec.chunks):
        row = stored.get(chunk.id)
        chunks.append(
            ChunkStatus(
                id=chunk.id,
                index=index,
                start_frame=chunk.start_frame,
                frame_count=chunk.frame_count,
                state=ChunkState(row["state"]) if row else ChunkState.PENDING,
                reason=row["reason"] if row else "",
                attempts=row["attempts"] if row else 0,
                started_at=row["started_at"] if row else None,
                finished_at=row["finished_at"] if row else None,
            )
        )
    return JobStatus(summary, job_spec, JobExecutionOptions.model_validate_json(options), tuple(chunks))


def read_attempt(row: sqlite3.Row) -> Attempt:
    """A row of ``attempts``."""
    return Attempt(
        id=row["id"],
        chunk_id=row["chunk_id"],
        number=row["number"],
        state=AttemptState(row["state"]),
        started_at=row["started_at"],
        log_path=Path(row["log_path"]),
        finished_at=row["finished_at"],
        exit_code=row["exit_code"],
        cause=row["cause"],
    )
