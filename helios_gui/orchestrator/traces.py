"""Whether an earlier run may have left something of a job. Most jobs that are removed by the hundred never ran."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from helios_gui.orchestrator.kept_outputs import keeps_something
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.output_leases import has_lease_file
from helios_gui.orchestrator.shared_call import SharedCall
from helios_gui.process.work_marks import Orphan, list_orphans, orphaned_attempts
from helios_gui.stitcher.workspace import WORK_FOLDER


class Traces:
    """Looks for what runs leave: processes, work folders, leases, outputs that were pushed aside.

    The journal alone does not tell: an app may have died while it could not be written.
    """

    def __init__(self) -> None:
        self._orphans = SharedCall(list_orphans)

    async def may_be_left(self, job: LiveJob) -> bool:
        """Return whether something may be left of a job that nobody works on now, wherever it was rendered."""
        if job.started_at is not None or any(chunk.attempts for chunk in job.chunks):
            return True
        return await asyncio.to_thread(_are_left, job, await self._orphans.result())


def _are_left(job: LiveJob, orphans: Sequence[Orphan]) -> bool:
    folders = {file.parent for file in job.files} | {job.options.job_dir}
    return any(_has_worked_in(folder, job.id) for folder in folders) or bool(
        orphaned_attempts(job.id, job.files, orphans)
    )


def _has_worked_in(folder: Path, job_id: str) -> bool:
    work = folder / WORK_FOLDER
    return os.path.lexists(work / job_id) or has_lease_file(work, job_id) or keeps_something(folder)
