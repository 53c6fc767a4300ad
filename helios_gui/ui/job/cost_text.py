"""What rendering a job in the cloud may cost, in words, and what an attempt cost."""

from __future__ import annotations

from collections.abc import Collection

from helios_gui.adapters.base_profile import Profile
from helios_gui.engine import Engine
from helios_gui.types import HeliosError, JobState, JobSummary, NotFoundError


async def cost_text(engine: Engine, job: JobSummary, profile: str, chunk_ids: Collection[int] | None = None) -> str:
    """Return what rendering through a profile may cost, and what that figure is based on.

    Args:
        engine: The engine that has the job.
        job: The job to render.
        profile: The name of the profile to render through.
        chunk_ids: The chunks to render; ``None`` for all that are not finished.

    Returns:
        The estimate, or why there is none; empty for a profile that is not a cloud profile.
    """
    found = _find_profile(engine, profile)
    if found is None or not found.is_cloud:
        return ""
    try:
        return str(await engine.estimate_cost(job.id, profile, chunk_ids))
    except HeliosError as error:  # a missing estimate is no reason not to render
        return str(error)


async def pending_cost_text(engine: Engine, job: JobSummary) -> str:
    """Return what the unfinished chunks of a job may cost, for the job's details.

    The estimate is for the job's own profile if that is a cloud profile, else for the one that "Render to cloud" uses.

    Returns:
        The estimate; empty for a job that runs or is finished, if it costs nothing, or if it is not known.
    """
    own = _find_profile(engine, job.profile)
    profile = own if own is None or own.is_cloud else engine.profiles.cloud_default
    if profile is None or job.state.is_active or job.state is JobState.COMPLETED:
        return ""
    try:
        estimate = await engine.estimate_cost(job.id, profile.name)
    except HeliosError:
        return ""  # only a detail: a problem is reported where it prevents rendering
    if estimate.high == 0 or (estimate.high is None and profile.name != job.profile):
        return ""
    return str(estimate)


def price_of_attempt(engine: Engine, profile: str, seconds: float) -> float:
    """Return what an attempt costs at today's prices of its profile, in US dollars; 0 if that is gone."""
    found = _find_profile(engine, profile)
    return found.price_of(seconds) if found is not None else 0.0


def _find_profile(engine: Engine, name: str) -> Profile | None:
    try:
        return engine.profiles.get(name)
    except NotFoundError:
        return None
