"""Profiles: the settings of an adapter under a name. Every kind of adapter has a model that derives from these."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
)

from helios_gui.adapters.no_secrets import refuse_secrets
from helios_gui.adapters.validators import parse_price
from helios_gui.conditions.conditions import Conditions
from helios_gui.conditions.hours import check_hours
from helios_gui.conditions.programs import check_programs, read_programs
from helios_gui.storage.settings import StorageSettings
from helios_gui.translation import tr
from helios_gui.types import ExecutionPolicy, StallAction
from helios_gui.types.options import (
    DEFAULT_STOP_AFTER_FAILURES,
    DEFAULT_STOP_AT_FAILED_PERCENT,
)

NAME_LENGTH = 60
MAX_JOBS = 100
MAX_RETRIES = 100
MAX_FAILURES = 1_000_000
MAX_RETRY_DELAY = 3600.0
MAX_TIMEOUT = 30 * 86_400.0
MAX_CLOUD_CONCURRENCY = 10_000
MAX_SPEND = 1_000_000.0
MAX_DISK = 1_000_000.0
MAX_PROGRAMS = 20

Retention = Literal["keep", "on-success", "always"]
"""When a job's objects are removed from storage: never, once it has completed, or however it has ended.

A job that is deleted from the queue takes its objects with it unless they are kept.
"""

REQUESTS_PRICED_TOGETHER = 1_000_000
"""Clouds state the price of requests for a million of them."""


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError(tr("contains characters that cannot be shown"))
    return name


ProfileName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH),
    AfterValidator(_printable),
]
ProgramNames = Annotated[
    tuple[str, ...], BeforeValidator(read_programs), AfterValidator(check_programs), Field(max_length=MAX_PROGRAMS)
]
Price = Annotated[float, BeforeValidator(parse_price)]


@dataclass(frozen=True, slots=True)
class ProfilePrices:
    """The part of a profile that an estimate of costs needs."""

    name: str
    policy: ExecutionPolicy
    price_of: Callable[[float], float]


@dataclass(frozen=True, slots=True)
class CredentialUse:
    """A credential that a profile sends away: what it is and which server gets it, both in words, never the secret."""

    credential: str
    server: str


class Profile(BaseModel, ABC):
    """Settings that profiles of every kind have. Times are in seconds.

    ``kind`` is the name of the kind in the registry. ``max_jobs`` is how many jobs of the profile run at a time.
    A chunk is tried once and then ``retries`` times more, the first time after ``retry_delay``. ``chunk_timeout``
    ``None`` sets no limit. A chunk that prints nothing and uses no processor for ``stall_after`` has stalled, and
    ``stall_action`` says what is done about it. The job stops once ``stop_after_failures`` chunks have failed and
    none has succeeded, and once at least that many have failed and they are ``stop_at_failed_percent`` of the chunks
    that were tried; ``None`` turns either off.

    No chunk is started outside the ``hours`` (see ``conditions.hours``), on battery where ``wait_on_battery`` says so,
    with less than ``wait_below_free_disk`` GB on the disk of the job's folder, or while one of the programs
    ``wait_while_running`` runs.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True, defer_build=True
    )

    is_cloud: ClassVar[bool] = False
    """Whether chunks are rendered elsewhere, from files that are uploaded."""

    kind: str
    name: ProfileName
    max_jobs: Annotated[int, Field(ge=1, le=MAX_JOBS)] = 2
    retries: Annotated[int, Field(ge=0, le=MAX_RETRIES)] = 2
    retry_delay: Annotated[float, Field(gt=0, le=MAX_RETRY_DELAY)] = 1.0
    chunk_timeout: Annotated[float, Field(gt=0, le=MAX_TIMEOUT)] | None = None
    stall_action: Literal["off", "warn", "kill"] = "warn"
    stall_after: Annotated[float, Field(gt=0, le=MAX_TIMEOUT)] = 600.0
    stop_after_failures: Annotated[int, Field(ge=1, le=MAX_FAILURES)] | None = DEFAULT_STOP_AFTER_FAILURES
    stop_at_failed_percent: Annotated[float, Field(gt=0, le=100)] | None = DEFAULT_STOP_AT_FAILED_PERCENT
    hours: Annotated[str, AfterValidator(check_hours)] = ""
    wait_on_battery: bool = False
    wait_below_free_disk: Annotated[float, Field(gt=0, le=MAX_DISK)] | None = None
    wait_while_running: ProgramNames = ()

    @field_validator("*", mode="before")
    @classmethod
    def _hold_no_secrets(cls, value: Any) -> Any:
        return refuse_secrets(value)

    @abstractmethod
    def policy(self) -> ExecutionPolicy:
        """Return the limits and retries for running chunks."""

    def price_of(self, seconds: float) -> float:
        """Return the price of an attempt that takes ``seconds``, in US dollars."""
        return 0.0

    @property
    def chunk_limit(self) -> float | None:
        """Seconds after which a chunk is ended: by the profile, or by the cloud whatever the profile says."""
        return self.chunk_timeout

    def priced_profile(self) -> ProfilePrices:
        """Return what an estimate of costs needs; no adapter is made for it."""
        return ProfilePrices(self.name, self.policy(), self.price_of)

    @property
    def upload_url(self) -> str:
        """The storage URL that a job's files are uploaded to; empty if chunks are rendered where the files are."""
        return ""

    def chunk_environment(self) -> Mapping[str, str]:
        """Return the environment variables that are added to every chunk's."""
        return {}

    def conditions(self) -> Conditions:
        """Return under which conditions chunks may be started."""
        programs, free_disk = self.wait_while_running, self.wait_below_free_disk
        return Conditions(self.wait_on_battery, free_disk, programs, self.hours)

    def credential_uses(self) -> tuple[CredentialUse, ...]:
        """Return which of this computer's credentials the profile uses, and which servers get what they prove."""
        return ()

    def warnings(self) -> Mapping[str, str]:
        """Return a sentence for each setting that is valid and has a risk that a person should know."""
        return {}

    def _policy(self, concurrency: int, spend_limit: float | None = None) -> ExecutionPolicy:
        return ExecutionPolicy(
            concurrency=concurrency,
            retries=self.retries,
            retry_delay=self.retry_delay,
            chunk_timeout=self.chunk_timeout,
            stall_action=StallAction(self.stall_action),
            stall_after=self.stall_after,
            stop_after_failures=self.stop_after_failures,
            stop_at_failed_percent=self.stop_at_failed_percent,
            spend_limit=spend_limit,
        )


class CloudProfile(Profile, ABC):
    """Settings of every kind that renders in a cloud.

    ``storage_url`` is where files are exchanged with the workers. ``concurrency`` is how many chunks are in flight
    at a time over all jobs of the profile. ``spend_limit``, in US dollars, is what one job may cost before no
    further chunk of it is started; ``None`` sets no limit.
    """

    is_cloud: ClassVar[bool] = True

    storage_url: str
    concurrency: Annotated[int, Field(ge=1, le=MAX_CLOUD_CONCURRENCY)] = 50
    retention: Retention = "on-success"
    spend_limit: Annotated[float, Field(gt=0, le=MAX_SPEND)] | None = None

    def policy(self) -> ExecutionPolicy:
        """Return the limits and retries for running chunks."""
        return self._policy(self.concurrency, self.spend_limit)

    @property
    def upload_url(self) -> str:
        """The storage URL that a job's files are uploaded to."""
        return self.storage_url

    @abstractmethod
    def storage_settings(self) -> StorageSettings:
        """Return how the storage at ``storage_url`` is reached."""
