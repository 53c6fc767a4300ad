"""From a source to a job in the queue, through the sheet for a new render."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from helios_gui.adapters.local.profile import usable_processors
from helios_gui.engine import Engine
from helios_gui.sources.command import CommandRequest, command_of
from helios_gui.sources.origin import origin_of
from helios_gui.sources.planned_job import save_planned_job
from helios_gui.sources.registry import find_kind
from helios_gui.sources.source import AnyKind, JobRequest
from helios_gui.types import JobExecutionOptions, JobStatus
from helios_gui.ui.bridge import RunTask
from helios_gui.ui.new_render.answer import NewRenderResult, Source
from helios_gui.ui.new_render.command_sheet import CommandSheet
from helios_gui.ui.new_render.sheet import NewRenderSheet
from helios_gui.ui.submit.source_reader import SourceReader
from helios_gui.ui.widgets.confirm import result_of
from helios_gui.utils.folders import home_folder
from helios_gui.utils.temporary_folders import temporary_folder


class NewRender(QObject):
    """Opens the sheet for one source after the other.

    Args:
        engine: For profiles, and what they take.
        reader: Reads sources.
        run: Owns the sheets' tasks.
        window: The sheets lie over it, and it owns this.
    """

    def __init__(self, engine: Engine, reader: SourceReader, run: RunTask, window: QWidget) -> None:
        super().__init__(window)
        self._engine = engine
        self._reader = reader
        self._run = run
        self._window = window
        self._turn = asyncio.Lock()

    async def open_sheet(self, path: Path, table: Path | None = None) -> NewRenderResult | None:
        """Read a source and ask what is wanted of it; its job file is written then. ``None`` where nothing is.

        Args:
            path: The source.
            table: A table with a row for each video that is made of it.

        Raises:
            HeliosError: The source cannot be read, or the job file cannot be written.
        """
        kind = find_kind(path)
        request = kind.request_type(source=path, processors=usable_processors())
        return await self._open_sheet(kind, request, table=table)

    async def open_command_sheet(self) -> NewRenderResult | None:
        """Ask for a command to be rendered; its job file is written then. ``None`` where nothing is.

        Raises:
            HeliosError: The job file cannot be written.
        """
        return await self._ask_command(CommandRequest(), home_folder())

    async def change(self, status: JobStatus) -> NewRenderResult | None:
        """Ask again what is wanted of the source of a job that is in the queue. ``None`` where nothing is to change.

        Raises:
            HeliosError: The source cannot be read, or the job file cannot be written.
            LookupError: The job was not made of a source, or that is gone.
        """
        file = status.summary.source
        origin = await asyncio.to_thread(origin_of, status.spec, file) if file is not None else None
        if origin is None:
            request = command_of(status.spec)
            if request is None or file is None:
                raise LookupError(status.summary.name)
            return await self._ask_command(request, status.summary.job_dir, file, status.options)
        kind, wanted = origin
        wanted = replace(wanted, processors=usable_processors(), profile=status.summary.profile)
        return await self._open_sheet(kind, wanted, status.options)

    async def _ask_command(
        self,
        request: CommandRequest,
        folder: Path,
        own: Path | None = None,
        options: JobExecutionOptions | None = None,
    ) -> NewRenderResult | None:
        async with self._turn:
            profile = options.profile if options is not None else ""
            sheet = CommandSheet(self._engine, request, folder, self._run, self._window, own=own, profile=profile)
            await result_of(sheet)
            answer = sheet.answer
        if answer is None:
            return None
        await asyncio.to_thread(save_planned_job, answer.job)
        return answer if options is None else answer.changing(options)

    async def _open_sheet(
        self,
        kind: AnyKind,
        request: JobRequest,
        options: JobExecutionOptions | None = None,
        table: Path | None = None,
    ) -> NewRenderResult | None:
        facts = await self._reader.read(kind, request)
        async with self._turn, _temporary_folder() as folder:
            source = Source(kind, request, facts, options)
            sheet = NewRenderSheet(self._engine, source, folder, self._run, self._window)
            if table is not None:
                sheet.rows.load(table)
            try:
                await result_of(sheet)
                answer = sheet.answer
            finally:
                await sheet.ended()
        if answer is not None and not answer.batch:
            await asyncio.to_thread(save_planned_job, answer.job)
        return answer


@asynccontextmanager
async def _temporary_folder() -> AsyncIterator[Path]:
    kept = ExitStack()
    folder = await asyncio.to_thread(kept.enter_context, temporary_folder("stills"))
    try:
        yield folder
    finally:
        await asyncio.to_thread(kept.close)
