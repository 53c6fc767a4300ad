"""The states of jobs, chunks and attempts, by name. Never compare display text."""

from __future__ import annotations

from enum import StrEnum


class ChunkState(StrEnum):
    """Where one chunk is. ``UNKNOWN``: a worker was started and no result came; reconcile before retrying."""

    PENDING = "pending"
    RUNNING = "running"
    RETRYING = "retrying"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"

    @property
    def is_settled(self) -> bool:
        """Whether the chunk changes no more unless a person asks for it."""
        return self in (ChunkState.COMPLETED, ChunkState.FAILED, ChunkState.CANCELLED)


class JobState(StrEnum):
    """Where a job is; rolled up from its chunks by ``orchestrator.states.roll_up`` alone."""

    PENDING = "pending"
    RUNNING = "running"
    STITCHING = "stitching"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_active(self) -> bool:
        """The job is using workers or the stitcher now."""
        return self in (JobState.RUNNING, JobState.STITCHING)

    @property
    def is_finished(self) -> bool:
        """The job came to an end, well or not."""
        return self in (JobState.COMPLETED, JobState.FAILED, JobState.CANCELLED)


class AttemptState(StrEnum):
    """How one execution of a chunk went."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
