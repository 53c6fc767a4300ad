"""How jobs of sources name files: what a command reads, and the video that it makes."""

from __future__ import annotations

import os
from pathlib import Path

from helios_gui.jobfile.job_files import load_job
from helios_gui.jobfile.merge_command import file_stem
from helios_gui.sources.name_tokens import numbered_name
from helios_gui.types import JobFileError


def named_in_job(path: Path, job_dir: Path) -> str:
    """Return how a command in the job's folder names a file: relative where it is below, and never as an option."""
    absolute = Path(os.path.normpath(path.absolute()))
    if not absolute.is_relative_to(job_dir):
        return str(absolute)
    name = absolute.relative_to(job_dir).as_posix()
    return f"./{name}" if name.startswith(("-", "{", "[", '"')) else name


def output_of_job_file(job: Path) -> str | None:
    """Return the output of a job file that is there already, relative to its folder."""
    try:
        return load_job(job, outside_outputs=True).output_file
    except JobFileError:
        return None


def free_output(job: Path, suffix: str) -> str:
    """Return a name after the job's that is free, or the job file's own: a page may show a video of its name.

    Args:
        job: The job file; it may be there already.
        suffix: Of the output, with the dot.
    """
    stem = file_stem(job.name)
    own = output_of_job_file(job)
    return numbered_name(f"{stem}{suffix}", job.parent, own)
