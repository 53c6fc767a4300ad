"""Jobs that are kept as long as the program runs: for programs that use the engine, and need no queue afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from helios_gui.orchestrator.job_repository import Claim, JournalError, OtherProcessUpdate
from helios_gui.orchestrator.journal_rows import JobEntry, JournalBatch, StoredJob, note_outputs
from helios_gui.orchestrator.measured_speeds import JOBS_LIMIT
from helios_gui.translation import tr
from helios_gui.types import (
    Attempt,
    AttemptState,
    ChunkState,
    ChunkStatus,
    JobStatus,
    JobSummary,
    KnownOutput,
    RenderChunk,
)
from helios_gui.types.cost import RenderSpeed

_OWNER = "memory"


class InMemoryJobRepository:
    """A ``JobRepository`` in memory. Nothing is written to disk, and no other process sees its jobs."""

    def __init__(self) -> None:
        self._jobs: dict[str, JobEntry] = {}
        self._chunks: defaultdict[str, dict[int, ChunkStatus]] = defaultdict(dict)
        self._attempts: defaultdict[str, dict[str, Attempt]] = defaultdict(dict)
        self._outputs: dict[Path, KnownOutput] = {}
        self._is_open = False

    @property
    def owner(self) -> str:
        """See ``JobRepository``."""
        return _OWNER

    @property
    def problem(self) -> str:
        """See ``JobRepository``. Nothing can be damaged."""
        return ""

    async def open(self) -> None:
        """See ``JobRepository``."""
        self._is_open = True

    async def close(self) -> None:
        """See ``JobRepository``. The jobs stay."""
        self._is_open = False

    async def save(self, batch: JournalBatch) -> dict[str, int]:
        """See ``JobRepository``. There is one revision only, as nobody else changes a job."""
        self._check()
        self._jobs.update(batch.jobs)
        for (job_id, chunk_id), chunk in batch.chunks.items():
            self._chunks[job_id][chunk_id] = chunk
        for job_id, attempt in batch.attempts.values():
            self._attempts[job_id][attempt.id] = attempt
        note_outputs(self._outputs, batch.outputs)
        for job_id in batch.removed:
            for kept in (self._jobs, self._chunks, self._attempts):
                kept.pop(job_id, None)
        ordered = [job_id for job_id in batch.order if job_id in self._jobs]
        rest = [job_id for job_id in self._jobs if job_id not in set(ordered)]
        self._jobs = {job_id: self._jobs[job_id] for job_id in (*ordered, *rest)}
        return dict.fromkeys(batch.jobs, 0)

    async def find_update(self, job_id: str, revision: int) -> OtherProcessUpdate:
        """See ``JobRepository``. There are no other processes."""
        return OtherProcessUpdate()

    async def version(self) -> int:
        """See ``JobRepository``. There are no other processes."""
        return 0

    async def claim(self, job_id: str, revision: int) -> Claim:
        """See ``JobRepository``."""
        self._entry(job_id)
        return Claim.TAKEN

    async def stored_jobs(self) -> list[StoredJob]:
        """See ``JobRepository``."""
        self._check()
        return [StoredJob(entry.summary, None) for entry in self._jobs.values()]

    async def list_jobs(self) -> list[JobSummary]:
        """See ``JobRepository``."""
        return [stored.summary for stored in await self.stored_jobs()]

    async def load_job(self, job_id: str) -> JobStatus | None:
        """See ``JobRepository``."""
        self._check()
        if job_id not in self._jobs:
            return None
        entry, known = self._jobs[job_id], self._chunks[job_id]
        chunks = (known.get(chunk.id) or _pending(index, chunk) for index, chunk in enumerate(entry.spec.chunks))
        return JobStatus(entry.summary, entry.spec, entry.options, tuple(chunks))

    @property
    def notes(self) -> None:
        """See ``OutputRecords``."""

    async def find_outputs(self, places: Sequence[Path]) -> dict[Path, list[KnownOutput]]:
        """Return what is recorded of places of chunks, also by jobs that have left the queue."""
        self._check()
        return {place: [self._outputs[place]] for place in places if place in self._outputs}

    async def settle_notes(self, job_id: str) -> None:
        """See ``OutputRecords``. Nothing is noted."""

    async def attempts(self, job_id: str, chunk_id: int | None = None) -> list[Attempt]:
        """See ``JobRepository``."""
        self._check()
        found = (attempt for attempt in self._attempts[job_id].values() if chunk_id in (None, attempt.chunk_id))
        return sorted(found, key=lambda attempt: (attempt.started_at, attempt.number))

    async def speeds(self, profile: str, job_id: str = "", source: Path | None = None) -> list[RenderSpeed]:
        """See ``JobRepository``."""
        self._check()
        found = []
        for known_id, entry in self._jobs.items():
            measured = [
                attempt
                for attempt in self._attempts[known_id].values()
                if attempt.profile.lower() == profile.lower()
                and attempt.state is AttemptState.SUCCEEDED
                and attempt.seconds
                and attempt.frames
            ]
            if not measured:
                continue
            is_same = known_id == job_id or (source is not None and entry.options.source == source)
            seconds = sum(attempt.seconds or 0.0 for attempt in measured)
            frames = sum(attempt.frames for attempt in measured)
            ended = max(attempt.finished_at or 0.0 for attempt in measured)
            found.append((is_same, ended, RenderSpeed(known_id, len(measured), frames, seconds, is_same)))
        found.sort(key=lambda speed: speed[:2], reverse=True)
        return [speed for _, _, speed in found[:JOBS_LIMIT]]

    def _entry(self, job_id: str) -> JobEntry:
        self._check()
        if job_id not in self._jobs:
            raise JournalError(tr("There is no job {job_id}.", job_id=job_id), tr("Render it again."))
        return self._jobs[job_id]

    def _check(self) -> None:
        if not self._is_open:
            raise JournalError(tr("The repository is not open."))


def _pending(index: int, chunk: RenderChunk) -> ChunkStatus:
    return ChunkStatus(
        chunk.id, index, chunk.start_frame, chunk.frame_count, ChunkState.PENDING, frame_step=chunk.frame_step
    )
