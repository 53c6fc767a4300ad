"""How a job is asked to run, and what that comes to once its profile has filled the gaps."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from helios_gui.types.worker import StallAction, StallPolicy

DEFAULT_PROFILE = "Local"

PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class JobExecutionOptions(BaseModel):
    """What the submitter wants; ``None`` everywhere means "as the profile says".

    ``job_dir`` is the folder commands run in and relative paths start from (the job file's own folder);
    ``source`` the job file itself, where there is one. ``chunk_ids`` limits the run to some chunks (no
    stitch then unless all others are done). ``reencode`` lets the stitcher re-encode chunks that do not
    match instead of refusing them. ``overwrite`` lets the finished video replace a file that
    another job, or somebody else, has made. ``unattended``: nobody is there to make room on a full disk, so
    that the job fails when it has waited for that for a minute; not remembered. ``failure_budget`` is how many
    chunks may fail before the job stops.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

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
    failure_budget: Annotated[int, Field(ge=1)] | None = None
    spend_limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    chunk_ids: tuple[int, ...] | None = None
    merge: bool = True
    overwrite: bool = False
    reencode: bool = False
    unattended: Annotated[bool, Field(exclude=True)] = False


@dataclass(frozen=True, slots=True)
class ExecutionPolicy:
    """Options with every gap filled. Times in seconds; ``chunk_timeout`` ``None`` means no limit.

    A chunk that prints nothing and uses no processor for ``stall_after`` counts as stalled.

    ``failure_budget`` ``None`` means the others go on however many chunks fail. A job that has cost ``spend_limit``
    (US dollars) starts no more chunks; ``None`` sets no limit.
    """

    concurrency: int = 1
    retries: int = 2
    retry_delay: float = 1.0
    retry_delay_max: float = 60.0
    chunk_timeout: float | None = None
    stall_action: StallAction = StallAction.WARN
    stall_after: float = 600.0
    failure_budget: int | None = None
    spend_limit: float | None = None

    @property
    def stall(self) -> StallPolicy:
        """What is done about stalled chunks."""
        return StallPolicy(self.stall_action, self.stall_after)

    def merged(self, options: JobExecutionOptions) -> ExecutionPolicy:
        """Return this policy with what ``options`` set in place of its own values."""
        asked = options.model_dump(include={field.name for field in fields(self)}, exclude_none=True)
        return replace(self, **asked)
