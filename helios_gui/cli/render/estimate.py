"""What a render in the cloud may cost, before it begins: from the journal's measurements and the profile's prices."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from helios_gui.cli.render.request import RenderRequest
from helios_gui.cli.render.resume import find_last_render
from helios_gui.orchestrator.estimate import estimate_cost, question_of
from helios_gui.orchestrator.live_job import LiveJob, SilentListener
from helios_gui.orchestrator.new_job import make_live_job
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.profiles.store import ProfileStore
from helios_gui.types import JobExecutionOptions, JobSpec
from helios_gui.types.cost import CostEstimate


async def estimate_render(
    journal: Path,
    spec: JobSpec,
    options: JobExecutionOptions,
    profiles: ProfileStore,
    request: RenderRequest,
    note: Callable[[str], None],
) -> CostEstimate | None:
    """Return what the render (with ``--resume``, what is left of it) may cost; ``None`` without a cloud.

    ``note`` is told when the journal was damaged. Raises ``HeliosError`` where it cannot be used, and
    ``UserInputError`` where another process renders the job.
    """
    found = await find_last_render(journal, options.source or options.job_dir, note) if request.resume else None
    profile = profiles.get(options.profile if found is None or request.profile else found.options.profile)
    if not profile.is_cloud:
        return None
    job = LiveJob.restore(found, SilentListener()) if found is not None else make_live_job("", spec, options)
    question = question_of(job, profile.terms(), request.chunk_ids)
    repository = SqliteJobRepository(journal)
    try:
        await repository.open()
        if repository.set_aside is not None:
            note(f"The journal was damaged and set aside as {repository.set_aside}. The queue starts empty.")
        return estimate_cost(question, await repository.speeds(question.profile, question.job_id, question.source))
    finally:
        await repository.close()
