"""From a change in memory to the journal, and only then to whoever watches.

Changes are collected for a moment, written in one transaction by the repository's thread, and published after it
has them. A chunk that came and went within that moment is written once.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence

from helios_gui.orchestrator.journal_rows import JournalBatch
from helios_gui.orchestrator.live_job import LiveChunk, LiveJob
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.orchestrator.states import JobPhase
from helios_gui.types import (
    Attempt,
    ChunkChanged,
    EngineProblem,
    Event,
    JobAdded,
    JobChanged,
    JobRemoved,
    QueueReordered,
)

_COLLECT_SECONDS = 0.03
_AFTER_ERROR_SECONDS = 2.0


class _Changes:
    """What changed since the last transaction."""

    def __init__(self) -> None:
        self.added: dict[str, LiveJob] = {}
        self.jobs: dict[str, LiveJob] = {}
        self.chunks: dict[LiveChunk, LiveJob] = {}
        self.progressed: dict[LiveChunk, LiveJob] = {}
        self.attempts: dict[str, tuple[str, Attempt]] = {}
        self.removed: list[str] = []
        self.order: tuple[str, ...] | None = None

    def __bool__(self) -> bool:
        return bool(self.is_durable or self.progressed or self.order)

    @property
    def is_durable(self) -> bool:
        """Something has to be written."""
        return bool(self.jobs or self.chunks or self.attempts or self.removed)

    def before(self, later: _Changes) -> _Changes:
        """These changes, which could not be written, and ``later`` ones as one."""
        self.added |= later.added
        self.jobs |= later.jobs
        self.chunks |= later.chunks
        self.progressed |= later.progressed
        self.attempts |= later.attempts
        self.removed += later.removed
        self.order = later.order or self.order
        return self


class Journal:
    """Hears every change (it is a ``ChangeListener``), writes it, then calls ``publish`` with the events."""

    def __init__(self, repository: SqliteJobRepository, publish: Callable[[Sequence[Event]], None]) -> None:
        self._repository = repository
        self._publish = publish
        self._changes = _Changes()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._writer: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to write. Needs the running event loop."""
        self._writer = asyncio.create_task(self._write_forever(), name="journal")

    async def close(self) -> None:
        """Write what is left and stop."""
        self._closing = True
        self._wake.set()
        if self._writer is not None:
            await self._writer

    async def flushed(self) -> None:
        """Wait until everything that has changed so far is written and published."""
        await self._idle.wait()

    def job_added(self, job: LiveJob) -> None:
        """A new job, with its spec."""
        self._changes.added[job.id] = job
        self.job_changed(job)

    def job_changed(self, job: LiveJob) -> None:
        """The job itself changed."""
        self._changes.jobs[job.id] = job
        self._notice()

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None:
        """A chunk's state (``durable``) or only its progress changed."""
        (self._changes.chunks if durable else self._changes.progressed)[chunk] = job
        self._notice()

    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None:
        """An attempt began or ended."""
        self._changes.attempts[attempt.id] = (job.id, attempt)
        self._notice()

    def job_removed(self, job_id: str) -> None:
        """The job is gone, with its chunks and attempts."""
        self._changes.removed.append(job_id)
        self._notice()

    def reordered(self, job_ids: Sequence[str]) -> None:
        """The queue has a new order."""
        self._changes.order = tuple(job_ids)
        self._notice()

    def _notice(self) -> None:
        self._wake.set()
        self._idle.clear()

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not self._closing:
                await asyncio.sleep(_COLLECT_SECONDS)
            changes, self._changes = self._changes, _Changes()
            if changes:
                await self._write(changes)
            if not self._changes:
                self._idle.set()
                if self._closing:
                    return

    async def _write(self, changes: _Changes) -> None:
        batch, events = _digest(changes)
        try:
            if changes.is_durable:
                await self._repository.save(batch)
        except sqlite3.Error as error:
            message = (
                f"The journal {self._repository.path} cannot be written: {error}. Nothing is lost while the app runs."
            )
            self._publish([EngineProblem(message)])
            if self._closing:
                return
            self._changes = changes.before(self._changes)
            await asyncio.sleep(_AFTER_ERROR_SECONDS)
            self._wake.set()
            return
        self._publish(events)


def _digest(changes: _Changes) -> tuple[JournalBatch, list[Event]]:
    """The rows to write and the events to publish, made from one and the same moment."""
    removed = set(changes.removed)
    batch = JournalBatch(
        specs={job_id: job.spec for job_id, job in changes.added.items() if job_id not in removed},
        attempts=[entry for entry in changes.attempts.values() if entry[0] not in removed],
        removed=changes.removed,
    )
    events: list[Event] = []
    written = changes.jobs | {job.id: job for job in changes.chunks.values()}
    touched = written | {job.id: job for job in changes.progressed.values()}
    now = time.monotonic()
    for job_id, job in touched.items():
        if job_id in removed:
            continue
        if job.phase is JobPhase.EXECUTING:
            job.meter.sample(now, job.frames_done)
        summary = job.summary()
        if job_id in written:
            batch.jobs.append((summary, job.options, job.intent))
        events.append(JobAdded(summary) if job_id in changes.added else JobChanged(summary))
    for chunk, job in (changes.chunks | changes.progressed).items():
        if job.id not in removed:
            status = chunk.status()
            events.append(ChunkChanged(job.id, status))
            if chunk in changes.chunks:
                batch.chunks.append((job.id, status))
    events.extend(JobRemoved(job_id) for job_id in changes.removed)
    if changes.order is not None:
        events.append(QueueReordered(changes.order))
    return batch, events
