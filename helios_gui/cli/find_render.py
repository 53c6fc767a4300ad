"""Find the render that a command names by a job file or by an id."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from helios_gui.engine import QueueReader
from helios_gui.translation import tr
from helios_gui.types import JobStatus, NotFoundError


async def find_render(reader: QueueReader, job: Path) -> JobStatus:
    """Return the newest render of a job file, or the job with that id.

    Raises:
        NotFoundError: There is none.
        UserInputError: Another process renders the job file now.
    """
    source = Path(await asyncio.to_thread(os.path.realpath, job))
    is_file = await asyncio.to_thread(source.is_file)
    found = await (reader.find_last_render(source) if is_file else reader.find_job(str(job)))
    if found is None:
        raise NotFoundError(
            tr("The queue has no render of {job}.", job=job),
            tr("Render it first, or look with “helios-gui jobs” for the ids of the jobs that are there."),
        )
    return found
