"""The state machine: which chunk may go where, and what a job's chunks make of the job."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from helios_gui.types import ChunkState, JobState

_C = ChunkState

# A chunk may go from the key to any of the values. Whatever is at rest may be asked to render again (PENDING).
CHUNK_TRANSITIONS: Mapping[ChunkState, frozenset[ChunkState]] = {
    _C.PENDING: frozenset({_C.RUNNING, _C.COMPLETED, _C.FAILED, _C.CANCELLED}),
    _C.RUNNING: frozenset({_C.COMPLETED, _C.RETRYING, _C.FAILED, _C.CANCELLED, _C.UNKNOWN, _C.PENDING}),
    _C.RETRYING: frozenset({_C.RUNNING, _C.FAILED, _C.CANCELLED, _C.PENDING, _C.COMPLETED}),
    _C.UNKNOWN: frozenset({_C.RUNNING, _C.COMPLETED, _C.RETRYING, _C.FAILED, _C.CANCELLED, _C.PENDING}),
    _C.COMPLETED: frozenset({_C.PENDING}),
    _C.FAILED: frozenset({_C.PENDING}),
    _C.CANCELLED: frozenset({_C.PENDING, _C.COMPLETED}),
}


class JobIntent(StrEnum):
    """What people want of a job; ``INTERRUPT`` is what a crash or a closing app did to it."""

    HOLD = "hold"
    RUN = "run"
    PAUSE = "pause"
    CANCEL = "cancel"
    INTERRUPT = "interrupt"


class JobPhase(StrEnum):
    """What the engine is doing with a job."""

    WAITING = "waiting"
    EXECUTING = "executing"
    STITCHING = "stitching"
    ENDED = "ended"


_AT_REST: Mapping[JobIntent, JobState] = {
    JobIntent.PAUSE: JobState.PAUSED,
    JobIntent.CANCEL: JobState.CANCELLED,
    JobIntent.INTERRUPT: JobState.INTERRUPTED,
}
_INTENT_BEHIND = {state: intent for intent, state in _AT_REST.items()}


def intent_behind(state: JobState) -> JobIntent:
    """Return the intent of a job that the journal shows in this state; a job that was queued is held."""
    return _INTENT_BEHIND.get(state, JobIntent.HOLD)


def roll_up(
    intent: JobIntent,
    phase: JobPhase,
    counts: Mapping[ChunkState, int],
    *,
    delivered: bool,
    problem: bool = False,
) -> JobState:
    """Return a job's state. Nothing else computes it.

    The first rule that matches wins:

    1. the stitcher works: *stitching*
    2. chunks are being worked on: *paused* when asked to pause (the last ones finish), else *running*
    3. everything asked for was delivered: *completed*
    4. somebody paused or cancelled it, or the app ended under it: *paused*, *cancelled*, *interrupted*
    5. its turn is over and a chunk failed, or something else did (``problem``): *failed*
    6. otherwise there is still something to do: *pending*
    """
    if phase is JobPhase.STITCHING:
        return JobState.STITCHING
    if phase is JobPhase.EXECUTING:
        return JobState.PAUSED if intent is JobIntent.PAUSE else JobState.RUNNING
    if delivered and phase is JobPhase.ENDED:
        return JobState.COMPLETED
    if intent in _AT_REST:
        return _AT_REST[intent]
    if phase is JobPhase.ENDED and (problem or counts.get(ChunkState.FAILED, 0)):
        return JobState.FAILED
    return JobState.PENDING
