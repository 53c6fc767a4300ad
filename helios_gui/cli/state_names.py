"""The names of states in the terminal; JSON has the states' own values."""

from __future__ import annotations

from helios_gui.translation import mark, tr
from helios_gui.types import JobState, JobSummary, Priority

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
PRIORITY_NAMES = {Priority.HIGH: mark("high"), Priority.NORMAL: mark("normal"), Priority.LOW: mark("low")}


def job_state_name(job: JobSummary) -> str:
    """Return the name of a job's state in the chosen language; a paused job is *finishing* while chunks run.

    One that has to wait by the rules of its profile is *waiting* when no chunk of it runs.
    """
    if job.waits_for is not None and not job.chunks_running:
        return tr("waiting")
    return tr("finishing") if job.is_finishing else tr(_NAMES[job.state])
