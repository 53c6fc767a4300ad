"""``helios-gui plan``: writes a job file from a command template."""

from __future__ import annotations

import os
from pathlib import Path

from helios_gui.cli.output import ExitCode, print_error, print_text
from helios_gui.jobfile.command_line import join_command
from helios_gui.jobfile.job_files import save_job
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.types import HeliosError, JobSpec, UserInputError
from helios_gui.utils.format import count


def write_plan(request: PlanRequest, path: Path, *, force: bool) -> ExitCode:
    """Plan a job and write its file. An existing file is replaced only with ``force``."""
    try:
        if os.path.lexists(path) and not force:
            raise UserInputError(f"{path} exists already.", "Give another name, or replace it with --force.")
        spec = plan_job(request)
        save_job(spec, path)
    except HeliosError as error:
        return print_error(error)
    print_text(f"Wrote {path}: {_describe(spec)}.")
    print_text(f"Render it with: {join_command(['helios-gui', 'render', str(path)])}")
    return ExitCode.DONE


def _describe(spec: JobSpec) -> str:
    first, last = spec.chunks[0], spec.chunks[-1]
    sizes = sorted({chunk.frame_count for chunk in spec.chunks})
    size = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    of = "frame" if sizes[-1] == 1 else "frames"
    return f"frames {first.start_frame}–{last.end_frame} in {count(len(spec.chunks), 'chunk', 'chunks')} of {size} {of}"
