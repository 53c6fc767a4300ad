"""From dropped files to jobs in the queue."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from helios_gui.engine import Engine
from helios_gui.jobfile.job_files import find_job_files, load_job
from helios_gui.media.numbered_pictures import one_of_each
from helios_gui.sources.batch import has_props
from helios_gui.sources.registry import find_kind, is_backup, is_source, no_source
from helios_gui.sources.rows import is_table
from helios_gui.translation import tr, tr_count
from helios_gui.types import HeliosError, JobExecutionOptions, JobSpec, JobStatus
from helios_gui.ui.bridge import EngineBridge
from helios_gui.ui.job_commands import JobCommands
from helios_gui.ui.widgets.notice_bar import NoticeBoard

if TYPE_CHECKING:
    from helios_gui.ui.new_render.answer import NewRenderResult
    from helios_gui.ui.new_render.opener import NewRender
    from helios_gui.ui.submit.source_reader import SourceReader


class JobAdder(QObject):
    """Reads job files and sources off the window's thread and submits them, held.

    ``started`` tells that files are being read, ``added`` which jobs came of them (a list of ids, empty if none did).
    """

    started = Signal()
    added = Signal(list)

    def __init__(self, engine: Engine, bridge: EngineBridge, commands: JobCommands, notices: NoticeBoard) -> None:
        super().__init__(commands)
        self._engine = engine
        self._bridge = bridge
        self._commands = commands
        self._notices = notices
        self._sources: SourceReader | None = None
        self._renders: NewRender | None = None

    def add(self, paths: Sequence[Path]) -> None:
        """Add job files, those in folders, and those made of sources; each bad one becomes a notice."""
        if paths:  # another start of the app may bring none
            self.started.emit()
            self._bridge.run(self._add(paths))

    async def _add(self, paths: Sequence[Path]) -> None:
        job_ids: list[str] = []
        try:
            await self._add_files(paths, job_ids)
        finally:
            self.added.emit(job_ids)

    async def _add_files(self, paths: Sequence[Path], job_ids: list[str]) -> None:
        paths = one_of_each(paths)  # all frames of a sequence may have been dropped, which are one job
        of_source = await asyncio.to_thread(lambda: {path: is_source(path) for path in paths})
        sources = [path for path in paths if of_source[path]]
        others = [path for path in paths if not of_source[path]]
        files = await asyncio.to_thread(find_job_files, others)
        if others and not files:
            places = ", ".join(str(path) for path in others)
            self._notices.show_info(
                tr("No job files found in {places}", places=places),
                tr("Job files are named *.helios.json, *.heliosjob or job.json."),
            )
        if len(paths) == len(sources) == 1:
            await self._open_sheet(sources[0], job_ids)
            return
        if len(sources) == 1 and len(others) == 1 and await asyncio.to_thread(_is_batch, sources[0], others[0]):
            await self._open_sheet(sources[0], job_ids, others[0])
            return
        if sources:
            self._notices.show_info(
                tr_count("{number} source is added as it is", "{number} sources are added as they are", len(sources)),
                tr("Drop a single one to choose its format, its frames and where it is rendered."),
            )
        for file in (*files, *sources):
            try:
                if is_backup(file):
                    raise no_source(file)
                job_file = await self._source_reader().make_job(file) if of_source.get(file) else file
                if job_file is not None:
                    job_ids.append(await self._add_file(job_file))
            except HeliosError as error:
                self._notices.show_error(error)

    async def _open_sheet(self, source: Path, job_ids: list[str], table: Path | None = None) -> None:
        """Open the sheet for a new render, and do what comes of it."""
        try:
            answer = await self._new_render().open_sheet(source, table)
            if answer is not None:
                await self._add_planned(answer, job_ids)
        except HeliosError as error:
            self._notices.show_error(error)

    def add_command(self) -> None:
        """Open the sheet for a render of any command, and do what comes of it."""
        self._bridge.run(self._ask_command())

    async def _ask_command(self) -> None:
        job_ids: list[str] = []
        self.started.emit()
        try:
            answer = await self._new_render().open_command_sheet()
            if answer is not None:
                await self._add_planned(answer, job_ids)
        except HeliosError as error:
            self._notices.show_error(error)
        finally:
            self.added.emit(job_ids)

    async def _add_planned(self, answer: NewRenderResult, job_ids: list[str]) -> None:
        standings = self._engine.manager.standings
        group = standings.free_group_name(answer.group) if answer.group else ""
        for job in answer.jobs:
            job_id = await self._add_file(job.path, answer)
            job_ids.append(job_id)
            await self._commands.agree(job_id, answer.profile)
            if group:
                await standings.set_group(job_id, group)
        if answer.renders:
            for job_id in job_ids:
                await self._commands.render(job_id, answer.profile)

    async def change(self, status: JobStatus) -> None:
        """Open the sheet for a job that waits in the queue; what comes of it takes the job's place."""
        job_ids: list[str] = []
        self.started.emit()
        try:
            await self._change(status, job_ids)
        except HeliosError as error:
            self._notices.show_error(error)
        finally:
            self.added.emit(job_ids)

    async def _change(self, status: JobStatus, job_ids: list[str]) -> None:
        try:
            answer = await self._new_render().change(status)
        except LookupError:
            self._notices.show_info(
                tr("“{name}” was not made of a source", name=status.summary.name),
                tr("Change its job file, and add it again."),
            )
            return
        if answer is None:
            return
        manager = self._engine.manager
        await self._add_planned(answer, job_ids)
        if job_ids[0] != status.summary.id:
            for former in manager.find_jobs([status.summary.id]):
                await manager.move_job(job_ids[0], former.position)
            await manager.delete_job(status.summary.id)

    def _new_render(self) -> NewRender:
        if self._renders is None:
            from helios_gui.ui.new_render.opener import NewRender

            self._renders = NewRender(self._engine, self._source_reader(), self._bridge.run, self._notices.window())
        return self._renders

    def _source_reader(self) -> SourceReader:
        if self._sources is None:
            from helios_gui.ui.submit.source_reader import SourceReader  # what talks to a browser takes time to load

            self._sources = SourceReader(self._notices, self)
        return self._sources

    async def _add_file(self, file: Path, answer: NewRenderResult | None = None) -> str:
        source = Path(await asyncio.to_thread(os.path.realpath, file))
        # Outputs outside the job's folder are for the trust sheet to name before they are written.
        spec = await asyncio.to_thread(load_job, source, outside_outputs=True)
        known = await self._find_same_job(source, spec)
        if known is None:
            return await self._submit(source, spec, answer)
        if answer is not None and not known.summary.state.is_active:
            await self._engine.manager.options.set_profile(known.summary.id, answer.profile)
            await self._engine.manager.options.set_choices(known.summary.id, **answer.choices)
        if known.summary.state.is_finished and (answer is None or not answer.renders):
            self._offer_rerender(known)
        return known.summary.id

    async def _submit(self, source: Path, spec: JobSpec, answer: NewRenderResult | None) -> str:
        options = JobExecutionOptions(profile=self._engine.profiles.default_name, job_dir=source.parent, source=source)
        if answer is not None:
            if answer.options is not None:  # what the sheet does not ask for stays as it was
                kept = {"job_dir": source.parent, "source": source, "output": None, "chunk_ids": None}
                options = answer.options.model_copy(update=kept)
            options = options.model_copy(update={"profile": answer.profile, **answer.choices})
        return await self._engine.manager.submit_job(spec, options, start=False)

    async def _find_same_job(self, source: Path, spec: JobSpec) -> JobStatus | None:
        """Return the job that came from the same file with the same content; an edited file is a new job."""
        manager = self._engine.manager
        for job in reversed(manager.find_jobs_where(lambda job: job.source == source)):
            status = await manager.get_job(job.id)
            if status is not None and status.spec == spec:
                return status
        return None

    def _offer_rerender(self, status: JobStatus) -> None:
        title = tr("“{name}” is already in the queue, and finished", name=status.summary.name)
        notice = self._notices.show_info(title)
        again = self._commands.render_again
        notice.add_action(tr("Render again"), lambda: self._bridge.run(again(status, ask=False)))


def _is_batch(source: Path, other: Path) -> bool:
    """Return whether two files that came together are a source and a table with a row for each video of it."""
    return has_props(find_kind(source)) and is_table(other)
