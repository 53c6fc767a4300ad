"""The names of states in the terminal; JSON has the states' own values."""

from __future__ import annotations

from helios_gui.translation import mark, tr
from helios_gui.types import JobState

_NAMES = {
    JobState.PENDING: mark("pending"),
    JobState.RUNNING: mark("running"),
    JobState.STITCHING: mark("stitching"),
    JobState.PAUSED: mark("paused"),
    JobState.INTERRUPTED: mark("interrupted"),
    JobState.COMPLETED: mark("completed"),
    JobState.FAILED: mark("failed"),
    JobState.CANCELLED: mark("cancelled"),
}


def job_state_name(state: JobState) -> str:
    """Return the name of a job's state in the chosen language."""
    return tr(_NAMES[state])
