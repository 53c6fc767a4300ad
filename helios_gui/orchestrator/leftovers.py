"""What an app that died left behind for a job's files: processes, work folders, outputs that were pushed aside."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable

from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs, remove_copies
from helios_gui.orchestrator.job_files import chunk_files
from helios_gui.orchestrator.kept_outputs import restore_kept
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.process.work_marks import orphaned_attempts
from helios_gui.stitcher.workspace import remove_stitch
from helios_gui.types import FrameVerifier, JobState, JobSummary, WorkerAdapter


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
    await asyncio.to_thread(_remove_unfinished, job)
    return restored


def _remove_unfinished(job: LiveJob) -> None:
    for place in (job.output, job.options.job_dir / job.output.name):  # it may have been stitched elsewhere before
        remove_stitch(place, job.id)
    remove_copies((file for chunk in job.chunks for file in chunk_files(job, chunk)), job.id)


def remove_work(job: LiveJob) -> None:
    """Remove what runs that ended with their app left of a job that leaves the queue. Its outputs stay. Blocking."""
    AttemptWorkdirs(job.options.job_dir, job.id).remove_if_orphaned()
    _remove_unfinished(job)


def start_removing_unfinished(jobs: Iterable[JobSummary]) -> None:
    """Start to remove the unfinished videos of apps that died: perhaps nobody ever goes on with their jobs."""
    unfinished = [job for job in jobs if job.state is not JobState.COMPLETED]

    def remove() -> None:
        for job in unfinished:
            remove_stitch(job.output, job.id, only_orphaned=True)

    # A daemon's thread: a job's disk may be one that does not answer any more.
    threading.Thread(target=remove, name="helios-leftovers", daemon=True).start()
