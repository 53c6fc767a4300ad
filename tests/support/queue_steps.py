"""Submitting jobs with outputs of text, and waiting for their end, for tests of the whole queue."""

from __future__ import annotations

import asyncio
from pathlib import Path

from helios_gui.orchestrator.manager import JobManager
from helios_gui.types import (
    JobExecutionOptions,
    JobSpec,
    JobState,
)
from tests.support.jobs import text_job
from tests.support.waiting import PATIENCE


def stitched(count: int) -> JobSpec:
    return text_job(count).model_copy(update={"output_file": "out.txt"})


def options(folder: Path, **more: object) -> JobExecutionOptions:
    folder.mkdir(parents=True, exist_ok=True)
    return JobExecutionOptions.model_validate({"job_dir": folder, **more})


async def ended(manager: JobManager, job_id: str) -> JobState:
    """The state of the job when nothing more happens to it; a job that never comes to rest is a failure."""
    async with asyncio.timeout(PATIENCE):
        return (await manager.wait_job(job_id)).state
