"""How a job is asked to run, and what that comes to once its profile has filled the gaps."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any, TypedDict

from pydantic import BaseModel, ConfigDict, Field, model_validator

from helios_gui.types.standing import USUAL_STANDING, Standing
from helios_gui.types.worker import StallAction, StallPolicy

DEFAULT_PROFILE = "Local"

DEFAULT_STOP_AFTER_FAILURES = 5
DEFAULT_STOP_AT_FAILED_PERCENT = 20.0

PositiveSeconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def replace_failure_budget(values: Any) -> Any:
    """Return settings in which the former ``failure_budget``, if there is one, has become ``stop_after_failures``."""
    if not isinstance(values, dict) or "failure_budget" not in values:
        return values
    budget = values["failure_budget"]
    others = {name: value for name, value in values.items() if name != "failure_budget"}
    return others if budget is None else {"stop_after_failures": budget, **others}


class LimitChanges(TypedDict, total=False):
    """The limits of a job that can be changed between two runs; ``None`` leaves one as it is."""

    concurrency: int | None
    retries: int | None
    chunk_timeout: float | None
    stall_action: StallAction | None
    stall_after: float | None
    stop_after_failures: int | None
    stop_at_failed_percent: float | None
    reencode: bool | None
    unattended: bool | None


class JobExecutionOptions(BaseModel):
    """What the submitter wants; ``None`` everywhere means "as the profile says".

    ``job_dir`` is the folder commands run in and relative paths start from (the job file's own folder);
    ``source`` the job file itself, where there is one. ``chunk_ids`` limits the run to some chunks (no
    stitch then unless all others are done). ``reencode`` lets the stitcher re-encode chunks that do not
    match instead of refusing them. ``overwrite`` lets the finished video replace a file that
    another job, or somebody else, has made. ``unattended``: nobody is there to make room on a full disk, so
    that the job fails when it has waited for that for a minute; not remembered. ``keep_finished``: chunks that were
    never tried, and whose outputs are there and verify, are taken for completed when the job begins; not remembered.
    ``stop_after_failures`` and ``stop_at_failed_percent`` are those of the policy, but 0 stands for off.
    ``standing`` is the job's priority, the jobs it starts after, and its group.
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
    stop_after_failures: Annotated[int, Field(ge=0)] | None = None
    stop_at_failed_percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    spend_limit: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    chunk_ids: tuple[int, ...] | None = None
    merge: bool = True
    overwrite: bool = False
    reencode: bool = False
    standing: Standing = USUAL_STANDING
    unattended: Annotated[bool, Field(exclude=True)] = False
    keep_finished: Annotated[bool, Field(exclude=True)] = False

    @model_validator(mode="before")
    @classmethod
    def _read_former_names(cls, values: Any) -> Any:
        return replace_failure_budget(values)


@dataclass(frozen=True, slots=True)
class ExecutionPolicy:
    """Options with every gap filled. Times in seconds; ``chunk_timeout`` ``None`` means no limit.

    A chunk that prints nothing and uses no processor for ``stall_after`` counts as stalled.

    A job stops once ``stop_after_failures`` chunks have failed and none has succeeded, and once at least that many have
    failed and they are ``stop_at_failed_percent`` of the chunks that were tried; ``None`` turns either off. A job that
    has cost ``spend_limit`` (US dollars) starts no more chunks; ``None`` sets no limit.
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

    @property
    def stall(self) -> StallPolicy:
        """What is done about stalled chunks."""
        return StallPolicy(self.stall_action, self.stall_after)

    def merged(self, options: JobExecutionOptions) -> ExecutionPolicy:
        """Return this policy with what ``options`` set in place of its own values."""
        asked = options.model_dump(include={field.name for field in fields(self)}, exclude_none=True)
        for name in ("stop_after_failures", "stop_at_failed_percent"):
            if name in asked:
                asked[name] = asked[name] or None
        return replace(self, **asked)
