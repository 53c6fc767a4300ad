"""``--priority``, ``--after`` and ``--group``: the job's standing in the queue, and waiting for other jobs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from helios_gui.cli.render.request import RenderRequest
from helios_gui.engine import Engine
from helios_gui.queue_access import open_queue_reader
from helios_gui.translation import tr
from helios_gui.types import JobState, JobStatus, JobSummary, NotFoundError, Standing, UserInputError
from helios_gui.utils.folders import AppFolders

_LOOK_SECONDS = 0.5


async def read_standing(request: RenderRequest, folders: AppFolders) -> Standing:
    """Return the standing that the options ask for.

    Raises:
        NotFoundError: The queue does not have a job that was named.
        UserInputError: The name of the group is too long.
        HeliosError: The journal cannot be read.
    """
    asked = {name: value for name in ("priority", "group") if (value := getattr(request, name)) is not None}
    if request.after:
        async with open_queue_reader(folders) as reader:
            jobs = await reader.list_jobs()
        asked["after"] = tuple([await asyncio.to_thread(_find_job_id, name, jobs) for name in request.after])
    try:
        return Standing(**asked)
    except ValidationError as error:
        raise UserInputError(tr("The name of a group has at most {number} characters.", number=200)) from error


async def change_standing(engine: Engine, job_id: str, request: RenderRequest, wanted: Standing) -> None:
    """Give a job that is continued what the options ask for; what they do not mention stays."""
    standings = engine.manager.standings
    if request.priority is not None:
        await standings.set_priority(job_id, wanted.priority)
    if request.group is not None:
        await standings.set_group(job_id, wanted.group)
    if request.after is not None:
        await standings.set_after(job_id, wanted.after)


async def wait_for_end(engine: Engine, job_id: str, *, while_blocked: bool) -> None:
    """Wait for the end of a job, also while one that it starts after waits for a person in another process."""
    while True:
        job = await engine.manager.wait_job(job_id, while_blocked=while_blocked)
        if not job.held_up or await _is_hopeless(engine, await engine.manager.get_job(job_id)):
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def _is_hopeless(engine: Engine, status: JobStatus | None) -> bool:
    """Return whether a job that this one starts after will not be completed, as far as can be said."""
    if status is None:
        return True
    async with open_queue_reader(engine.folders) as reader:
        states = {job.id: job.state for job in await reader.list_jobs()}
    hopeless = (None, JobState.FAILED, JobState.CANCELLED)
    return any(states.get(other) in hopeless for other in status.summary.standing.after)


def _find_job_id(name: str, jobs: Iterable[JobSummary]) -> str:
    """Return the id of the job that a person named by its id or its file."""
    source = Path(os.path.realpath(name))
    found = [job for job in jobs if job.id == name or job.source == source]
    if not found:
        raise NotFoundError(
            tr("The queue has no job {job} to start after.", job=name),
            tr("“helios-gui jobs” lists the jobs that are there."),
        )
    return max(found, key=lambda job: (job.id == name, job.added_at)).id
