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
from helios_gui.sources.registry import is_source
from helios_gui.translation import tr
from helios_gui.types import HeliosError, JobExecutionOptions, JobSpec, JobStatus
from helios_gui.ui.bridge import EngineBridge
from helios_gui.ui.job_commands import JobCommands
from helios_gui.ui.widgets.notice_bar import NoticeBoard

if TYPE_CHECKING:
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
        sources = await asyncio.to_thread(lambda: [path for path in paths if is_source(path)])
        others = [path for path in paths if path not in sources]
        files = await asyncio.to_thread(find_job_files, others)
        if others and not files:
            places = ", ".join(str(path) for path in others)
            self._notices.show_info(
                tr("No job files found in {places}", places=places),
                tr("Job files are named *.helios.json, *.heliosjob or job.json."),
            )
        for file in (*files, *sources):
            try:
                job_file = await self._source_reader().make_job(file) if file in sources else file
                if job_file is not None:
                    job_ids.append(await self._add_file(job_file))
            except HeliosError as error:
                self._notices.show_error(error)

    def _source_reader(self) -> SourceReader:
        if self._sources is None:
            from helios_gui.ui.submit.source_reader import SourceReader  # what talks to a browser takes time to load

            self._sources = SourceReader(self._notices, self)
        return self._sources

    async def _add_file(self, file: Path) -> str:
        source = Path(await asyncio.to_thread(os.path.realpath, file))
        # Outputs outside the job's folder are for the trust sheet to name before they are written.
        spec = await asyncio.to_thread(load_job, source, outside_outputs=True)
        known = await self._find_same_job(source, spec)
        if known is None:
            return await self._submit(source, spec)
        if known.summary.state.is_finished:
            self._offer_rerender(known)
        return known.summary.id

    async def _submit(self, source: Path, spec: JobSpec) -> str:
        options = JobExecutionOptions(profile=self._engine.profiles.default_name, job_dir=source.parent, source=source)
        return await self._engine.manager.submit_job(spec, options, start=False)

    async def _find_same_job(self, source: Path, spec: JobSpec) -> JobStatus | None:
        """Return the job that came from the same file with the same content; an edited file is a new job."""
        manager = self._engine.manager
        for job in reversed(manager.list_jobs()):
            if job.source == source:
                status = await manager.get_job(job.id)
                if status is not None and status.spec == spec:
                    return status
        return None

    def _offer_rerender(self, status: JobStatus) -> None:
        title = tr("“{name}” is already in the queue, and finished", name=status.summary.name)
        notice = self._notices.show_info(title)
        again = self._commands.render_again
        notice.add_action(tr("Render again"), lambda: self._bridge.run(again(status, ask=False)))
