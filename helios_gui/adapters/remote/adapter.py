"""What all clouds have in common: a job's files go to storage, workers render, outputs come home from there."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection
from typing import Literal

from helios_gui.adapters.adapter_kind import AdapterContext
from helios_gui.adapters.base_profile import CloudProfile
from helios_gui.adapters.remote.adaptive_limit import AdaptiveLimit
from helios_gui.adapters.remote.attempt_registry import AttemptRegistry, Execution, OpenAttempt
from helios_gui.adapters.remote.invoker import Invoker
from helios_gui.adapters.remote.job_needs import find_needs, refuse_outside, refuse_unmet_needs
from helios_gui.adapters.remote.pending_cancellations import PendingCancellations
from helios_gui.adapters.remote.progress_watch import ProgressWatch
from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.refusal_watch import RefusalWatch
from helios_gui.adapters.remote.remote_attempt import AttemptServices, RemoteAttempt
from helios_gui.adapters.remote.result_watch import ResultWatch
from helios_gui.adapters.remote.storage_layout import attempts_prefix, job_of, spec_key
from helios_gui.storage import join_url
from helios_gui.storage.bundle import scan_job
from helios_gui.storage.bundle_upload import upload_bundle
from helios_gui.storage.hash_cache import HashCache
from helios_gui.storage.manifest import manifest_key
from helios_gui.storage.retention import remove_job
from helios_gui.types import CredentialsError, JobContext, JobSpec, StorageError, WorkerJob, WorkerResult

logger = logging.getLogger(__name__)

_CONCURRENT_DOWNLOADS = 12
"""Attempts whose outputs are fetched at a time: enough to keep all of a storage's connections busy."""

_LONGEST = 3600.0
"""Seconds any worker may run: Cloud Run's limit, the longest there is."""


class RemoteAdapter:
    """A ``WorkerAdapter`` over an ``Invoker`` and a storage, for one event loop. ``close`` it when done.

    Raises ``UserInputError`` for a storage URL that is none.
    """

    renders_offsite: Literal[True] = True
    """See ``OffsiteAdapter``."""

    def __init__(self, invoker: Invoker, profile: CloudProfile, context: AdapterContext) -> None:
        self._retention = profile.retention
        self._invoker = invoker
        self._link = ReconnectingStorage(profile.storage_url, profile.storage_settings())
        self._registry = AttemptRegistry()
        self._cache = HashCache(context.hash_cache) if context.hash_cache is not None else None
        self._services = AttemptServices(
            invoker=invoker,
            link=self._link,
            limit=AdaptiveLimit(profile.concurrency),
            refusals=RefusalWatch(invoker.name, context.say, context.refused_for),
            watch=ResultWatch(self._link, context.poll_interval),
            progress=ProgressWatch(self._link, context.poll_interval),
            registry=self._registry,
            download_slots=asyncio.Semaphore(_CONCURRENT_DOWNLOADS),
            stop_wait=context.stop_wait,
            on_result=context.on_result,
        )
        self._remains: set[str] = set()

    async def ready(self) -> StorageError | None:
        """See ``RecoverableAdapter``."""
        try:
            await self._invoker.ready()
            await self._link.reopen()
        except StorageError as error:
            return error
        return None

    async def prepare(self, context: JobContext) -> None:
        """Upload what of the job's folder is not in storage yet, and the job's spec.

        Raises ``StorageError``, and ``UserInputError`` for a folder that cannot be read or does not hold what is
        rendered, and for a worker that lacks what the job is rendered with.
        """
        await asyncio.to_thread(refuse_outside, context.spec, context.job_dir)
        await self._require_programs(context.spec)
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
            await self._list_attempts(context.job_id)
        except CredentialsError:
            self._link.renew()
            raise

    async def _require_programs(self, spec: JobSpec) -> None:
        """Refuse what the worker cannot render, if it says so; one that does not say shows it with its first chunk."""
        needs = await asyncio.to_thread(find_needs, spec)
        found = await self._invoker.capabilities() if needs else None
        if found is not None:
            refuse_unmet_needs(needs, found, self._invoker.name)

    async def finish(self, job_id: str, *, completed: bool, deleted: bool = False) -> None:
        """Remove the job's objects from storage if the profile says so. Raises ``StorageError``.

        What asks workers to stop stays where they look for it until they have: see ``stopping``.
        """
        retention = self._retention
        removed = retention == "always" or (retention == "on-success" and (completed or deleted))
        working = [execution.place.cancel for execution in self._registry.at_work(job_id)]
        if removed:
            await remove_job(self._link.storage, job_id, keep=working)
        if working:
            self._remains.update([job_id] if removed else ())
            return
        if removed or deleted:
            self._registry.forget(job_id)
        self._services.watch.forget(job_id)

    def stopping(self, job_id: str) -> PendingCancellations:
        """See ``SlowStopAdapter``. What ``finish`` had to leave is removed when all workers have ended."""
        services, working = self._services, self._registry.at_work(job_id)
        return PendingCancellations(
            working,
            services.registry,
            services.watch,
            services.link,
            services.stop_wait,
            lambda: self._clear_away(job_id),
        )

    async def _clear_away(self, job_id: str) -> None:
        if job_id not in self._remains:
            return
        try:
            await remove_job(self._link.storage, job_id)
        except StorageError as error:
            logger.warning("What job %s left in storage could not be removed: %s", job_id, error)
        self._remains.discard(job_id)
        self._registry.forget(job_id)
        self._services.watch.forget(job_id)

    async def execute(self, job: WorkerJob) -> WorkerResult:
        """Have one attempt rendered and bring its output home, to ``job.output``; its job has been prepared.

        A cancellation is passed on once the worker has confirmed its end, or had time enough to.
        """
        return await RemoteAttempt(self._services, job).run()

    async def reclaim(self, attempt_ids: Collection[str]) -> int:
        """Ask workers that may still render these attempts to stop; how many were asked.

        Attempts that have left a result are not asked: their output is fetched by the chunk's next attempt.
        """
        jobs: defaultdict[str, list[str]] = defaultdict(list)
        for attempt_id in attempt_ids:
            if self._registry.left_behind(attempt_id) is not None:
                jobs[job_of(attempt_id)].append(attempt_id)
        asked = 0
        for job_id, ids in jobs.items():
            try:
                await self._list_attempts(job_id)
                asked += await self._reclaim(ids)
            except StorageError as error:
                logger.warning("Workers that may still render for job %s cannot be asked to stop: %s", job_id, error)
        return asked

    async def close(self) -> None:
        """Let go of connections and threads."""
        await self._services.progress.close()
        await self._invoker.close()
        await self._link.close()

    async def _list_attempts(self, job_id: str) -> None:
        listed = await self._link.storage.list(attempts_prefix(job_id))
        self._registry.learn(job_id, (found.key for found in listed))

    async def _reclaim(self, attempt_ids: Collection[str]) -> int:
        asked = []
        for attempt_id in attempt_ids:
            place = self._registry.left_behind(attempt_id)
            if place is None:
                continue
            if self._registry.is_finished(place):
                self._registry.leave_open(OpenAttempt(attempt_id, place, 0.0))
            elif self._registry.may_be_at_work(attempt_id, place):
                asked.append(place)
        uploads = (self._link.storage.upload(place.cancel, b"", create_only=True) for place in asked)
        results = await asyncio.gather(*uploads, return_exceptions=True)
        for place, result in zip(asked, results, strict=True):
            if isinstance(result, BaseException):
                raise result
            self._registry.cancel(place)
            self._registry.start(Execution(place, asyncio.get_running_loop().time() + _LONGEST, known=False))
        return len(asked)
