"""``helios-gui plan``: writes a job file from a command template."""

from __future__ import annotations

import os
from pathlib import Path

from helios_gui.cli.output import ExitCode, print_error, print_text
from helios_gui.cli.rates import read_rate
from helios_gui.jobfile.command_line import join_command
from helios_gui.jobfile.job_files import save_job
from helios_gui.jobfile.plan_words import describe_plan
from helios_gui.jobfile.planner import PlanRequest, plan_job
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError
from helios_gui.types.frame_rate import WrittenRate


def write_plan(request: PlanRequest, path: Path, *, force: bool) -> ExitCode:
    """Plan a job and write its file. An existing file is replaced only with ``force``."""
    try:
        if os.path.lexists(path) and not force:
            raise UserInputError(
                tr("{path} exists already.", path=path), tr("Give another name, or replace it with --force.")
            )
        spec = plan_job(request)
        save_job(spec, path)
    except HeliosError as error:
        return print_error(error)
    print_text(tr("Wrote {path}: {plan}.", path=path, plan=describe_plan(spec)))
    print_text(tr("Render it with: {command}", command=join_command(["helios-gui", "render", str(path)])))
    return ExitCode.DONE


def read_written_rate(text: str) -> WrittenRate | None:
    """Return a frame rate as it was typed; ``None`` after an error was printed."""
    try:
        read_rate(text)
    except UserInputError as error:
        print_error(error)
        return None
    return WrittenRate(text)
