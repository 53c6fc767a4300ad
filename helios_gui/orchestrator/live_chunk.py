"""A chunk in memory while the engine works with its job."""

from __future__ import annotations

from helios_gui.types import ChunkState, ChunkStatus, RenderChunk


class LiveChunk:
    """The changing half of a chunk; ``spec`` is what the job file says of it. Only its ``LiveJob`` changes it."""

    __slots__ = ("attempts", "finished_at", "frames_done", "index", "reason", "spec", "started_at", "state")

    def __init__(self, spec: RenderChunk, index: int) -> None:
        self.spec = spec
        self.index = index
        self.state = ChunkState.PENDING
        self.reason = ""
        self.frames_done = 0
        self.attempts = 0
        self.started_at: float | None = None
        self.finished_at: float | None = None

    @property
    def counted_frames(self) -> int:
        """Frames that count as done towards the job."""
        return self.spec.frame_count if self.state is ChunkState.COMPLETED else self.frames_done

    def restore(self, status: ChunkStatus) -> None:
        """Take over what the journal says."""
        self.state, self.reason, self.attempts = status.state, status.reason, status.attempts
        self.started_at, self.finished_at, self.frames_done = status.started_at, status.finished_at, 0

    def status(self) -> ChunkStatus:
        """The chunk now, as others see it."""
        return ChunkStatus(
            id=self.spec.id,
            index=self.index,
            start_frame=self.spec.start_frame,
            frame_count=self.spec.frame_count,
            state=self.state,
            reason=self.reason,
            frames_done=self.counted_frames,
            attempts=self.attempts,
            started_at=self.started_at,
            finished_at=self.finished_at,
        )
