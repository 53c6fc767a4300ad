"""A job that is made up, to try hooks with."""

from __future__ import annotations

import time

from helios_gui.hooks.hook import HookEvent
from helios_gui.translation import tr
from helios_gui.types import ChunkState, JobState, JobSummary
from helios_gui.types.options import DEFAULT_PROFILE
from helios_gui.utils.folders import home_folder


def made_up_job(event: HookEvent) -> JobSummary:
    """Return a job to which this has just happened."""
    state = {
        HookEvent.STARTED: JobState.RUNNING,
        HookEvent.DONE: JobState.COMPLETED,
        HookEvent.WAITS: JobState.PAUSED,
        HookEvent.HELD_UP: JobState.PENDING,
    }.get(event, JobState.FAILED)
    counts = {
        HookEvent.DONE: {ChunkState.COMPLETED: 4},
        HookEvent.FAILED: {ChunkState.COMPLETED: 3, ChunkState.FAILED: 1},
    }.get(event, {ChunkState.PENDING: 4})
    now = time.time()
    return JobSummary(
        id="test",
        name=tr("Test of the hook"),
        state=state,
        profile=tr(DEFAULT_PROFILE),
        job_dir=home_folder(),
        output=home_folder() / "test.mp4",
        frames_total=100,
        chunks_total=4,
        counts=counts,
        added_at=now - 60,
        started_at=now - 60,
        work_seconds=60.0,
        finished_at=None if state in (JobState.RUNNING, JobState.PENDING) else now,
        reason="" if event in (HookEvent.STARTED, HookEvent.DONE) else tr("This is a test."),
    )
