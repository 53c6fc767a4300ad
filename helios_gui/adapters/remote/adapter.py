"""What all clouds have in common: a job's files go to storage, workers render, outputs come home from there."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from helios_gui.adapters.remote.adaptive_limit import AdaptiveLimit
from helios_gui.adapters.remote.attempt_registry import AttemptBook, Execution, OpenAttempt
from helios_gui.adapters.remote.invoker import Invoker
from helios_gui.adapters.remote.pending_cancellations import LateStops
from helios_gui.adapters.remote.progress_watch import ProgressWatch
from helios_gui.adapters.remote.reconnecting_storage import StorageLink
from helios_gui.adapters.remote.remote_attempt import RemoteAttempt, Site
from helios_gui.adapters.remote.result_watch import ResultWatch
from helios_gui.adapters.remote.storage_layout import attempts_prefix, job_of, spec_key
from helios_gui.storage import StorageSettings, join_url
from helios_gui.storage.bundle import scan_job
from helios_gui.storage.hash_cache import HashCache
from helios_gui.storage.manifest import manifest_key
from helios_gui.storage.retention import remove_job
from helios_gui.storage.transfer import upload_bundle
from helios_gui.types import AttemptResult, CredentialsError, JobContext, StorageError, WorkerJob, WorkerResult

logger = logging.getLogger(__name__)

_LANDINGS = 12
"""Attempts whose outputs are fetched at a time: enough to keep all of a storage's connections busy."""

Retention = Literal["keep", "success", "always"]
"""When a job's objects are removed from storage: never, when it is completed, or at its end whatever that is.

A job that is deleted from the queue takes its objects with it unless they are kept.
"""

_LONGEST = 3600.0
"""Seconds any worker may run: Cloud Run's limit, the longest there is."""

ResultListener = Callable[[AttemptResult], None]
"""Is told of every result a worker leaves, on the event loop."""


def ignore_result(result: AttemptResult) -> None:
    """The default of ``on_result``: nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSettings(ABC):
    """The part of a cloud profile that is the same for all clouds. Times are in seconds.

    ``concurrency`` bounds the chunks in flight; ``hash_cache`` is a file that remembers what was uploaded (``None``:
    nothing is remembered); ``read_timeout`` replaces the time an answer is waited for; ``poll_interval`` is the time
    between first looks for a result; ``stop_wait`` is how long a cancelled worker has to confirm its end.
    """

    storage_url: str
    concurrency: int = 100
    retention: Retention = "keep"
    hash_cache: Path | None = None
    read_timeout: float | None = None
    poll_interval: float = 1.0
    stop_wait: float = 10.0

    @property
    @abstractmethod
    def storage(self) -> StorageSettings:
        """How the storage is reached."""


class RemoteAdapter:
    """A ``WorkerAdapter`` over an ``Invoker`` and a storage, for one event loop. ``close`` it when done.

    Raises ``UserInputError`` for a storage URL that is none.
    """

    renders_offsite: Literal[True] = True
    """See ``OffsiteAdapter``."""

    def __init__(self, invoker: Invoker, settings: RemoteSettings, on_result: ResultListener = ignore_result) -> None:
        self._settings = settings
        self._invoker = invoker
        self._link = StorageLink(settings.storage_url, settings.storage)
        self._book = AttemptBook()
        self._cache = HashCache(settings.hash_cache) if settings.hash_cache is not None else None
        self._site = Site(
            invoker=invoker,
            link=self._link,
            limit=AdaptiveLimit(settings.concurrency),
            watch=ResultWatch(self._link, settings.poll_interval),
            progress=ProgressWatch(self._link, settings.poll_interval),
            book=self._book,
            landings=asyncio.Semaphore(_LANDINGS),
            stop_wait=settings.stop_wait,
            on_result=on_result,
        )
        self._remains: set[str] = set()

    async def ready(self) -> StorageError | None:
        """See ``MendableAdapter``."""
        try:
            await self._invoker.ready()
            await self._link.reopen()
        except StorageError as error:
            return error
        return None

    async def prepare(self, context: JobContext) -> None:
        """Upload what of the job's folder is not in storage yet, and the job's spec.

        Raises ``StorageError``, and ``UserInputError`` for a folder that cannot be read.
        """
        found = await asyncio.to_thread(scan_job, context.spec, context.job_dir, context.output)
        self._remains.discard(context.job_id)
        for note in found.notes:
            logger.info("%s", note)
        try:
            storage = self._link.storage
            key = manifest_key(context.job_id)
            await upload_bundle(storage, found, key, cache=self._cache, on_progress=context.on_progress)
            spec = context.spec.model_copy(update={"assets_url": join_url(self._link.url, key)})
            await storage.upload(spec_key(context.job_id), spec.to_json().encode())
            await self._learn(context.job_id)
        except CredentialsError:
            self._link.renew()
            raise

    async def finish(self, job_id: str, *, completed: bool, deleted: bool = False) -> None:
        """Remove the job's objects from storage if the profile says so. Raises ``StorageError``.

        What asks workers to stop stays where they look for it until they have: see ``stopping``.
        """
        retention = self._settings.retention
        removed = retention == "always" or (retention == "success" and (completed or deleted))
        working = [execution.place.cancel for execution in self._book.at_work(job_id)]
        if removed:
            await remove_job(self._link.storage, job_id, cache=self._cache, keep=working)
        if working:
            self._remains.update([job_id] if removed else ())
            return
        if removed or deleted:
            self._book.forget(job_id)
        self._site.watch.forget(job_id)

    def stopping(self, job_id: str) -> LateStops:
        """See ``SlowStopAdapter``. What ``finish`` had to leave is removed when all workers have ended."""
        site, working = self._site, self._book.at_work(job_id)
        return LateStops(working, site.book, site.watch, site.link, site.stop_wait, lambda: self._clear_away(job_id))

    async def _clear_away(self, job_id: str) -> None:
        if job_id not in self._remains:
            return
        try:
            await remove_job(self._link.storage, job_id, cache=self._cache)
        except StorageError as error:
            logger.warning("What job %s left in storage could not be removed: %s", job_id, error)
        self._remains.discard(job_id)
        self._book.forget(job_id)
        self._site.watch.forget(job_id)

    async def execute(self, job: WorkerJob) -> WorkerResult:
        """Have one attempt rendered and bring its output home, to ``job.output``; its job has been prepared.

        A cancellation is passed on once the worker has confirmed its end, or had time enough to.
        """
        return await RemoteAttempt(self._site, job).run()

    async def reclaim(self, attempt_ids: Collection[str]) -> int:
        """Ask workers that may still render these attempts to stop; how many were asked.

        Attempts that have left a result are not asked: their output is fetched by the chunk's next attempt.
        """
        jobs: defaultdict[str, list[str]] = defaultdict(list)
        for attempt_id in attempt_ids:
            if self._book.left_behind(attempt_id) is not None:
                jobs[job_of(attempt_id)].append(attempt_id)
        asked = 0
        for job_id, ids in jobs.items():
            try:
                await self._learn(job_id)
                asked += await self._reclaim(ids)
            except StorageError as error:
                logger.warning("Workers that may still render for job %s cannot be asked to stop: %s", job_id, error)
        return asked

    async def close(self) -> None:
        """Let go of connections and threads."""
        await self._site.progress.close()
        await self._invoker.close()
        await self._link.close()

    async def _learn(self, job_id: str) -> None:
        listed = await self._link.storage.list(attempts_prefix(job_id))
        self._book.learn(job_id, (found.key for found in listed))

    async def _reclaim(self, attempt_ids: Collection[str]) -> int:
        asked = []
        for attempt_id in attempt_ids:
            place = self._book.left_behind(attempt_id)
            if place is None:
                continue
            if self._book.is_finished(place):
                self._book.leave_open(OpenAttempt(attempt_id, place, 0.0))
            elif self._book.may_be_at_work(attempt_id, place):
                asked.append(place)
        uploads = (self._link.storage.upload(place.cancel, b"", create_only=True) for place in asked)
        results = await asyncio.gather(*uploads, return_exceptions=True)
        for place, result in zip(asked, results, strict=True):
            if isinstance(result, BaseException):
                raise result
            self._book.cancel(place)
            self._book.start(Execution(place, asyncio.get_running_loop().time() + _LONGEST, known=False))
        return len(asked)
