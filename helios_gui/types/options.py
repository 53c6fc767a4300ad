"""How a job is asked to run, and what that comes to once its profile has filled the gaps."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from helios_gui.translation import mark
from helios_gui.types.standing import USUAL_STANDING, Standing
from helios_gui.types.worker import ProcessLimits, RendererPriority, StallAction, StallPolicy

DEFAULT_PROFILE = mark("Local")
"""The built-in profile, by its English name; people see it in their language, and any of its names finds it."""

MOST_SCOUT_STEP = 100_000

DEFAULT_STOP_AFTER_FAILURES = 5
DEFAULT_STOP_AT_FAILED_PERCENT = 20.0

GIGABYTE = 1_000_000_000
"""Bytes."""

_ZERO_IS_OFF = ("stop_after_failures", "stop_at_failed_percent", "memory_limit", "keep_memory_free")

PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class JobLimits(TypedDict, total=False):
    """The limits within which a job is rendered; ``None`` is that of its profile."""

    concurrency: int | None
    retries: int | None
    chunk_timeout: float | None
    stall_action: StallAction | None
    stall_after: float | None
    stop_after_failures: int | None
    stop_at_failed_percent: float | None
    renderer_priority: RendererPriority | None
    memory_limit: float | None
    keep_memory_free: float | None


class LimitChanges(JobLimits, total=False):
    """What of a job can be changed between two runs; ``None`` leaves it as it is."""

    reencode: bool | None
    unattended: bool | None
    now: bool | None


class JobChoices(TypedDict, total=False):
    """What else of a job can be changed between two runs; ``None`` is a value."""

    concurrency: int | None
    scout: int | None
    overwrite: bool


class JobExecutionOptions(BaseModel):
    """What the submitter wants; ``None`` everywhere means "as the profile says".

    ``job_dir`` is the folder commands run in and relative paths start from (the job file's own folder);
    ``source`` the job file itself, where there is one. ``chunk_ids`` limits the run to some chunks (no
    stitch then unless all others are done). ``reencode`` lets the stitcher re-encode chunks that do not
    match instead of refusing them. ``overwrite`` lets the finished video replace a file that
    another job, or somebody else, has made. ``unattended``: nobody is there to make room on a full disk, so
    that the job fails when it has waited for that for a minute; not remembered. ``keep_finished``: chunks that were
    never tried, and whose outputs are there and verify, are taken for completed when the job begins; not remembered.
    ``now``: the conditions of the profile (hours, battery, …) do not count; not remembered.
    ``stop_after_failures``, ``stop_at_failed_percent``, ``memory_limit`` and ``keep_memory_free`` are those of the
    policy, but 0 stands for off.
    ``standing`` is the job's priority, the jobs it starts after, and its group. ``scout`` is the order of the
    chunks (see ``utils.scouting``): ``None`` as they are played; else the first, the middle and the last one, and from
    1 on also every so many-th, before the rest. ``imported`` marks a job of a queue file, which says itself in which
    folder it runs: that a person trusts that folder does not mean this job.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    profile: str = DEFAULT_PROFILE
    job_dir: Path = Path()
    source: Path | None = None
    output: Path | None = None
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    retries: Annotated[int, Field(ge=0, le=100)] | None = None
    retry_delay: PositiveSeconds | None = None
    chunk_timeout: PositiveSeconds | None = None
    stall_action: StallAction | None = None
    stall_after: PositiveSeconds | None = None
    stop_after_failures: Annotated[int, Field(ge=0)] | None = None
    stop_at_failed_percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    spend_limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    renderer_priority: RendererPriority | None = None
    memory_limit: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    keep_memory_free: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    scout: Annotated[int, Field(ge=0, le=MOST_SCOUT_STEP)] | None = None
    chunk_ids: tuple[int, ...] | None = None
    merge: bool = True
    overwrite: bool = False
    reencode: bool = False
    standing: Standing = USUAL_STANDING
    imported: bool = False
    unattended: Annotated[bool, Field(exclude=True)] = False
    keep_finished: Annotated[bool, Field(exclude=True)] = False
    now: Annotated[bool, Field(exclude=True)] = False


@dataclass(frozen=True, slots=True)
class ExecutionPolicy:
    """Options with every gap filled. Times in seconds; ``chunk_timeout`` ``None`` means no limit.

    A chunk that prints nothing and uses no processor for ``stall_after`` counts as stalled.

    A job stops once ``stop_after_failures`` chunks have failed and none has succeeded, and once at least that many have
    failed and they are ``stop_at_failed_percent`` of the chunks that were tried; ``None`` turns either off. A job that
    has cost ``spend_limit`` (US dollars) starts no more chunks; ``None`` sets no limit. On this machine, renderers run
    at ``renderer_priority``; one chunk may use ``memory_limit`` (GB), and ``keep_memory_free`` (GB) have to stay free.
    """

    concurrency: int = 1
    retries: int = 2
    retry_delay: float = 1.0
    retry_delay_max: float = 60.0
    chunk_timeout: float | None = None
    stall_action: StallAction = StallAction.WARN
    stall_after: float = 600.0
    stop_after_failures: int | None = DEFAULT_STOP_AFTER_FAILURES
    stop_at_failed_percent: float | None = DEFAULT_STOP_AT_FAILED_PERCENT
    spend_limit: float | None = None
    renderer_priority: RendererPriority = RendererPriority.NORMAL
    memory_limit: float | None = None
    keep_memory_free: float | None = None

    @property
    def limits(self) -> ProcessLimits:
        """What the processes of a chunk may take of this machine."""
        memory = None if self.memory_limit is None else self.memory_limit * GIGABYTE
        keep_free = None if self.keep_memory_free is None else self.keep_memory_free * GIGABYTE
        return ProcessLimits(self.renderer_priority, memory, keep_free)

    @property
    def stall(self) -> StallPolicy:
        """What is done about stalled chunks."""
        return StallPolicy(self.stall_action, self.stall_after)

    def merged(self, options: JobExecutionOptions) -> ExecutionPolicy:
        """Return this policy with what ``options`` set in place of its own values."""
        asked = options.model_dump(include={field.name for field in fields(self)}, exclude_none=True)
        for name in _ZERO_IS_OFF:
            if name in asked:
                asked[name] = asked[name] or None
        return replace(self, **asked)
