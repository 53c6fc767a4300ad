"""What the job on show may cost, before it runs."""

from __future__ import annotations

from helios_gui.engine import Engine
from helios_gui.profiles.models import CloudProfile, Profile
from helios_gui.types import HeliosError, JobState, JobSummary, NotFoundError


async def cost_in_words(engine: Engine, job: JobSummary) -> str:
    """What is left of the job may cost so much, in its own cloud, or in the one that Render to cloud would take.

    Empty for a job that runs or is done, where nothing costs, and where a figure for another cloud is not known.
    """
    profile = _profile(engine, job)
    if profile is None or job.state.is_active or job.state is JobState.COMPLETED:
        return ""
    try:
        estimate = await engine.estimate_cost(job.id, profile.name)
    except HeliosError:
        return ""  # a detail; whatever is wrong is said where it stands in the way
    if estimate.high == 0 or (estimate.high is None and profile.name != job.profile):
        return ""
    return str(estimate)


def _profile(engine: Engine, job: JobSummary) -> Profile | None:
    try:
        own = engine.profiles.get(job.profile)
    except NotFoundError:
        return None
    return own if isinstance(own, CloudProfile) else engine.profiles.cloud_default
