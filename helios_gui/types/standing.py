"""A job's standing in the queue: how urgent it is, which jobs it starts after, and the group it belongs to."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from helios_gui.types.priority import Priority

_MOST_JOBS = 10**9
"""More than a queue can have: jobs of another priority stand so many places apart."""

GroupName = Annotated[str, Field(max_length=200)]


class Standing(BaseModel):
    """What a person decides about a job's turn.

    ``after`` are the ids of jobs that have to be completed before this one starts. ``group`` is the name of the group
    it belongs to, empty for none: jobs with the same name are shown together, with their total.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    priority: Priority = Priority.NORMAL
    after: tuple[str, ...] = ()
    group: GroupName = ""

    def line_place(self, position: int) -> int:
        """Return a number that is smaller the earlier a job at this position of the queue is to get a worker."""
        return self.priority.rank * _MOST_JOBS + position


USUAL_STANDING = Standing()
"""Normal priority, after no other job, in no group."""
