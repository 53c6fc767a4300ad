"""Changes to how a job is rendered: through which profile, within which limits, in which order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Unpack

from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.translation import tr
from helios_gui.types import JobExecutionOptions, UserInputError, WorkerPool
from helios_gui.types.options import JobChoices, LimitChanges


class OptionChanges:
    """Changes the ``JobExecutionOptions`` of jobs that do not run.

    Every method raises ``NotFoundError`` for a job that is not in the queue, ``UserInputError`` for one that runs, here
    or in another process, and ``HeliosError`` while the manager is closing.

    Args:
        pools: Resolves a profile's name.
        to_change: Returns a job that may be changed; raises ``HeliosError``.
        is_running: Returns whether a task works on the job of this id.
        start_due: Starts the jobs that may run now.
    """

    def __init__(
        self,
        pools: Callable[[str], WorkerPool],
        to_change: Callable[[str], Awaitable[LiveJob]],
        is_running: Callable[[str], bool],
        start_due: Callable[[], None],
    ) -> None:
        self._pools = pools
        self._to_change = to_change
        self._is_running = is_running
        self._start_due = start_due

    async def set_profile(self, job_id: str, profile: str) -> None:
        """Have the job rendered through another profile from now on.

        Raises:
            NotFoundError: The profile does not exist.
            UserInputError: The profile's settings cannot be used.
        """
        job = await self._to_change(job_id)
        self._pools(profile)
        self._refuse_running(job, tr("Pause it before you change its profile."))
        job.set_options(job.options.model_copy(update={"profile": profile}))
        self._start_due()

    async def set_limits(self, job_id: str, **limits: Unpack[LimitChanges]) -> None:
        """Have the job rendered within other limits from now on; ``None`` leaves one as it is."""
        changes = {name: value for name, value in limits.items() if value is not None}
        job = await self._to_change(job_id)
        self._refuse_running(job, tr("Pause it before you change its limits."))
        _set_options(job, changes)

    async def set_choices(self, job_id: str, **choices: Unpack[JobChoices]) -> None:
        """Have the job rendered in another way from now on."""
        job = await self._to_change(job_id)
        self._refuse_running(job, tr("Pause it before you change it."))
        _set_options(job, choices)

    def _refuse_running(self, job: LiveJob, hint: str) -> None:
        if job.is_busy or self._is_running(job.id):
            raise UserInputError(tr("“{job}” is running.", job=job.name), hint)


def _set_options(job: LiveJob, changes: Mapping[str, Any]) -> None:
    job.set_options(JobExecutionOptions(**{**dict(job.options), **changes}))
