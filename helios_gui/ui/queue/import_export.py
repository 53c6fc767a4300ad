"""Exporting jobs of the queue to a file, and importing them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from helios_gui import product
from helios_gui.engine import Engine
from helios_gui.orchestrator.queue_file import StoredQueueJob, read_queue, write_queue
from helios_gui.translation import tr, tr_count
from helios_gui.types import HeliosError, JobStatus, NotFoundError
from helios_gui.ui.bridge import EngineBridge
from helios_gui.ui.qt_runtime.deletion import delete_on_close
from helios_gui.ui.queue.panel import QueuePanel
from helios_gui.ui.widgets.notice_bar import NoticeBoard


class QueueImportExport(QObject):
    """Asks for files, and writes or reads them; a ``HeliosError`` becomes a notice."""

    def __init__(
        self, engine: Engine, bridge: EngineBridge, notices: NoticeBoard, panel: QueuePanel, window: QWidget
    ) -> None:
        super().__init__(window)
        self._engine = engine
        self._bridge = bridge
        self._notices = notices
        self._panel = panel
        self._window = window

    def ask_where_to_export(self) -> None:
        """Ask for a file, and export the selected jobs to it, or all if less than two are selected."""
        selected = self._panel.selected_jobs()
        jobs = selected if len(selected) > 1 else self._panel.model.jobs()
        title = tr_count("Export {number} job", "Export {number} jobs", len(jobs))
        dialog = self._dialog(title)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(tr("queue") + product.QUEUE_SUFFIX)
        ids = [job.id for job in jobs]
        dialog.fileSelected.connect(lambda name: self._bridge.run(self.export(Path(name), ids)))
        dialog.open()

    def ask_what_to_import(self) -> None:
        """Ask for a file, and add its jobs."""
        dialog = self._dialog(tr("Import queue"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self._bridge.run(self.import_jobs(Path(name))))
        dialog.open()

    async def export(self, path: Path, job_ids: Sequence[str]) -> None:
        """Write these jobs, in queue order, to a file."""
        manager, wanted = self._engine.manager, set(job_ids)
        ordered = [job.id for job in manager.list_jobs() if job.id in wanted]
        jobs: list[JobStatus] = [status for job_id in ordered if (status := await manager.get_job(job_id)) is not None]
        try:
            await asyncio.to_thread(write_queue, path, jobs)
        except HeliosError as error:
            self._notices.show_error(error)
        else:
            title = tr_count("{number} job was exported", "{number} jobs were exported", len(jobs))
            self._notices.show_info(title, str(path))

    async def import_jobs(self, path: Path) -> None:
        """Add the jobs of a file to the queue, held, and select them."""
        try:
            stored = await asyncio.to_thread(read_queue, path)
        except HeliosError as error:
            self._notices.show_error(error)
            return
        added: dict[str, str] = {}
        missing: set[str] = set()
        for job in stored:
            try:
                added[job.key] = await self._add(job, missing)
            except HeliosError as error:
                self._notices.show_error(error)
        await self._set_order(stored, added)
        self._bridge.flush()
        if added:
            self._panel.select_all(list(added.values()))
            self._panel.view.setFocus()
        if missing:
            self._notices.show_info(
                tr("Profiles of the imported jobs are missing here: {names}", names=", ".join(sorted(missing))),
                tr("These jobs are rendered with “{name}”.", name=self._engine.profiles.default_name),
            )

    async def _add(self, job: StoredQueueJob, missing: set[str]) -> str:
        options = job.options
        try:
            self._engine.profiles.get(options.profile)
        except NotFoundError:
            missing.add(options.profile)
            options = options.model_copy(update={"profile": self._engine.profiles.default_name})
        standing = options.standing.model_copy(update={"after": ()})  # until the jobs that it names are there
        options = options.model_copy(update={"standing": standing})
        return await self._engine.manager.submit_job(job.spec, options, start=False)

    async def _set_order(self, stored: Sequence[StoredQueueJob], added: dict[str, str]) -> None:
        """Have imported jobs start after those that they start after in the file."""
        for job in stored:
            others = [added[other] for other in job.options.standing.after if other in added]
            if others and job.key in added:
                try:
                    await self._engine.manager.standings.set_after(added[job.key], others)
                except HeliosError as error:
                    self._notices.show_error(error)

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        dialog.setNameFilters([tr("Queues (*{suffix})", suffix=product.QUEUE_SUFFIX), tr("All files (*)")])
        delete_on_close(dialog)
        return dialog
