"""Writes each change in memory to the journal, and only then publishes it.

Changes are collected for a moment, written in one transaction by the repository's thread, and published when it
has them. A chunk that came and went within that moment is written once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence

from helios_gui.orchestrator.chunk_places import note_output
from helios_gui.orchestrator.job_repository import JobRepository, JournalError
from helios_gui.orchestrator.journal_rows import JobEntry, JournalBatch
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.translation import tr
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

_logger = logging.getLogger(__name__)
_COLLECT_SECONDS = 0.03
"""How long changes are collected for one transaction, unless somebody waits for it. Events go out once per commit; how
often the window is updated is decided by ``ui.bridge.INTERVAL`` alone."""
_LONGEST_COLLECTION = 1.0
"""Seconds for which the changes of many commands are collected: a crash loses what is not written yet."""
_AFTER_ERROR_SECONDS = 2.0


class _Changes:
    """What changed since the last transaction. The jobs of all chunks and attempts are among the jobs."""

    def __init__(self) -> None:
        self.added: set[str] = set()
        self.jobs: dict[str, LiveJob] = {}
        self.chunks: dict[LiveChunk, LiveJob] = {}
        self.progressed: dict[LiveChunk, LiveJob] = {}
        self.attempts: dict[str, tuple[LiveJob, Attempt]] = {}
        self.removed: list[str] = []
        self.released: set[str] = set()
        self.elsewhere: set[str] = set()
        self.told: list[Event] = []
        self.order: Callable[[], Sequence[str]] | None = None

    def __bool__(self) -> bool:
        return bool(self.jobs or self.progressed or self.told or self.removed or self.released or self.order)


class Journal:
    """Hears every change (it is a ``ChangeListener``), writes it, then calls ``publish`` with the events.

    It knows which revision of each job this process has read or written last, so that what another process has made of
    a job meanwhile is not overwritten. The changes that lose are published; the job is then to be read again.

    While the file cannot be written, an ``EngineProblem`` says so once, changes are published all the same, and
    what is missing in the file is tried again every 2 seconds.
    """

    def __init__(self, repository: JobRepository, publish: Callable[[Sequence[Event]], None]) -> None:
        self._repository = repository
        self._publish = publish
        self._changes = _Changes()
        self._unwritten = JournalBatch()
        self._revisions: dict[str, int] = {}
        self._held: set[str] = set()
        self._try_again_at = 0.0
        self._wake = asyncio.Event()
        self._writing = False
        self._collections = 0
        self._is_due = asyncio.Event()
        self._await_next: list[asyncio.Future[None]] = []
        self._await_this: list[asyncio.Future[None]] = []
        self._writer: asyncio.Task[None] | None = None
        self._closing = False

    def start(self) -> None:
        """Begin to write. Needs the running event loop."""
        self._writer = asyncio.create_task(self._write_forever(), name="journal")

    async def close(self) -> None:
        """Write what is left and stop."""
        self._closing = True
        self._wake.set()
        self._is_due.set()
        if self._writer is not None:
            await self._writer

    @contextlib.contextmanager
    def collecting(self) -> Iterator[None]:
        """Write what changes within the context in one transaction, if it takes no longer than a second.

        What has to be written for somebody who waits for it is not held back, nor what else has changed by then.
        """
        self._collections += 1
        try:
            yield
        finally:
            self._collections -= 1
            if not self._collections:
                self._is_due.set()

    async def flushed(self) -> bool:
        """Wait until everything that has changed so far is written (if it can be: that is tried now) and published.

        Returns:
            Whether it is written.
        """
        if self._writer is None or self._writer.done() or not (self._changes or self._writing or self._unwritten):
            return not (self._changes or self._unwritten)
        heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._await_this if self._writing and not self._changes else self._await_next).append(heard)
        self._try_again_at = 0.0
        self._schedule_write()
        self._is_due.set()
        await heard
        return not self._unwritten

    def read(self, job_id: str, revision: int) -> None:
        """Note which revision of a job was read from the file: later changes follow that one."""
        self._revisions[job_id] = revision

    def revision_of(self, job_id: str) -> int:
        """Return the revision of a job that this process has read or written last; 0 if it did neither."""
        return self._revisions.get(job_id, 0)

    def note_elsewhere(self, job_id: str) -> None:
        """Note that the next change of a job to be told is one that another process has made."""
        self._changes.elsewhere.add(job_id)

    def publish_elsewhere(self, event: Event) -> None:
        """Publish what another process has written, in its place among this one's changes."""
        self._changes.told.append(event)
        self._schedule_write()

    def hold(self, job_id: str) -> None:
        """Note that the job is this process's to work on: whatever it writes of it counts."""
        self._held.add(job_id)
        self._changes.released.discard(job_id)
        self._unwritten.released.discard(job_id)

    def release(self, job_id: str) -> None:
        """Give up a job, together with its last changes, so that other processes can work on it."""
        self._changes.released.add(job_id)
        self._schedule_write()

    def has_unwritten(self, job_id: str) -> bool:
        """Return whether the file lacks a change of the job, which makes memory newer than what it says."""
        return job_id in self._changes.jobs or job_id in self._unwritten.jobs

    def is_removing(self, job_id: str) -> bool:
        """Return whether a job has been removed, and the file may still have it."""
        return job_id in self._changes.removed or job_id in self._unwritten.removed

    def job_added(self, job: LiveJob) -> None:
        """Write a new job, with its spec."""
        self._changes.added.add(job.id)
        self.job_changed(job)

    def job_changed(self, job: LiveJob) -> None:
        """Write the job itself."""
        self._changes.jobs[job.id] = job
        self._schedule_write()

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None:
        """Write a chunk whose state (``durable``) changed; publish one of which only the progress changed."""
        if durable:
            self._changes.chunks[chunk] = job
            self._changes.jobs[job.id] = job
        else:
            self._changes.progressed[chunk] = job
        self._schedule_write()

    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None:
        """Write an attempt that began or ended."""
        self._changes.attempts[attempt.id] = (job, attempt)
        self._changes.jobs[job.id] = job
        self._schedule_write()

    def job_removed(self, job_id: str) -> None:
        """Delete a job, with its chunks and attempts."""
        self._changes.removed.append(job_id)
        self._schedule_write()

    def reordered(self, order: Callable[[], Sequence[str]]) -> None:
        """Write the queue's new order. It is asked for when it is written: jobs may still join and leave."""
        self._changes.order = order
        self._schedule_write()

    def _schedule_write(self) -> None:
        self._wake.set()

    async def _write_forever(self) -> None:
        while True:
            await self._wait_for_work()
            changes, self._changes = self._changes, _Changes()
            self._await_this, self._await_next = self._await_next, []
            self._writing = True
            await self._write(changes)
            self._writing = False
            for heard in self._await_this:
                if not heard.done():
                    heard.set_result(None)
            if self._closing and not self._changes:
                return

    async def _wait_for_work(self) -> None:
        again = max(0.0, self._try_again_at - time.monotonic()) if self._unwritten else None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), again)
        self._wake.clear()
        await self._collect(_COLLECT_SECONDS)
        if self._collections:
            await self._collect(_LONGEST_COLLECTION)

    async def _collect(self, seconds: float) -> None:
        """Let changes come together for that long, but have nobody wait for it."""
        self._is_due.clear()
        if not (self._await_next or self._closing):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_due.wait(), seconds)

    async def _write(self, changes: _Changes) -> None:
        batch, events = self._rows_and_events(changes)
        self._held -= batch.released
        failed_before = bool(self._unwritten)
        self._unwritten = self._unwritten.followed_by(batch) if failed_before else batch
        if self._unwritten and (self._closing or not failed_before or time.monotonic() >= self._try_again_at):
            try:
                self._revisions.update(await self._repository.save(self._unwritten))
                for job_id in self._unwritten.removed:
                    self._revisions.pop(job_id, None)
                self._unwritten = JournalBatch()
            except Exception as error:
                self._report_error(error, failed_before=failed_before)
        if events:
            self._publish(events)

    def _rows_and_events(self, changes: _Changes) -> tuple[JournalBatch, list[Event]]:
        """Return the rows to write and the events to publish, made from one and the same moment."""
        removed = set(changes.removed)
        order = () if changes.order is None else tuple(changes.order())  # first, as jobs get their numbers by it
        batch = JournalBatch(
            attempts={
                key: (job.id, attempt) for key, (job, attempt) in changes.attempts.items() if job.id not in removed
            },
            removed=removed,
            released=changes.released,
            order=order,
        )
        events = [*changes.told]
        touched = changes.jobs | {job.id: job for job in changes.progressed.values()}
        now = time.monotonic()
        for job_id, job in touched.items():
            if job_id in removed:
                continue
            job.sample_speed(now)
            summary = job.summary()
            if job_id in changes.jobs:
                revision = None if job_id in self._held else self.revision_of(job_id)
                batch.jobs[job_id] = JobEntry(summary, job.options, job.spec, revision)
            if job_id in changes.added:
                events.append(JobAdded(summary))
            else:
                events.append(JobChanged(summary, elsewhere=job_id in changes.elsewhere))
        for chunk, job in (changes.chunks | changes.progressed).items():
            if job.id not in removed:
                status = chunk.status()
                events.append(ChunkChanged(job.id, status))
                if chunk in changes.chunks:
                    batch.chunks[job.id, status.id] = status
                    batch.outputs.update(note_output(job, chunk, status))
        events.extend(JobRemoved(job_id) for job_id in changes.removed if job_id not in changes.added)
        if batch.order:
            events.append(QueueReordered(batch.order))
        return batch, events

    def _report_error(self, error: Exception, *, failed_before: bool) -> None:
        """Report once that the file cannot be written. The engine goes on without it."""
        if not isinstance(error, JournalError):
            _logger.error(tr("the journal cannot be written"), exc_info=error)
        if self._closing:
            self._publish([EngineProblem(tr("{error} What happened last is not in it.", error=error))])
        elif not failed_before:
            self._publish([EngineProblem(tr("{error} Nothing is lost while the app runs.", error=error))])
        self._try_again_at = time.monotonic() + _AFTER_ERROR_SECONDS
