"""``helios-gui report``: writes what is known of a job, for people or for programs."""

from __future__ import annotations

import asyncio
from pathlib import Path

from helios_gui.cli.find_render import find_render
from helios_gui.cli.output import ExitCode, print_error, print_json, print_text
from helios_gui.queue_access import open_queue_reader
from helios_gui.reports.html_page import report_page
from helios_gui.reports.job_report import JobReport, make_report
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError
from helios_gui.utils.files import write_atomic


def write_report(job: Path, output: Path | None, *, as_json: bool) -> ExitCode:
    """Print the report of a job as JSON, or write it as a page.

    Args:
        job: A job file, or the id of a job.
        output: The page; by default it is written into the current folder, named after the video.
        as_json: Print JSON instead.
    """
    try:
        report = asyncio.run(_read(job))
        if as_json:
            print_json(report.as_json(), indent=2)
            return ExitCode.DONE
        place = output or Path(f"{report.output.stem}.report.html")
        try:
            write_atomic(place, report_page(report))
        except OSError as error:
            raise UserInputError(
                tr("{path} cannot be written: {reason}", path=place, reason=error.strerror or error),
                tr("Choose another place with --output."),
            ) from error
    except HeliosError as error:
        return print_error(error)
    print_text(tr("Wrote {path}.", path=place))
    return ExitCode.DONE


async def _read(job: Path) -> JobReport:
    async with open_queue_reader() as reader:
        status = await find_render(reader, job)
        return make_report(status, await reader.attempts(status.summary.id))
