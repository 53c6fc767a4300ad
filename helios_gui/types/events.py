"""What the engine tells its subscribers, always after the journal has it."""

from __future__ import annotations

from dataclasses import dataclass

from helios_gui.types.status import ChunkStatus, JobSummary


@dataclass(frozen=True, slots=True)
class JobAdded:
    """A job joined the queue, also one that another process has added and does not work on."""

    summary: JobSummary


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job's state, progress, place or speed changed; ``elsewhere``: by another process, which tells its own hooks."""

    summary: JobSummary
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class JobRemoved:
    """A job left the queue for good."""

    job_id: str


@dataclass(frozen=True, slots=True)
class QueueReordered:
    """The queue's order, first to run first."""

    job_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChunkChanged:
    """One chunk's state or progress changed."""

    job_id: str
    chunk: ChunkStatus


@dataclass(frozen=True, slots=True)
class EngineProblem:
    """Something is wrong that concerns no single job, such as a full disk under the journal."""

    message: str


@dataclass(frozen=True, slots=True)
class ProfileNotice:
    """Something worth knowing about a profile, said once; nothing has failed. ``advice`` says what to do about it."""

    profile: str
    message: str
    advice: str = ""


Event = JobAdded | JobChanged | JobRemoved | QueueReordered | ChunkChanged | EngineProblem | ProfileNotice
