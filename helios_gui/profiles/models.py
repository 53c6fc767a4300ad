"""The kinds of profile: an adapter's settings under a name, each a frozen model that explains its own bounds."""

from __future__ import annotations

import os
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from helios_gui.types import ExecutionPolicy
from helios_gui.types.options import DEFAULT_PROFILE

NAME_LENGTH = 60
MAX_CONCURRENCY = 1024
MAX_JOBS = 100
MAX_RETRIES = 100
MAX_FAILURES = 1_000_000
MAX_RETRY_DELAY = 3600.0
MAX_GRACE = 600.0
MAX_TIMEOUT = 30 * 86_400.0

_VARIABLE_NAME = re.compile(r"[^=\s\x00-\x1f\x7f]+")


def usable_processors() -> int:
    """How many processors this process may use (at least 1): its affinity, not what the machine has."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13 and later
        count: int | None = os.process_cpu_count()
    elif hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count()
    return count or 1


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("contains characters that cannot be shown")
    return name


def _variable_name(name: str) -> str:
    if not _VARIABLE_NAME.fullmatch(name):
        shown = name.encode("unicode_escape").decode("ascii")
        raise ValueError(f"“{shown}” cannot name a variable: no spaces, no “=”" if name else "a variable has no name")
    return name


def _variable_value(value: str) -> str:
    if "\0" in value:
        raise ValueError("a value contains a zero character")
    return value


ProfileName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH),
    AfterValidator(_printable),
]
VariableName = Annotated[str, AfterValidator(_variable_name)]
VariableValue = Annotated[str, AfterValidator(_variable_value)]


class LocalProfile(BaseModel):
    """This machine as a worker. Times are in seconds.

    ``concurrency`` is how many chunks run at a time over all jobs of the profile (``None``: as many as there
    are usable processors), ``max_jobs`` how many jobs do. A chunk is tried once and then ``retries`` times
    more, the first time after ``retry_delay``. ``chunk_timeout`` ``None`` sets no limit; ``failure_budget`` is
    how many chunks may fail before the job stops, ``None`` lets the others go on whatever happens.
    ``stop_grace`` is how long a renderer may take to end by itself before it is killed. ``environment`` is
    added to every chunk's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: Literal["local"] = "local"
    name: ProfileName
    concurrency: Annotated[int, Field(ge=1, le=MAX_CONCURRENCY)] | None = None
    max_jobs: Annotated[int, Field(ge=1, le=MAX_JOBS)] = 2
    retries: Annotated[int, Field(ge=0, le=MAX_RETRIES)] = 2
    retry_delay: Annotated[float, Field(gt=0, le=MAX_RETRY_DELAY)] = 1.0
    chunk_timeout: Annotated[float, Field(gt=0, le=MAX_TIMEOUT)] | None = None
    failure_budget: Annotated[int, Field(ge=1, le=MAX_FAILURES)] | None = None
    stop_grace: Annotated[float, Field(gt=0, le=MAX_GRACE)] = 5.0
    environment: dict[VariableName, VariableValue] = Field(default_factory=dict)

    def policy(self) -> ExecutionPolicy:
        """What the profile says about running chunks, with "automatic" worked out for this machine."""
        return ExecutionPolicy(
            concurrency=self.concurrency or usable_processors(),
            retries=self.retries,
            retry_delay=self.retry_delay,
            chunk_timeout=self.chunk_timeout,
            failure_budget=self.failure_budget,
        )


Profile = LocalProfile


def default_profile() -> Profile:
    """The profile everybody has before they make one."""
    return LocalProfile(name=DEFAULT_PROFILE)
