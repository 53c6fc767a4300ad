"""What an app that died left behind for a job's files: processes, work folders, outputs that were pushed aside."""

from __future__ import annotations

import asyncio

from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs
from helios_gui.orchestrator.kept_outputs import restore_kept
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.process.work_marks import orphaned_attempts
from helios_gui.types import FrameVerifier, WorkerAdapter


async def end_orphans(job: LiveJob, local: WorkerAdapter) -> None:
    """End every process here that a dead app started for this job or for one of its files: renderers, merges, joins.

    They are known by what they carry, so that a lost journal, or one that could not be written, loses none.
    """
    attempts = await asyncio.to_thread(orphaned_attempts, job.id, job.files)
    if attempts:
        await local.reclaim(attempts)


async def clear_leftovers(job: LiveJob, local: WorkerAdapter, verify: FrameVerifier) -> set[LiveChunk]:
    """End orphans, put back outputs that were pushed aside, and remove work folders, before a job runs.

    Returns:
        The chunks whose earlier output was put back.
    """
    await end_orphans(job, local)
    restored = await restore_kept(job, verify)
    workdirs = AttemptWorkdirs(job.options.job_dir, job.id)
    await asyncio.to_thread(workdirs.remove)
    await asyncio.to_thread(workdirs.remove_orphans)
    return restored
