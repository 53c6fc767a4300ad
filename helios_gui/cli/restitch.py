"""``helios-gui restitch``: makes the finished video of a rendered job once more, from its chunks as they are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from helios_gui.cli.find_render import find_render
from helios_gui.cli.output import ExitCode
from helios_gui.cli.render.prepare import PreparedRender
from helios_gui.cli.render.reporters.base import Reporter
from helios_gui.cli.render.request import RenderRequest, restitch_command
from helios_gui.cli.render.run import make_reporter, report_errors, run_session
from helios_gui.cli.render.session import RenderSession
from helios_gui.engine import Engine, replacement_in_words
from helios_gui.jobfile.output_names import check_final_output
from helios_gui.queue_access import open_queue_reader
from helios_gui.translation import tr
from helios_gui.types import JobStatus, UserInputError
from helios_gui.utils.folders import AppFolders


@dataclass(frozen=True, slots=True)
class RestitchRequest(RenderRequest):
    """The options as typed; ``job`` is a job file, or the id of a job in the queue.

    Attributes:
        overwrite: Replace a file that is there at ``output``.
    """

    overwrite: bool = False

    @property
    def resume_command(self) -> str:
        """The command that does the same again."""
        return restitch_command(self.job, reencode=bool(self.reencode), output=self.output)


def restitch_job(request: RestitchRequest) -> ExitCode:
    """Stitch a job's chunks once more, with progress on standard output and errors on standard error."""

    def restitch() -> ExitCode:
        folders = AppFolders.default().create()
        found = asyncio.run(_find_job(request, folders))
        _check_output(request, found)
        source = found.summary.source or found.summary.job_dir
        reporter = make_reporter(as_json=request.as_json)
        prepared = PreparedRender(request, folders, found.spec, source, found.options)
        return run_session(_RestitchSession(prepared, reporter, found), reporter)

    return report_errors(restitch, as_json=request.as_json, interrupted=tr("\nInterrupted. Nothing was stitched."))


async def _find_job(request: RestitchRequest, folders: AppFolders) -> JobStatus:
    async with open_queue_reader(folders) as reader:
        return await find_render(reader, request.job)


def _check_output(request: RestitchRequest, found: JobStatus) -> None:
    if request.output is None:
        return
    output = request.output.absolute()
    check_final_output(output, found.spec, found.summary.job_dir, found.summary.source)
    if output.exists() and output != found.summary.output and not request.overwrite:
        raise UserInputError(
            tr("{output} exists already.", output=output), tr("Add --overwrite to replace it, or choose another name.")
        )


class _RestitchSession(RenderSession):
    """Stitches the job that was found, and tells the reporter."""

    def __init__(self, prepared: PreparedRender, reporter: Reporter, found: JobStatus) -> None:
        super().__init__(prepared, reporter)
        self._found = found

    async def _find_last_render(self) -> JobStatus | None:
        return self._found

    async def _check_replacement(self, engine: Engine, found: JobStatus | None) -> None:
        replacements, job_id = engine.manager.replacements, self._found.summary.id
        if self._request.overwrite:
            await replacements.agree(job_id)
        elif self._request.output is None and (replaced := await replacements.of_job(job_id)) is not None:
            raise UserInputError(
                replacement_in_words(replaced), tr("Add --overwrite to replace it, or name another file with --output.")
            )

    def _resume_command(self, status: JobStatus) -> str:
        if status.summary.chunks_done == status.summary.chunks_total or status.summary.source is None:
            return super()._resume_command(status)
        return RenderRequest(job=status.summary.source).resume_command  # chunks that were changed are rendered first

    async def _job_to_render(self, engine: Engine, found: JobStatus | None) -> str:
        return self._found.summary.id

    async def _start_work(self, engine: Engine, status: JobStatus) -> None:
        output = None if self._request.output is None else self._request.output.absolute()
        await engine.manager.restitch(status.summary.id, reencode=bool(self._request.reencode), output=output)
