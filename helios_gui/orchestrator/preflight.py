"""What is checked of a job's folders and names when it begins to run, before anything is rendered."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import PurePath

from helios_gui.jobfile.output_names import check_final_output, names_final_output
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.translation import tr
from helios_gui.types import UserInputError


def check_places(job: LiveJob, check_suffix: Callable[[PurePath], str | None]) -> None:
    """Check that all outputs can be written and that the finished video replaces no file that the job needs. Blocking.

    Args:
        job: The job.
        check_suffix: Returns why the stitcher cannot make a file of that suffix, or ``None``.

    Raises:
        UserInputError: The job cannot be rendered as it is.
    """
    job_dir = job.options.job_dir
    if not (job_dir.is_dir() and os.access(job_dir, os.W_OK | os.X_OK)):
        raise UserInputError(
            tr("The job's folder {job_dir} is missing or cannot be written to.", job_dir=job_dir),
            tr("Bring it back, or change its permissions, and render again."),
        )
    for folder in sorted({job.output_of(chunk).parent for chunk in job.chunks} - {job_dir}):
        nearest = next((parent for parent in (folder, *folder.parents) if parent.exists()), folder)
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            raise UserInputError(
                tr("The folder {folder} of the chunks cannot be created or written to.", folder=folder),
                tr("Change its permissions, and render again."),
            )
    if makes_final_output(job):
        check_final_output(job.output, job.spec, job_dir, job.options.source, check_suffix)


def makes_final_output(job: LiveJob) -> bool:
    """Return whether the job is to make ``job.output``: not just chunks, and not a file that only its command knows."""
    return job.options.merge and (job.options.output is not None or names_final_output(job.spec))
