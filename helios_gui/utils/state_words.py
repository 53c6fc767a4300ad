"""The words for the states of chunks and attempts, the same in the window and in reports."""

from __future__ import annotations

from helios_gui.translation import mark, tr
from helios_gui.types import AttemptState, ChunkState

_CHUNKS = {
    ChunkState.PENDING: mark("waiting"),
    ChunkState.RUNNING: mark("running"),
    ChunkState.RETRYING: mark("retrying"),
    ChunkState.COMPLETED: mark("done"),
    ChunkState.FAILED: mark("failed"),
    ChunkState.CANCELLED: mark("cancelled"),
    ChunkState.UNKNOWN: mark("unknown"),
}
_ATTEMPTS = {
    AttemptState.RUNNING: mark("running"),
    AttemptState.SUCCEEDED: mark("done"),
    AttemptState.FAILED: mark("failed"),
    AttemptState.CANCELLED: mark("cancelled"),
    AttemptState.UNKNOWN: mark("unknown"),
}


def chunk_word(state: ChunkState) -> str:
    """Return the word for a chunk's state in the chosen language."""
    return tr(_CHUNKS[state])


def attempt_word(state: AttemptState) -> str:
    """Return the word for an attempt's state in the chosen language."""
    return tr(_ATTEMPTS[state])
