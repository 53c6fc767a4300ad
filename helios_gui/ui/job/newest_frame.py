"""Shows the newest frame of a running chunk while nothing of the job can be played yet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize

from helios_gui.translation import tr
from helios_gui.types import ChunkState, ChunkStatus
from helios_gui.ui.job.view import JobView

_LARGEST = QSize(1280, 720)


class NewestFrameFollower:
    """Follows the running chunk that has written most: its frames are files, which are there before the chunk is."""

    def __init__(self, view: JobView) -> None:
        self._view = view
        self._chunk: ChunkStatus | None = None
        view.pictures.made.connect(self._update)

    def forget(self) -> None:
        """Follow no chunk: another job is on show."""
        self._chunk = None

    def update(self, chunks: Sequence[ChunkStatus]) -> None:
        """Take changes of chunks."""
        if not self._view.awaits_preview:
            self._chunk = None
            return
        running = [chunk for chunk in chunks if chunk.state is ChunkState.RUNNING and chunk.frames_done]
        if running:
            self._chunk = max(running, key=lambda chunk: chunk.frames_done)
            self._update(self._chunk.id)

    def _update(self, chunk_id: int) -> None:
        chunk = self._chunk
        if chunk is None or chunk.id != chunk_id or not self._view.awaits_preview:
            return
        picture = self._view.pictures.picture(chunk, _LARGEST)
        if picture is not None:
            self._view.show_newest_frame(picture, tr("The newest frame, of chunk {chunk}", chunk=chunk.id))
