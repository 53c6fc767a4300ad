"""What profiles of every kind have in common: a name, limits, and how failures are met."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator

from helios_gui.adapters.no_secrets import refuse_secrets
from helios_gui.adapters.validators import price
from helios_gui.types import ExecutionPolicy

NAME_LENGTH = 60
MAX_JOBS = 100
MAX_RETRIES = 100
MAX_FAILURES = 1_000_000
MAX_RETRY_DELAY = 3600.0
MAX_TIMEOUT = 30 * 86_400.0
MAX_CLOUD_CONCURRENCY = 10_000
MAX_SPEND = 1_000_000.0

Retention = Literal["keep", "on-success", "always"]


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("contains characters that cannot be shown")
    return name


ProfileName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH),
    AfterValidator(_printable),
]
Price = Annotated[float, BeforeValidator(price)]


class ProfileBase(BaseModel):
    """Settings of every kind. Times are in seconds.

    ``max_jobs`` is how many jobs of the profile run at a time. A chunk is tried once and then ``retries`` times
    more, the first time after ``retry_delay``. ``chunk_timeout`` ``None`` sets no limit of ours; ``failure_budget``
    is how many chunks may fail before the job stops, ``None`` lets the others go on whatever happens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)

    name: ProfileName
    max_jobs: Annotated[int, Field(ge=1, le=MAX_JOBS)] = 2
    retries: Annotated[int, Field(ge=0, le=MAX_RETRIES)] = 2
    retry_delay: Annotated[float, Field(gt=0, le=MAX_RETRY_DELAY)] = 1.0
    chunk_timeout: Annotated[float, Field(gt=0, le=MAX_TIMEOUT)] | None = None
    failure_budget: Annotated[int, Field(ge=1, le=MAX_FAILURES)] | None = None

    @field_validator("*", mode="before")
    @classmethod
    def _hold_no_secrets(cls, value: Any) -> Any:
        return refuse_secrets(value)

    def _policy(self, concurrency: int) -> ExecutionPolicy:
        return ExecutionPolicy(
            concurrency=concurrency,
            retries=self.retries,
            retry_delay=self.retry_delay,
            chunk_timeout=self.chunk_timeout,
            failure_budget=self.failure_budget,
        )


class CloudProfile(ProfileBase):
    """Settings of every kind that renders elsewhere; ``storage_url`` is where files go there and back.

    ``concurrency`` is how many chunks are in flight at a time over all jobs of the profile. ``retention`` says when
    a job's objects are removed from the storage: never (``keep``), once it completed (``on-success``), or however it
    ended (``always``). ``spend_limit``, in US dollars, is what one job may cost before no further chunk of it is
    started; ``None`` sets no limit.
    """

    storage_url: str
    concurrency: Annotated[int, Field(ge=1, le=MAX_CLOUD_CONCURRENCY)] = 50
    retention: Retention = "on-success"
    spend_limit: Annotated[float, Field(gt=0, le=MAX_SPEND)] | None = None

    def policy(self) -> ExecutionPolicy:
        """What the profile says about running chunks."""
        return self._policy(self.concurrency)
