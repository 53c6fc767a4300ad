"""What can be played of a job before it is done: the chunks that are completed."""

from __future__ import annotations

from collections.abc import Sequence

from helios_gui.types import ChunkState, ChunkStatus
from helios_gui.types.status import JobStatus
from helios_gui.ui.job.view import JobView
from helios_gui.ui.preview.footage import Footage
from helios_gui.ui.seams.seams import Seams


class GrowingFootage:
    """Shows the completed chunks of a job in the preview, and adds to them as more are done."""

    def __init__(self, view: JobView) -> None:
        self._view = view
        self._status: JobStatus | None = None
        self._footage: Footage | None = None
        self._seams: Seams | None = None

    def show(self, status: JobStatus) -> bool:
        """Show what is there of a job. Returns whether there is anything."""
        self._status = status
        self._footage = Footage(status.spec.chunks, status.spec.metadata.rate, status.summary.job_dir)
        self._footage.add(_completed(status.chunks))
        self._seams = None
        return self._open()

    def forget(self) -> None:
        """Follow no job: the finished video is on show, or nothing."""
        self._status = self._footage = None

    def update(self, chunks: Sequence[ChunkStatus]) -> None:
        """Take changes of chunks. One that is rendered again is let go of, with everything that is open."""
        footage = self._footage
        if footage is None:
            return
        again = [
            chunk.index for chunk in chunks if chunk.state is not ChunkState.COMPLETED and footage.has(chunk.index)
        ]
        was_empty = footage.is_empty
        if again:
            self._view.release_preview()  # before a thread looks for what is not there
            footage.remove(again)
        grew = footage.add(_completed(chunks))
        if again or (grew and was_empty):
            if not self._open():
                self._view.clear_preview()
        elif grew:
            self._view.footage_grew()

    def _open(self) -> bool:
        assert self._status is not None
        assert self._footage is not None
        if self._footage.is_empty:
            return False
        if self._seams is None:
            self._seams = Seams(self._status.spec.chunks)
        self._view.open_footage(self._footage, self._status.summary.output, self._seams)
        return True


def _completed(chunks: Sequence[ChunkStatus]) -> list[int]:
    return [chunk.index for chunk in chunks if chunk.state is ChunkState.COMPLETED]
