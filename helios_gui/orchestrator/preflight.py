"""What is checked of a job's folders and names when it begins to run, before anything is rendered."""

from __future__ import annotations

import os

from helios_gui.jobfile.output_names import check_final_output, is_stitched_by_us, names_final_output
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.translation import tr
from helios_gui.types import ParticularStitcher, UserInputError, VideoStitcher
from helios_gui.types.sequences import read_pattern


def check_places(job: LiveJob, stitcher: VideoStitcher) -> None:
    """Check that all outputs can be written and that the finished video replaces no file that the job needs. Blocking.

    Args:
        job: The job.
        stitcher: What is to make the video.

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
        particular = stitcher if isinstance(stitcher, ParticularStitcher) else None
        check = particular.check_name if particular is not None else lambda name: None
        check_final_output(job.output, job.spec, job_dir, job.options.source, check)
        if particular is not None and is_stitched_by_us(job.spec) and read_pattern(job.output.name) is None:
            particular.check_programs(job.spec)
        _check_tracks(job)


def _check_tracks(job: LiveJob) -> None:
    """Refuse a job now whose video would fail at the end, for want of the file that its sound comes from."""
    tracks = job.spec.tracks_from
    if tracks is not None and is_stitched_by_us(job.spec) and not (job.options.job_dir / tracks.file).is_file():
        raise UserInputError(
            tr("{file} is missing, and sound and other tracks of the video come from it.", file=tracks.file),
            tr("Bring it back, or correct tracksFrom in the job file."),
        )


def makes_final_output(job: LiveJob) -> bool:
    """Return whether the job is to make ``job.output``: not just chunks, and not a file that only its command knows."""
    return job.options.merge and (job.options.output is not None or names_final_output(job.spec))
