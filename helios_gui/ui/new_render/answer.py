"""What goes into the sheet for a new render, and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from helios_gui.sources.planned_job import PlannedJob
from helios_gui.sources.source import AnyKind, JobRequest, SourceFacts
from helios_gui.sources.usual_values import UsualValues, usual_values
from helios_gui.types import JobExecutionOptions
from helios_gui.types.options import JobChoices


class NextStep(Enum):
    """What a person wants of a planned job."""

    RENDER = "render"
    CLOUD = "cloud"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Source:
    """A source that was read, and what is wanted of it at first.

    Attributes:
        kind: The source's kind.
        request: What is wanted.
        facts: What the source says about itself.
        options: Those of the job that is to be changed; ``None`` for a new one.
    """

    kind: AnyKind
    request: JobRequest
    facts: SourceFacts
    options: JobExecutionOptions | None = None

    def usual(self, request: JobRequest) -> UsualValues:
        """Return what a request stands for, with what it leaves open taken from the wanted part of the source."""
        return usual_values(request, self.kind.facts_of(request, self.facts))


@dataclass(frozen=True, slots=True)
class NewRenderResult:
    """How a person has left the sheet.

    Attributes:
        wanted: What is to be done.
        job: The planned job; its file is not written yet.
        profile: The name of the profile.
        overwrite: Whether the video may replace a file that is there.
        scout: The order of the chunks (see ``utils.scouting``).
        concurrency: Chunks at a time; ``None`` as the profile says.
        options: Those of the job that is changed; ``None`` for a new one.
        batch: The jobs of a table's rows, instead of ``job``; their files are written.
        group: The name of the group that these jobs are.
    """

    wanted: NextStep
    job: PlannedJob
    profile: str
    overwrite: bool
    scout: int | None
    concurrency: int | None
    options: JobExecutionOptions | None = None
    batch: tuple[PlannedJob, ...] = ()
    group: str = ""

    def changing(self, options: JobExecutionOptions) -> NewRenderResult:
        """Return the answer of a sheet that does not ask how a job is rendered, which stays as it was."""
        return replace(
            self,
            options=options,
            overwrite=options.overwrite,
            scout=options.scout,
            concurrency=options.concurrency if options.profile == self.profile else None,
        )

    @property
    def jobs(self) -> tuple[PlannedJob, ...]:
        """The jobs."""
        return self.batch or (self.job,)

    @property
    def choices(self) -> JobChoices:
        """How the job is rendered, as far as the sheet asks."""
        return {"overwrite": self.overwrite, "scout": self.scout, "concurrency": self.concurrency}

    @property
    def renders(self) -> bool:
        """Whether the job is to be rendered at once."""
        return self.wanted is not NextStep.QUEUE
