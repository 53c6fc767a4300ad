"""A chunk in memory while the engine works with its job."""

from __future__ import annotations

import time

from helios_gui.orchestrator.states import CHUNK_TRANSITIONS
from helios_gui.translation import tr
from helios_gui.types import ChunkState, ChunkStatus, HeliosError, MadeFile, RenderChunk


class IllegalTransitionError(HeliosError):
    """The engine tried a chunk transition that the state machine does not have: a defect of the engine."""


class LiveChunk:
    """The state of a chunk; ``spec`` is what the job file says about it.

    Only the chunk's ``LiveJob`` calls the methods that change it, because the job counts what its chunks do.
    """

    __slots__ = (
        "_attempts",
        "_finished_at",
        "_frames_done",
        "_made",
        "_reason",
        "_snapshot",
        "_started_at",
        "_state",
        "index",
        "spec",
    )

    def __init__(self, spec: RenderChunk, index: int) -> None:
        self.spec = spec
        self.index = index
        self._state = ChunkState.PENDING
        self._reason = ""
        self._frames_done = 0
        self._attempts = 0
        self._made: MadeFile | None = None
        self._started_at: float | None = None
        self._finished_at: float | None = None
        self._snapshot: ChunkStatus | None = None
        """What ``status`` returned last; ``None`` after a change: of 100,000 chunks most are as they were."""

    @property
    def state(self) -> ChunkState:
        """The chunk's state."""
        return self._state

    @property
    def reason(self) -> str:
        """Why the chunk is in its state, as a sentence for a person; may be empty."""
        return self._reason

    @property
    def attempts(self) -> int:
        """How many attempts were started so far."""
        return self._attempts

    @property
    def started_at(self) -> float | None:
        """When the last attempt was started (seconds since the epoch)."""
        return self._started_at

    @property
    def frames_done(self) -> int:
        """How many frames the running attempt has rendered."""
        return self._frames_done

    @property
    def made(self) -> MadeFile | None:
        """What was recorded of the output when it was made; ``None`` if nothing was."""
        return self._made

    @property
    def counted_frames(self) -> int:
        """How many frames count as done towards the job."""
        return self.spec.frame_count if self._state is ChunkState.COMPLETED else self._frames_done

    def load(self, status: ChunkStatus) -> None:
        """Take over the state that the journal has."""
        self._state, self._reason, self._attempts = status.state, status.reason, status.attempts
        self._started_at, self._finished_at, self._frames_done = status.started_at, status.finished_at, 0
        self._made = status.made
        self._snapshot = status if status.frames_done == self.counted_frames else None

    def move(self, state: ChunkState, reason: str) -> None:
        """Change the state.

        Raises:
            IllegalTransitionError: The state machine does not have this transition.
        """
        self._snapshot = None
        if state not in CHUNK_TRANSITIONS[self._state]:
            raise IllegalTransitionError(
                tr("chunk {id} cannot go from {state} to {target}", id=self.spec.id, state=self._state, target=state)
            )
        self._state, self._reason = state, reason
        now = time.time()
        if state is ChunkState.RUNNING:
            self._attempts += 1
            self._started_at, self._finished_at, self._frames_done = now, None, 0
            self._made = None
            return
        if state is not ChunkState.PENDING and self._started_at is not None and self._finished_at is None:
            self._finished_at = now
        if state is not ChunkState.UNKNOWN:
            self._frames_done = 0

    def set_made(self, made: MadeFile | None) -> None:
        """Set what is recorded of the output."""
        self._made, self._snapshot = made, None

    def set_progress(self, frames_done: int) -> None:
        """Set how many frames the running attempt has rendered."""
        self._frames_done, self._snapshot = frames_done, None

    def set_reason(self, reason: str) -> None:
        """Say what is remarkable about the running attempt."""
        self._reason, self._snapshot = reason, None

    def status(self) -> ChunkStatus:
        """Return a snapshot of the chunk."""
        if self._snapshot is None:
            self._snapshot = self._make_snapshot()
        return self._snapshot

    def _make_snapshot(self) -> ChunkStatus:
        return ChunkStatus(
            id=self.spec.id,
            index=self.index,
            start_frame=self.spec.start_frame,
            frame_count=self.spec.frame_count,
            state=self._state,
            reason=self._reason,
            frames_done=self.counted_frames,
            attempts=self._attempts,
            started_at=self._started_at,
            finished_at=self._finished_at,
            made=self._made,
            frame_step=self.spec.frame_step,
        )
