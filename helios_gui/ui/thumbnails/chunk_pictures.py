"""The pictures of chunks: the first frame of a finished one, the newest of one that writes frames."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtGui import QImage

from helios_gui.stitcher.workspace import WORK_FOLDER
from helios_gui.types import ChunkState, ChunkStatus, RenderChunk
from helios_gui.types.status import JobStatus
from helios_gui.ui.thumbnails.maker import ThumbnailMaker

_MOST_LAST = 256
"""Chunks whose picture of a moment ago is kept, for the time until the next one is there."""


class ChunkPictures(QObject):
    """Pictures of the chunks of the job on show."""

    made = Signal(int)
    """The id of a chunk whose picture is there now."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._status: JobStatus | None = None
        self._maker = ThumbnailMaker(self)
        self._last: dict[int, QImage] = {}
        self._maker.made.connect(lambda key: self.made.emit(key[0]))

    def show(self, status: JobStatus | None) -> None:
        """Take another job; ``None``: none."""
        self._status = status
        self._last.clear()
        self._maker.clear()

    def close(self) -> None:
        """Read nothing more."""
        self._status = None
        self._maker.close()

    def picture(self, chunk: ChunkStatus, largest: QSize) -> QImage | None:
        """Return the picture of a chunk; ``None`` while there is none. Asked when it is painted, it comes soon after.

        Args:
            chunk: The chunk as it is now.
            largest: The size in device pixels that the picture is not larger than.
        """
        status = self._status
        if status is None or not 0 <= chunk.index < len(status.spec.chunks):
            return None
        spec = status.spec.chunks[chunk.index]
        running = chunk.state is ChunkState.RUNNING and spec.pattern is not None and chunk.frames_done > 0
        if chunk.state is not ChunkState.COMPLETED and not running:
            self._last.pop(chunk.id, None)
            return None
        version = chunk.frames_done if running else chunk.finished_at
        key = (chunk.id, running, version, largest.width(), largest.height())
        folder, job_id = status.summary.job_dir, status.summary.id
        found = self._maker.get(key, partial(_read, spec, folder, job_id if running else "", largest))
        if found is None or (running and found.isNull()):
            return self._last.get(chunk.id)  # the one of a moment ago, rather than none
        self._last[chunk.id] = found
        while len(self._last) > _MOST_LAST:
            del self._last[next(iter(self._last))]
        return None if found.isNull() else found


def newest_frame(chunk: RenderChunk, job_dir: Path, job_id: str) -> Path | None:
    """Return the file of the frame that an attempt at a chunk has written last, in its own folder. Blocking."""
    pattern, numbers = chunk.pattern, chunk.frames
    if pattern is None:
        return None
    found: list[tuple[float, Path]] = []
    try:
        for folder in (job_dir / WORK_FOLDER / job_id).glob("workdir-*"):
            for file in folder.iterdir():
                number = pattern.frame_in(file.name)
                if number is not None and number in numbers:
                    found.append((file.stat().st_mtime, file))
    except OSError:  # a frame was just put in its place
        pass
    found.sort()
    return found[-2 if len(found) > 1 else -1][1] if found else None  # the last one may not be whole yet


def _read(chunk: RenderChunk, job_dir: Path, job_id: str, largest: QSize) -> QImage:
    from helios_gui.ui.thumbnails.first_picture import first_picture

    if job_id:
        newest = newest_frame(chunk, job_dir, job_id)
        return QImage() if newest is None else first_picture(newest, largest)
    path = job_dir / chunk.output_file
    if chunk.pattern is not None:
        path = path.with_name(chunk.pattern.name_of(chunk.start_frame))
    return first_picture(path, largest)
