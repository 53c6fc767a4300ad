"""Handles requests to render: finds out whether there is something to do, and does it."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from types import TracebackType
from typing import Self

from helios_gui import __version__
from helios_gui.types import (
    AttemptResult,
    FailureKind,
    HeliosError,
    StorageError,
    WorkerCapabilities,
    WorkerRequest,
)
from helios_gui.types.errors import error_in_words
from helios_gui.worker.attempt import WorkerAttempt
from helios_gui.worker.attempt_messages import explain_defect, explain_disk, explain_storage
from helios_gui.worker.attempt_storage import AttemptUrls, Storages
from helios_gui.worker.bundles import BundleFetcher
from helios_gui.worker.capabilities import find_capabilities
from helios_gui.worker.executor import RenderExecutor, temporary_folders
from helios_gui.worker.folders import AttemptFolders
from helios_gui.worker.stored import read_result
from helios_gui.worker.watch import TimeLimit, Watch
from helios_gui.worker.worker_settings import WorkerSettings

logger = logging.getLogger(__name__)


class WorkerRuntime:
    """Renders chunks on request. A context; kept for many requests (on one event loop), it gets faster with use.

    ``name`` is what people call this kind of worker, such as "function".
    """

    def __init__(self, settings: WorkerSettings, name: str = "worker") -> None:
        self._settings = settings
        self._name = name
        self._folders = AttemptFolders(settings.work_root / "attempts")
        self._bundles = BundleFetcher(settings.work_root / "blobs", settings.cache_bytes)
        self._shutdown = asyncio.Event()
        self._cold = True
        self._capabilities: WorkerCapabilities | None = None
        self._looking = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._bundles.close()

    def shut_down(self) -> None:
        """End what is being rendered; its attempt says so in its result."""
        self._shutdown.set()

    async def handle(self, request: WorkerRequest, limit: float | None = None) -> AttemptResult:
        """Do what is asked; ``limit`` is in seconds. Whatever goes wrong is a result, too.

        An attempt that has left its result is not rendered again: the answer is that result. Cancelling it ends the
        renderer and leaves no result.
        """
        time_limit = TimeLimit.begin(limit, request.time_limit, self._settings.time_limit)
        try:
            place = AttemptUrls.of(request, self._settings.output_url)
            async with Storages(self._settings.storage) as storages:
                return await read_result(storages, place) or await self._attempt(request, place, storages, time_limit)
        except StorageError as error:
            return _failed(request, error.kind, explain_storage(error, self._name))
        except HeliosError as error:
            return _failed(request, FailureKind.FATAL, error_in_words(error))
        except OSError as error:
            return _failed(request, FailureKind.TRANSIENT, explain_disk(error))
        except Exception as error:
            logger.exception("A request failed unexpectedly")
            return _failed(request, FailureKind.TRANSIENT, explain_defect(error))

    async def capabilities(self) -> WorkerCapabilities | None:
        """Return what this worker can render with, found out once; ``None`` where that cannot be found out."""
        async with self._looking:
            if self._capabilities is None:
                environment = self._settings.environment
                try:
                    async with self._folders.fresh(f"capabilities.{uuid.uuid4().hex[:8]}") as folder:
                        own = {**environment, **temporary_folders(folder, environment)}
                        self._capabilities = await find_capabilities(own, folder)
                except OSError as error:
                    logger.warning("What this worker can render with is unknown: %s", error)
            return self._capabilities

    async def _attempt(
        self, request: WorkerRequest, place: AttemptUrls, storages: Storages, limit: TimeLimit
    ) -> AttemptResult:
        async def is_cancelled() -> bool:
            return place.cancel is not None and await storages.exists(place.cancel)

        cold_start, self._cold = self._cold, False
        mark = f"{place.attempt_id}.{uuid.uuid4().hex[:8]}"
        watching = Watch(is_cancelled, self._shutdown, self._settings.poll_interval)
        async with self._folders.fresh(mark) as folder, watching as watch:
            attempt = WorkerAttempt(
                request=request,
                place=place,
                storages=storages,
                fetch_bundle=self._bundles.fetch,
                executor=RenderExecutor(self._settings.environment, self._settings.grace),
                watch=watch,
                limit=limit,
                folder=folder,
                mark=mark,
                name=self._name,
                cold_start=cold_start,
                progress_interval=self._settings.progress_interval,
                job_hosts=self._settings.job_hosts,
            )
            return await attempt.run()


def _failed(request: WorkerRequest, kind: FailureKind, message: str) -> AttemptResult:
    """Return the answer when not even an attempt could be begun."""
    logger.warning("Attempt %s could not be begun: %s", request.attempt_id, message)
    return AttemptResult(
        exit_code=1,
        stderr=message,
        attempt_id=request.attempt_id,
        failure=kind,
        message=message,
        finished_at=time.time(),
        worker_version=__version__,
    )
