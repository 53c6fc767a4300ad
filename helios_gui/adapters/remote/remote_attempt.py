"""One attempt in a cloud: asked for once, followed to its end whatever happens to the connection, and brought home."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from helios_gui import __version__
from helios_gui.adapters.remote.adaptive_limit import AdaptiveLimit, Slot
from helios_gui.adapters.remote.attempt_registry import AttemptRegistry, Execution, OpenAttempt
from helios_gui.adapters.remote.invoker import (
    Answered,
    EndedUnanswered,
    Invoker,
    Outcome,
    Refused,
    TimeBounds,
    Unanswered,
)
from helios_gui.adapters.remote.messages import (
    explain_other_chunk,
    explain_silence,
    explain_stopping,
    explain_time_limit,
    frames_in,
)
from helios_gui.adapters.remote.progress_watch import ProgressWatch
from helios_gui.adapters.remote.reconnecting_storage import ReconnectingStorage
from helios_gui.adapters.remote.refusal_watch import RefusalWatch
from helios_gui.adapters.remote.result_downloader import ResultDownloader
from helios_gui.adapters.remote.result_watch import ResultWatch
from helios_gui.adapters.remote.storage_layout import AttemptKeys, spec_key
from helios_gui.storage import join_url
from helios_gui.translation import tr
from helios_gui.types import (
    AttemptResult,
    CredentialsError,
    FailureKind,
    StorageError,
    WorkerJob,
    WorkerRequest,
    WorkerResult,
)
from helios_gui.types.errors import error_in_words

logger = logging.getLogger(__name__)

_LONGEST = 86_400.0
"""Seconds an attempt of an earlier run can have taken at most, whatever its worker says."""


@dataclass(frozen=True, slots=True)
class AttemptServices:
    """What the attempts of an adapter share.

    ``download_slots`` bounds how many outputs are downloaded at a time: when hundreds of attempts end at once, the
    event loop has time for other work in between. ``stop_wait`` is how many seconds a worker gets to
    confirm its end; ``on_result`` is told of every result of this run's own attempts, before anything is fetched.
    """

    invoker: Invoker
    link: ReconnectingStorage
    limit: AdaptiveLimit
    refusals: RefusalWatch
    watch: ResultWatch
    progress: ProgressWatch
    registry: AttemptRegistry
    download_slots: asyncio.Semaphore
    stop_wait: float
    on_result: Callable[[AttemptResult], None]


@dataclass(frozen=True, slots=True)
class _AttemptEnd:
    """How the execution ended: a result, or why there is none."""

    place: AttemptKeys
    result: AttemptResult | None = None
    failure: FailureKind | None = None
    message: str = ""
    attempt_id: str = ""
    """The earlier attempt this is of."""

    @property
    def has_output(self) -> bool:
        return self.result is not None and self.result.exit_code == 0 and self.result.failure is None


class RemoteAttempt:
    """Runs one attempt; ``run`` it once."""

    def __init__(self, services: AttemptServices, job: WorkerJob) -> None:
        self._services = services
        self._job = job
        self._downloader = ResultDownloader(services.link, job, services.invoker.name)
        self._throttled = False
        self._executed = 0.0
        self._longest = _LONGEST

    async def run(self) -> WorkerResult:
        """Return how it ended. Cancelling it asks the worker to stop, and waits a while for it to have done so."""
        try:
            with self._services.refusals.attempt():
                attempt_end = await self._earlier() or await self._render()
            result = await self._download(attempt_end)
        except StorageError as error:
            if isinstance(error, CredentialsError):
                self._services.link.renew()
            self._downloader.note(error_in_words(error))
            return WorkerResult(None, error.kind, error_in_words(error), duration=self._executed)
        self._services.registry.settle(self._job.attempt_id)
        if attempt_end.attempt_id:
            self._services.registry.settle(attempt_end.attempt_id)
        # A worker's clock, or its word, may be wrong by years, and its time is what costs are made of.
        return replace(result, duration=min(result.duration or self._executed, self._longest))

    async def _earlier(self) -> _AttemptEnd | None:
        """Return what an earlier attempt made that nobody has fetched.

        Nothing is rendered while that may still come.
        """
        left = self._services.registry.take_open(self._job.attempt_id)
        if left is None:
            return None
        try:
            result = await self._services.watch.wait(left.place, left.until)
        except BaseException:
            self._services.registry.leave_open(left)
            raise
        self._services.registry.end(left.place)
        attempt_end = _AttemptEnd(left.place, result, attempt_id=left.attempt_id)
        if not attempt_end.has_output:
            return None
        self._downloader.note(
            tr("The output is that of attempt {place}, whose end had not been heard of.", place=left.place.name)
        )
        return attempt_end

    async def _render(self) -> _AttemptEnd:
        while True:
            async with self._services.limit.slot() as slot:
                place = self._services.registry.begin(self._job.attempt_id)
                bounds = await self._services.invoker.bounds(self._job.timeout)
                self._longest = bounds.surely_over
                with self._services.progress.follow(place, self._job.on_lines):
                    attempt_end = await self._execute(place, self._request(place, bounds), bounds, slot)
            if attempt_end is not None:
                return attempt_end

    def _request(self, place: AttemptKeys, bounds: TimeBounds) -> WorkerRequest:
        url = self._services.link.url
        limits = [seconds for seconds in (self._job.timeout, bounds.limit) if seconds is not None]
        return WorkerRequest(
            job_path=join_url(url, spec_key(self._job.job_id)),
            chunk_index=self._job.chunk.id,
            attempt_id=place.name,
            attempt_url=join_url(url, place.folder),
            time_limit=min(limits) if limits else None,
            app_version=__version__,
            stall_action=self._job.stall.action,
            stall_after=self._job.stall.after,
        )

    async def _execute(
        self, place: AttemptKeys, request: WorkerRequest, bounds: TimeBounds, slot: Slot
    ) -> _AttemptEnd | None:
        """Ask the worker and follow what it does; ``None`` when the service has enough to do already."""
        started = asyncio.get_running_loop().time()
        until = started + bounds.surely_over
        self._services.registry.start(Execution(place, until, bounds.longest))
        refusals = self._services.refusals
        try:
            with refusals.call() as begun:
                outcome = await self._invoke(place, request)
                if isinstance(outcome, Refused) and outcome.kind is FailureKind.THROTTLED:
                    slot.throttled(outcome.retry_after)
                    refusals.refused(outcome.message, begun)
                    self._note_throttling(outcome)
                    return None
                if not isinstance(outcome, Unanswered):
                    slot.accepted()
                if not isinstance(outcome, Unanswered | Refused):
                    refusals.taken()
                return await self._follow(outcome, place, until, bounds.surely_over)
        except asyncio.CancelledError:
            await self._stop(place, until)
            raise
        finally:
            self._executed = asyncio.get_running_loop().time() - started

    async def _invoke(self, place: AttemptKeys, request: WorkerRequest) -> Outcome:
        """Ask the worker, and take note where its answer says that it does nothing (any more)."""
        try:
            outcome = await self._services.invoker.invoke(request)
        except StorageError:
            self._services.registry.end(place)
            raise
        if isinstance(outcome, Refused | Answered | EndedUnanswered):
            self._services.registry.end(place)
        return outcome

    async def _follow(self, outcome: Outcome, place: AttemptKeys, until: float, seconds: float) -> _AttemptEnd:
        if isinstance(outcome, Refused):
            return _AttemptEnd(place, failure=outcome.kind, message=outcome.message)
        if isinstance(outcome, Answered):
            result: AttemptResult | None = outcome.result
            if outcome.result.exit_code == 0 and outcome.result.artifact is None:
                result = await self._await_result(place, 0.0) or outcome.result
            return _AttemptEnd(place, result)
        if isinstance(outcome, EndedUnanswered):
            return self._ended(outcome, place, await self._await_result(place, 0.0))
        why = ""
        if isinstance(outcome, Unanswered):
            why = outcome.message
            if outcome.within is not None:
                until = min(until, asyncio.get_running_loop().time() + outcome.within)
            self._downloader.note(tr("{why} Looking for the attempt's result in storage.", why=why))
        result = await self._await_result(place, until)
        self._services.registry.end(place)
        if result is None:
            await self._ask_to_stop(place)
            message = explain_silence(self._services.invoker.name, why, seconds)
            return _AttemptEnd(place, failure=FailureKind.TRANSIENT, message=message)
        return _AttemptEnd(place, result)

    async def _await_result(self, place: AttemptKeys, until: float) -> AttemptResult | None:
        """Return the result if it appears until then.

        If storage cannot be asked, the next attempt has to look for it.
        """
        try:
            return await self._services.watch.wait(place, until)
        except StorageError as error:
            self._leave_open(place, until)
            if error.kind in (FailureKind.BLOCKED, FailureKind.FATAL):
                raise
            name = self._services.invoker.name
            message = tr(
                "What became of the attempt at {name} is unknown: {problem}",
                name=name,
                problem=error_in_words(error),
            )
            raise StorageError(message, kind=FailureKind.UNKNOWN) from error

    def _ended(self, outcome: EndedUnanswered, place: AttemptKeys, result: AttemptResult | None) -> _AttemptEnd:
        if outcome.log:
            self._downloader.note(outcome.log)
        if result is not None:
            return _AttemptEnd(place, result)
        if outcome.time_limit is None:
            return _AttemptEnd(place, failure=outcome.kind, message=outcome.message)
        done = frames_in(outcome.log, self._job.chunk)
        message = explain_time_limit(self._services.invoker.name, outcome.time_limit, done, self._job.chunk)
        return _AttemptEnd(place, failure=outcome.kind, message=message)

    async def _download(self, attempt_end: _AttemptEnd) -> WorkerResult:
        if attempt_end.result is None:
            self._downloader.note(attempt_end.message)
            return WorkerResult(None, attempt_end.failure, attempt_end.message)
        if not attempt_end.attempt_id:
            self._services.on_result(attempt_end.result)
        rendered = attempt_end.result.chunk_id
        if rendered is not None and rendered != self._job.chunk.id:
            message = explain_other_chunk(self._services.invoker.name, rendered, self._job.chunk)
            self._downloader.note(message)
            return WorkerResult(None, FailureKind.FATAL, message, duration=self._executed)
        try:
            async with self._services.download_slots:
                return await self._downloader.download(attempt_end.place, attempt_end.result)
        except BaseException:
            if attempt_end.has_output:
                self._leave_open(attempt_end.place, 0.0, attempt_end.attempt_id)
            raise

    async def _stop(self, place: AttemptKeys, until: float) -> None:
        """Ask the worker to stop and wait until it has, or say that nobody knows."""
        if not await self._ask_to_stop(place):
            self._note_unconfirmed(until)
            return
        loop = asyncio.get_running_loop()
        try:
            result = await self._services.watch.wait(place, loop.time() + self._services.stop_wait)
        except StorageError:
            result = None
        if result is None:
            self._note_unconfirmed(until)
            return
        self._services.registry.end(place)
        if _AttemptEnd(place, result).has_output:
            self._leave_open(place, 0.0)
            return
        self._services.registry.settle(self._job.attempt_id)
        self._downloader.note(tr("Stopped."))

    async def _ask_to_stop(self, place: AttemptKeys) -> bool:
        """Put the cancel object; whether that worked."""
        try:
            await self._services.link.storage.upload(place.cancel, b"", create_only=True)
        except StorageError as error:
            logger.warning("Attempt %s cannot be asked to stop: %s", place.name, error)
            return False
        self._services.registry.cancel(place)
        return True

    def _leave_open(self, place: AttemptKeys, until: float, attempt_id: str = "") -> None:
        self._services.registry.leave_open(OpenAttempt(attempt_id or self._job.attempt_id, place, until))

    def _note_unconfirmed(self, until: float) -> None:
        left = until - asyncio.get_running_loop().time()
        self._downloader.note(explain_stopping(self._services.invoker.name, left))

    def _note_throttling(self, outcome: Refused) -> None:
        if not self._throttled:
            self._throttled = True
            self._downloader.note(tr("{message} Waiting for a free one.", message=outcome.message))
