"""The jobs of a table's rows, made while the sheet shows a still of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from shiboken6 import isValid

from helios_gui.sources.batch import BatchJob, make_batch
from helios_gui.sources.rows import Row
from helios_gui.sources.source import AnyKind, JobRequest
from helios_gui.types import HeliosError
from helios_gui.ui.new_render.stills import read_picture


class BatchRun(QObject):
    """Makes the jobs; ``made`` carries the number of each row, with its still.

    Args:
        kind: The source's kind.
        folder: For the pictures.
        start: Starts a task that the sheet owns.
        parent: The sheet.
    """

    made = Signal(int, QImage)

    def __init__(
        self,
        kind: AnyKind,
        folder: Path,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._kind = kind
        self._folder = folder / "rows"
        self._start = start

    async def make(self, request: JobRequest, rows: Sequence[Row]) -> list[BatchJob]:
        """Render the still of each row and write its job file.

        Args:
            request: What is wanted of all rows.
            rows: The rows.

        Raises:
            HeliosError: A row cannot be rendered; the message names it, and no file was written.
        """
        return await make_batch(
            self._kind, request, rows, self._folder, lambda line: None, self._show_later, numbered=True
        )

    def _show_later(self, job: BatchJob) -> None:
        self._start(self._show(job))

    async def _show(self, job: BatchJob) -> None:
        try:
            image: QImage = await asyncio.to_thread(read_picture, job.still)
        except HeliosError:
            return
        if isValid(self):
            self.made.emit(job.row.number, image)
