"""The queue as data: every job in its order; those being worked with in memory, the others as the journal has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from helios_gui.orchestrator.job_repository import DamagedJobError, JobRepository
from helios_gui.orchestrator.jobs_elsewhere import JobsElsewhere, is_at_work
from helios_gui.orchestrator.journal import Journal
from helios_gui.orchestrator.journal_rows import StoredJob
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.silent_listener import SilentListener
from helios_gui.orchestrator.states import JobIntent
from helios_gui.translation import tr
from helios_gui.types import (
    Event,
    JobAdded,
    JobChanged,
    JobState,
    JobStatus,
    JobSummary,
    NotFoundError,
    Standing,
    UserInputError,
)

_TO_BE_READ_AGAIN = -1
"""No job's revision: of one that was read while another process worked on it."""


class JobQueue:
    """Jobs in the order in which they are to run. What changes here is told to the journal."""

    def __init__(self, repository: JobRepository, journal: Journal) -> None:
        self._repository = repository
        self._journal = journal
        self._order: list[str] = []
        self._places: dict[str, int] = {}
        """The place of each job; out of date while the jobs are not numbered."""
        self._stored: dict[str, StoredJob] = {}
        self._live: dict[str, LiveJob] = {}
        self._elsewhere = JobsElsewhere(repository)
        self._loading = asyncio.Lock()
        self._is_numbered = False

    async def fill(self) -> None:
        """Take over what the journal holds."""
        stored = await self._repository.stored_jobs()
        self._elsewhere.update(stored)
        for job in stored:
            self._order.append(job.summary.id)
            self._stored[job.summary.id] = job
        if [job.summary.position for job in stored] != list(range(len(stored))):
            self._journal.reordered(self._numbered_order)  # new jobs are numbered after these

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._live or job_id in self._stored

    def summaries(self) -> list[JobSummary]:
        """Return a row for each job, in order."""
        return [self._summary(job_id) for job_id in self._numbered_order()]

    def find_all(self, job_ids: Collection[str]) -> list[JobSummary]:
        """Return those of some jobs that are in the queue, in order."""
        self._numbered_order()
        known = sorted({job_id for job_id in job_ids if job_id in self}, key=self._places.__getitem__)
        return [self._summary(job_id) for job_id in known]

    def find_where(self, test: Callable[[JobSummary], bool]) -> list[JobSummary]:
        """Return the jobs that pass a test, in order. The test must not ask for their places."""
        summaries = (self.find(job_id) for job_id in self._order)
        return self.find_all([job.id for job in summaries if job is not None and test(job)])

    def standings(self) -> Iterator[tuple[str, Standing]]:
        """Return the id and the standing of each job, in order: much less work than ``summaries``."""
        for job_id in self._order:
            job = self._live.get(job_id)
            yield job_id, self._stored[job_id].summary.standing if job is None else job.options.standing

    def place_of(self, job_id: str) -> int:
        """Return the place of a job that is in the queue, from 0."""
        self._numbered_order()
        return self._places[job_id]

    def _summary(self, job_id: str) -> JobSummary:
        """Return the row of a job. One that is not in memory remembers the place that it gets here."""
        elsewhere = self._elsewhere.find(job_id, self._places[job_id])
        if elsewhere is not None:
            return elsewhere
        if job_id in self._live:
            return self._live[job_id].summary()
        stored = self._stored[job_id]
        if stored.summary.position != self._places[job_id]:
            stored = replace(stored, summary=replace(stored.summary, position=self._places[job_id]))
            self._stored[job_id] = stored
        return stored.summary

    def find(self, job_id: str) -> JobSummary | None:
        """Return a job as far as this process knows it; ``None`` if there is none. Its place may be out of date."""
        elsewhere = self._elsewhere.find(job_id, self._places.get(job_id, 0)) if job_id in self else None
        if elsewhere is not None:
            return elsewhere
        if job_id in self._live:
            return self._live[job_id].summary()
        stored = self._stored.get(job_id)
        return None if stored is None else stored.summary

    async def status(self, job_id: str) -> JobStatus:
        """Return a job with its chunks, as it is here or in the process that works on it.

        Raises:
            NotFoundError: The job is not in the queue, or not any more.
        """
        elsewhere = await self._elsewhere.status(job_id) if job_id in self else None
        if elsewhere is not None:
            return replace(elsewhere, summary=self._summary(job_id))
        return (await self.load(job_id)).status()

    def as_seen(self, events: Sequence[Event]) -> Sequence[Event]:
        """Return events with what is known of the jobs that other processes work on."""
        return self._elsewhere.as_seen(events)

    def in_memory(self) -> Iterator[LiveJob]:
        """Return the jobs that have been loaded, in order."""
        return (self._live[job_id] for job_id in self._order if job_id in self._live)

    async def load(self, job_id: str) -> LiveJob:
        """Return the job, from memory or from the journal.

        Raises:
            NotFoundError: The job is not in the queue, or not any more.
        """
        async with self._loading:
            if job_id in self._live:
                return self._live[job_id]
            try:
                status = await self._repository.load_job(job_id) if job_id in self._stored else None
            except DamagedJobError:
                self.remove([job_id])
                raise
            if status is None:
                if job_id in self._stored:
                    self.remove([job_id])  # another process did
                raise NotFoundError(
                    tr("There is no job {job_id}.", job_id=job_id), tr("It may have been removed from the queue.")
                )
            job = LiveJob.restore(status, self._journal)
            self._journal.read(job_id, _TO_BE_READ_AGAIN if is_at_work(status) else status.revision)
            job.set_position(self.place_of(job_id))
            self._live[job_id] = job
            del self._stored[job_id]
            return job

    async def catch_up(self, job: LiveJob) -> None:
        """Take over what other processes did with a job at rest or in line.

        Raises:
            UserInputError: One works on it.
        """
        if await self._reload_if_changed(job, lambda: not job.is_busy):
            raise UserInputError(
                tr("“{job}” is being rendered by another Helios process.", job=job.name), tr("Wait until it is done.")
            )

    async def catch_up_all(self, is_running: Callable[[str], bool]) -> bool:
        """Take over what other processes did: with the jobs that nothing works on here, and by adding jobs.

        Args:
            is_running: Tells whether a task of this process works on a job.

        Returns:
            Whether there is more to take over later.
        """
        stored_jobs = {job.summary.id: job for job in await self._repository.stored_jobs()}
        is_behind = await self._catch_up_live(stored_jobs, is_running)
        for job_id in [job_id for job_id in self._stored if job_id not in stored_jobs]:
            if (await self._repository.find_update(job_id, 0)).is_gone and job_id in self._stored:
                self.remove([job_id])
        changed, before = self._elsewhere.update(stored_jobs.values()), ""
        for job_id, found in stored_jobs.items():
            self._take_over_stored(found, before)
            before = job_id if job_id in self else before
        for job_id in changed:
            if job_id in self:
                self._journal.publish_elsewhere(JobChanged(self._summary(job_id), elsewhere=True))
        for event in await self._elsewhere.chunk_changes():
            self._journal.publish_elsewhere(event)
        return is_behind

    async def has_abandoned(self) -> bool:
        """Return whether another process that worked on a job does so no more, without a word in the journal."""
        return await self._elsewhere.are_abandoned()

    async def _catch_up_live(self, stored_jobs: Mapping[str, StoredJob], is_running: Callable[[str], bool]) -> bool:
        """Take over what others did with jobs that are in memory; return whether there is more to take over later."""
        is_behind = False
        for job in list(self.in_memory()):
            found = stored_jobs.get(job.id)
            if found is not None and (found.owner is not None or found.revision == self._journal.revision_of(job.id)):
                continue

            def is_free(job: LiveJob = job) -> bool:
                return not (job.is_busy or is_running(job.id) or self._journal.has_unwritten(job.id))

            if is_free():
                await self._reload_if_changed(job, is_free)
            else:
                is_behind = True
        return is_behind

    def _take_over_stored(self, found: StoredJob, before: str) -> None:
        """Take over a job that is not in memory. One that was not in this queue comes after ``before``, or first."""
        job_id = found.summary.id
        known = self._stored.get(job_id)
        if known is not None:
            self._stored[job_id] = found
            if job_id not in self._elsewhere and self._summary(job_id) != known.summary:
                self._journal.publish_elsewhere(JobChanged(self._summary(job_id), elsewhere=True))
        elif job_id not in self._live and not self._journal.is_removing(job_id):
            self._order.insert(self.place_of(before) + 1 if before else 0, job_id)
            self._stored[job_id] = found
            self._number_later()
            self._numbered_order()
            self._journal.publish_elsewhere(JobAdded(self._summary(job_id)))

    async def _reload_if_changed(self, job: LiveJob, is_free: Callable[[], bool]) -> bool:
        """Take over what other processes did with a job; return whether one is at work on it.

        Nothing is taken over unless it ``is_free`` then, nor while a change of it is on its way to the journal: what
        the journal has is older, however it looks.
        """
        known, is_newer_here = self._journal.revision_of(job.id), self._journal.has_unwritten(job.id)
        update = await self._repository.find_update(job.id, known)
        if not is_free() or job.id not in self._live:
            return False
        is_newer_here |= self._journal.has_unwritten(job.id) or known != self._journal.revision_of(job.id)
        if update.is_gone and not is_newer_here:
            self._let_go(job)
        elif update.status is not None and not is_newer_here:
            self._take_over(job, update.status)
        if not update.is_theirs and self._elsewhere.forget(job.id) and job.id in self:
            self._journal.publish_elsewhere(JobChanged(job.summary(), elsewhere=True))
        return update.is_theirs

    def _let_go(self, job: LiveJob) -> None:
        """Remove a job that another process has removed; who waits for its end, hears that it will not be rendered."""
        self.remove([job.id])
        if job.wants_to_run:
            job.set_intent(JobIntent.CANCEL)
            job.end_early()

    def _take_over(self, job: LiveJob, status: JobStatus) -> None:
        """Have a job be what another process has made of it. One that waits in line still does, if it can."""
        was_to_run = job.wants_to_run
        self._journal.read(job.id, status.revision)
        self._journal.note_elsewhere(job.id)
        job.load(status)
        if was_to_run and job.state is JobState.PENDING:
            job.set_intent(JobIntent.RUN)

    def append(self, job: LiveJob) -> None:
        """Add a new job at the end of the queue."""
        job.set_position(len(self._order))
        self._places[job.id] = len(self._order)
        self._order.append(job.id)
        self._live[job.id] = job
        self._journal.job_added(job)

    def insert(self, job: LiveJob, position: int) -> None:
        """Add a job that was removed, at ``position`` (from 0; beyond the end means last)."""
        job.set_listener(self._journal)
        self._order.insert(max(0, position), job.id)
        self._live[job.id] = job
        self._number_later()
        self._journal.job_added(job)

    def remove(self, job_ids: Collection[str]) -> dict[str, int]:
        """Forget jobs, for good.

        Returns:
            The places, from 0, to put them back to one after another: the first of the queue first.
        """
        leaving = set(job_ids)
        places = {job_id: place for place, job_id in enumerate(self._order) if job_id in leaving}
        self._order[:] = [job_id for job_id in self._order if job_id not in leaving]
        for job_id in places:
            self._stored.pop(job_id, None)
            job = self._live.pop(job_id, None)
            if job is not None:
                job.set_listener(SilentListener())  # or its next change would bring it back into the journal
            self._journal.job_removed(job_id)
        self._number_later()
        return places

    def move(self, job_ids: Sequence[str], position: int) -> None:
        """Put jobs side by side, in this order, at ``position`` (from 0, counted without them; beyond the end: last).

        Raises:
            NotFoundError: One of them is not in the queue; none is moved.
        """
        for job_id in job_ids:
            if job_id not in self:
                raise NotFoundError(
                    tr("There is no job {job_id}.", job_id=job_id), tr("It may have been removed from the queue.")
                )
        moved, place = set(job_ids), max(0, position)
        rest = [job_id for job_id in self._order if job_id not in moved]
        self._order[:] = [*rest[:place], *job_ids, *rest[place:]]
        self._number_later()
        self._numbered_order()

    def _number_later(self) -> None:
        """Have jobs get their new numbers when somebody asks: many may come and leave at once."""
        self._is_numbered = False
        self._journal.reordered(self._numbered_order)

    def _numbered_order(self) -> Sequence[str]:
        """Return all jobs in order, and see to it that those in memory know their places."""
        if not self._is_numbered:
            self._places = {job_id: position for position, job_id in enumerate(self._order)}
            for job_id, job in self._live.items():
                job.set_position(self._places[job_id])
            self._is_numbered = True
        return self._order
