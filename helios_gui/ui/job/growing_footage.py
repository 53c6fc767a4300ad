"""What can be played of a job before it is done: the chunks that are completed."""

from __future__ import annotations

from collections.abc import Sequence

from helios_gui.types import ChunkState, ChunkStatus, JobState
from helios_gui.types.status import JobStatus
from helios_gui.ui.job.view import JobView
from helios_gui.ui.preview.footage import Footage, Segment


class GrowingFootage:
    """Shows the completed chunks of a job in the preview, and adds to them as more are done."""

    def __init__(self, view: JobView) -> None:
        self._view = view
        self._status: JobStatus | None = None
        self._firsts: dict[int, int] = {}
        self._footage: Footage | None = None

    def show(self, status: JobStatus) -> bool:
        """Show what is there of a job. Returns whether there is anything."""
        self._status = status
        self._firsts, first = {}, 0
        for chunk in status.spec.chunks:
            self._firsts[chunk.id] = first
            first += chunk.frame_count
        segments = self._segments(status.chunks)
        self._footage = Footage(first, status.spec.metadata.rate, segments) if segments else None
        if self._footage is not None:
            self._view.open_footage(self._footage, status.summary.output)
        return self._footage is not None

    def forget(self) -> None:
        """Follow no job: the finished video is on show, or nothing."""
        self._status = self._footage = None

    def update(self, chunks: Sequence[ChunkStatus]) -> None:
        """Take changes of chunks. One that is rendered again is let go of, with everything that is open."""
        status = self._status
        if status is None or status.summary.state is JobState.COMPLETED:
            return
        known = {chunk.id: chunk for chunk in status.chunks} | {chunk.id: chunk for chunk in chunks}
        self._status = JobStatus(status.summary, status.spec, status.options, tuple(known.values()))
        if self._footage is None:
            if self._segments(chunks):
                self.show(self._status)
        elif self._is_rendered_again(chunks):
            self._view.release_preview()
            if not self.show(self._status):
                self._view.clear_preview()
        elif self._footage.add(self._segments(chunks)):
            self._view.footage_grew()

    def _is_rendered_again(self, chunks: Sequence[ChunkStatus]) -> bool:
        assert self._footage is not None
        there = {segment.first for segment in self._footage.segments}
        return any(chunk.state is not ChunkState.COMPLETED and self._firsts[chunk.id] in there for chunk in chunks)

    def _segments(self, chunks: Sequence[ChunkStatus]) -> list[Segment]:
        status = self._status
        assert status is not None
        segments = []
        for chunk in chunks:
            if chunk.state is ChunkState.COMPLETED:
                spec = status.spec.chunk(chunk.id)
                path = status.summary.job_dir / spec.output_file
                numbers = None if spec.pattern is None else spec.frames
                segments.append(Segment(self._firsts[chunk.id], chunk.frame_count, path, numbers))
        return segments
