"""What goes into the sheet for a new render, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from helios_gui.sources.planned_job import PlannedJob
from helios_gui.sources.source import AnyKind, JobRequest, SourceFacts


class Wanted(Enum):
    """What a person wants of a planned job."""

    RENDER = "render"
    CLOUD = "cloud"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Source:
    """A source that was read, and what is wanted of it at first."""

    kind: AnyKind
    request: JobRequest
    facts: SourceFacts


@dataclass(frozen=True, slots=True)
class Answer:
    """How a person has left the sheet.

    Attributes:
        wanted: What is to be done.
        job: The planned job; its file is not written yet.
        profile: The name of the profile.
        overwrite: Whether the video may replace a file that is there.
        concurrency: Chunks at a time; ``None`` as the profile says.
    """

    wanted: Wanted
    job: PlannedJob
    profile: str
    overwrite: bool
    concurrency: int | None

    @property
    def renders(self) -> bool:
        """Whether the job is to be rendered at once."""
        return self.wanted is not Wanted.QUEUE
