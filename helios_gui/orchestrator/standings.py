"""What people decide about the turns of jobs: priorities, which job starts after which, and groups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from helios_gui.orchestrator.job_queue import JobQueue
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.translation import tr
from helios_gui.types import (
    Event,
    JobAdded,
    JobChanged,
    JobRemoved,
    JobState,
    JobSummary,
    NotFoundError,
    Priority,
    Standing,
    UserInputError,
)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a job that is to run does not start yet; a ``lasting`` obstacle does not go away by itself."""

    reason: str
    lasting: bool


class Standings:
    """Changes the ``Standing`` of jobs, and knows what keeps a job from starting.

    Args:
        queue: The jobs.
        to_change: Returns a job that may be changed; raises ``HeliosError``.
        start_due: Starts the jobs that may run now.
    """

    def __init__(
        self, queue: JobQueue, to_change: Callable[[str], Awaitable[LiveJob]], start_due: Callable[[], None]
    ) -> None:
        self._queue = queue
        self._to_change = to_change
        self._start_due = start_due
        self._met: dict[str, Obstacle | None] = {}
        """What was found out about each job that another one starts after, when that was asked last."""

    # -- changing

    async def set_priority(self, job_id: str, priority: Priority) -> None:
        """Have the job get workers before those of lower priorities from now on, also while it runs.

        Raises:
            NotFoundError: The job is not in the queue.
            UserInputError: Another process is rendering the job.
            HeliosError: The manager is closing.
        """
        await self._change_standing(job_id, priority=priority)

    async def set_group(self, job_id: str, group: str) -> None:
        """Put the job into the group of that name, or with an empty name into none.

        Raises:
            NotFoundError: The job is not in the queue.
            UserInputError: The name is too long, or another process is rendering the job.
            HeliosError: The manager is closing.
        """
        await self._change_standing(job_id, group=group)

    async def set_after(self, job_id: str, others: Sequence[str]) -> None:
        """Have the job start only when these other jobs are completed; none of them: in its turn.

        Raises:
            NotFoundError: One of the jobs is not in the queue.
            UserInputError: One of the others starts after this job, it runs already, or another process renders it.
            HeliosError: The manager is closing.
        """
        others = tuple(dict.fromkeys(others))
        job = await self._to_change(job_id)
        self.check_after(others, job)
        if job.is_busy and set(others) - set(job.options.standing.after):
            raise UserInputError(
                tr("“{job}” is running.", job=job.name), tr("Pause it before it is to start after another job.")
            )
        await self._change_standing(job_id, after=others)

    def check_after(self, others: Sequence[str], job: LiveJob | None = None) -> None:
        """Raise the errors of ``set_after`` for what a new job (or this ``job``) is to start after."""
        for other_id in others:
            other = self._queue.find(other_id)
            if other is None:
                raise NotFoundError(
                    tr("There is no job {job_id}.", job_id=other_id), tr("It may have been removed from the queue.")
                )
            if job is not None and job.id in self._predecessors(other_id):
                if other_id == job.id:
                    raise UserInputError(tr("“{job}” cannot start after itself.", job=job.name))
                raise UserInputError(
                    tr(
                        "“{other}” starts after “{job}”: neither of them would ever start.",
                        other=other.name,
                        job=job.name,
                    ),
                    tr("Choose another job."),
                )

    async def forget_completed(self, job_ids: Collection[str]) -> None:
        """Let the jobs that start after completed ones, which leave the queue, do without them."""
        gone = set(job_ids)
        everybody = self.of_jobs() if gone else ()
        followers = [(job_id, own.after) for job_id, own in everybody if not gone.isdisjoint(own.after)]
        for job_id, after in followers:
            left = tuple(other for other in after if other not in gone)
            _update_standing(await self._queue.load(job_id), after=left)

    def free_group_name(self, wanted: str) -> str:
        """Return a name that no group has: the one that is wanted, or that with a number."""
        taken = {standing.group for _, standing in self.of_jobs()}
        names = chain([wanted], (f"{wanted} ({number})" for number in count(2)))
        return next(name for name in names if name not in taken)

    # -- looking

    def of_jobs(self) -> Iterator[tuple[str, Standing]]:
        """Return the id and the standing of each job, in queue order."""
        return self._queue.standings()

    def obstacle(self, job: LiveJob) -> Obstacle | None:
        """Return what keeps a job from starting: first what will not go away by itself; ``None`` for nothing."""
        found = []
        for other_id in job.options.standing.after:
            self._met[other_id] = _obstacle(self._queue.find(other_id))
            found.append(self._met[other_id])
        return next(iter(sorted(filter(None, found), key=lambda obstacle: not obstacle.lasting)), None)

    def take(self, events: Sequence[Event]) -> None:
        """Start the jobs that may run now, if these events are about jobs that others start after."""
        for event in events:
            if isinstance(event, JobAdded | JobChanged) and event.summary.id in self._met:
                if _obstacle(event.summary) == self._met[event.summary.id]:
                    continue
            elif not (isinstance(event, JobRemoved) and event.job_id in self._met):
                continue
            self._start_due()
            return

    # -- inside

    async def _change_standing(self, job_id: str, **changes: Any) -> None:
        _update_standing(await self._to_change(job_id), **changes)
        self._start_due()

    def _predecessors(self, job_id: str) -> Iterator[str]:
        """Return a job, the jobs it starts after, those that these start after, and so on; each once."""
        seen, waiting = {job_id}, [job_id]
        while waiting:
            found = waiting.pop()
            yield found
            job = self._queue.find(found)
            for other in job.standing.after if job is not None else ():
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)


def _update_standing(job: LiveJob, **changes: Any) -> None:
    standing = job.options.standing
    changed = standing.model_validate({**dict(standing), **changes})
    if changed != standing:
        job.set_options(job.options.model_copy(update={"standing": changed}))


def _obstacle(other: JobSummary | None) -> Obstacle | None:
    """Return what a job that has to be completed first means for the one after it."""
    if other is None:
        return Obstacle(tr("does not start: the job that it starts after was removed from the queue"), lasting=True)
    name = other.name
    if other.state is JobState.COMPLETED:
        return None
    if other.state is JobState.FAILED:
        return Obstacle(tr("does not start: “{name}” has failed, and this job starts after it", name=name), True)
    if other.state is JobState.CANCELLED:
        return Obstacle(tr("does not start: “{name}” was cancelled, and this job starts after it", name=name), True)
    if other.state in (JobState.PAUSED, JobState.INTERRUPTED):
        return Obstacle(tr("starts after “{name}”, which has been stopped for now", name=name), True)
    if other.held_up:
        return Obstacle(tr("starts after “{name}”, which does not start either", name=name), True)
    if other.state.is_active or other.in_line or other.elsewhere:
        return Obstacle(tr("starts after “{name}”", name=name), False)
    return Obstacle(tr("starts after “{name}”, which nobody has started yet", name=name), True)
