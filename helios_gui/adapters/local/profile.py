"""The settings of workers on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from helios_gui.adapters.base_profile import Profile
from helios_gui.adapters.local.gpus import MAX_GPUS, check_gpus, read_gpus
from helios_gui.conditions.conditions import Conditions
from helios_gui.translation import tr
from helios_gui.types import ExecutionPolicy, RendererPriority

MAX_CONCURRENCY = 1024
MAX_GRACE = 600.0
MAX_MEMORY = 100_000.0

_VARIABLE_NAME = re.compile(r"[^=\s\x00-\x1f\x7f]+")


def usable_processors() -> int:
    """Return how many processors this process may use (at least 1): its affinity, not what the machine has."""
    if hasattr(os, "process_cpu_count"):  # Python 3.13 and later
        count: int | None = os.process_cpu_count()
    elif hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count()
    return count or 1


def _variable_name(name: str) -> str:
    if not _VARIABLE_NAME.fullmatch(name):
        shown = name.encode("unicode_escape").decode("ascii")
        raise ValueError(
            tr("“{shown}” cannot name a variable: no spaces, no “=”", shown=shown)
            if name
            else tr("a variable has no name")
        )
    return name


def _variable_value(value: str) -> str:
    if "\0" in value:
        raise ValueError(tr("a value contains a zero character"))
    return value


VariableName = Annotated[str, AfterValidator(_variable_name)]
VariableValue = Annotated[str, AfterValidator(_variable_value)]


class LocalProfile(Profile):
    """A profile that renders on this machine.

    ``concurrency`` is how many chunks run at a time over all jobs of the profile (``None``: as many as there are
    ``gpus``, or else usable processors). ``stop_grace`` is how many seconds a renderer may take to end by itself
    before it is killed. ``environment`` is added to every chunk's. Renderers run at ``renderer_priority``; all
    processes of a chunk together may use ``memory_limit`` GB of memory, and while a chunk runs, ``keep_memory_free`` GB
    have to stay free; ``None`` turns either off. Each chunk is shown one of ``gpus`` only; where none is named, all of
    them.
    """

    kind: Literal["local"] = "local"
    concurrency: Annotated[int, Field(ge=1, le=MAX_CONCURRENCY)] | None = None
    stop_grace: Annotated[float, Field(gt=0, le=MAX_GRACE)] = 5.0
    environment: dict[VariableName, VariableValue] = Field(default_factory=dict)
    renderer_priority: Literal["normal", "low", "idle"] = "normal"
    memory_limit: Annotated[float, Field(gt=0, le=MAX_MEMORY)] | None = None
    gpus: Annotated[
        tuple[str, ...], BeforeValidator(read_gpus), AfterValidator(check_gpus), Field(max_length=MAX_GPUS)
    ] = ()
    keep_memory_free: Annotated[float, Field(gt=0, le=MAX_MEMORY)] | None = None

    def policy(self) -> ExecutionPolicy:
        """Return the limits and retries for running chunks; no ``concurrency`` means one chunk per GPU or processor."""
        return replace(
            self._policy(self.concurrency or len(self.gpus) or usable_processors()),
            renderer_priority=RendererPriority(self.renderer_priority),
            memory_limit=self.memory_limit,
            keep_memory_free=self.keep_memory_free,
        )

    def conditions(self) -> Conditions:
        """Return under which conditions chunks may be started; memory that has to stay free is one of them."""
        return replace(super().conditions(), free_memory=self.keep_memory_free)

    def chunk_environment(self) -> Mapping[str, str]:
        """Return the environment variables that are added to every chunk's."""
        return self.environment
