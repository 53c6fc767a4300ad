"""The engine put together: what the window, the terminal and a Python program all start from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from helios_gui.adapters.local.adapter import LocalAdapter
from helios_gui.adapters.local.profile import usable_processors
from helios_gui.hooks.hook import Hook
from helios_gui.hooks.job_hooks import read_job_hooks
from helios_gui.hooks.runner import HookRunner
from helios_gui.hooks.store import HookStore
from helios_gui.jobfile.job_files import load_job
from helios_gui.jobfile.outside_outputs import find_outside_outputs
from helios_gui.orchestrator.execution_callbacks import ExecutionCallbacks
from helios_gui.orchestrator.executor import JobExecutor, RenderFailedError
from helios_gui.orchestrator.forecast import ForecastQuestion
from helios_gui.orchestrator.job_repository import JobRepository
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.manager import JobManager
from helios_gui.orchestrator.memory_repository import InMemoryJobRepository
from helios_gui.orchestrator.queue_reader import QueueReader
from helios_gui.orchestrator.replacements import replacement_in_words
from helios_gui.orchestrator.repository import SqliteJobRepository
from helios_gui.pools import Pools
from helios_gui.profiles.store import ProfileStore
from helios_gui.profiles.trust import TrustStore
from helios_gui.queue_access import open_queue_reader
from helios_gui.sources.pacing import automatic_chunk_size, bearable_places
from helios_gui.stitcher import FfmpegStitcher, MediaVerifier
from helios_gui.types import (
    Attempt,
    AttemptState,
    HeliosError,
    JobExecutionOptions,
    JobSpec,
    JobState,
    JobStatus,
    JobSummary,
    NotFoundError,
    WorkerPool,
)
from helios_gui.types.cost import CostEstimate, RenderForecast, RenderPace
from helios_gui.utils.folders import AppFolders
from helios_gui.utils.shielded import shielded
from helios_gui.utils.temporary_folders import remove_abandoned_folders, temporary_folder

__all__ = [
    "AppFolders",
    "CostEstimate",
    "Engine",
    "ExecutionCallbacks",
    "FfmpegStitcher",
    "HeliosError",
    "InMemoryJobRepository",
    "JobExecutionOptions",
    "JobExecutor",
    "JobManager",
    "JobRepository",
    "JobSpec",
    "JobState",
    "JobStatus",
    "JobSummary",
    "LocalAdapter",
    "MediaVerifier",
    "QueueReader",
    "RenderFailedError",
    "SqliteJobRepository",
    "WorkerPool",
    "find_outside_outputs",
    "load_job",
    "open_engine",
    "open_queue_reader",
    "replacement_in_words",
]


@dataclass(frozen=True, slots=True)
class ChunkSuggestion:
    """Chunks that suit a profile: frames of each, and how many should run at a time."""

    size: int
    places: int


@dataclass(frozen=True, slots=True)
class Engine:
    """A running engine. ``problems`` are things found at start that a person should know."""

    manager: JobManager
    profiles: ProfileStore
    trust: TrustStore
    folders: AppFolders
    problems: tuple[str, ...] = ()
    pools: Callable[[str], WorkerPool] | None = None

    async def render_apart(
        self, spec: JobSpec, options: JobExecutionOptions, on_chunk: Callable[[int, Path], None]
    ) -> dict[int, float]:
        """Render the chunks of a job that is in no queue, each once, and return the seconds that each was charged for.

        Args:
            spec: The job; it is not stitched.
            options: Name its folder and its profile.
            on_chunk: Is called with the id and the output of each chunk that is done.

        Raises:
            NotFoundError: The profile does not exist.
            HeliosError: A chunk could not be rendered.
        """
        assert self.pools is not None, "an engine that renders"
        pool = self.pools(options.profile)
        heard = _SecondsOfChunks()
        with temporary_folder("apart") as logs:
            async with _verifier() as verifier:
                executor = JobExecutor(
                    pool.adapter,
                    verifier,
                    FfmpegStitcher(reader=verifier.reader),
                    policy=replace(pool.policy, retries=0),
                    environment=pool.environment,
                    price_of=pool.price_of,
                    local=LocalAdapter(),
                    log_root=logs,
                )
                callbacks = ExecutionCallbacks(on_chunk_completed=on_chunk)
                await executor.execute(spec, options.model_copy(update={"merge": False}), heard, callbacks=callbacks)
        return heard.seconds

    async def estimate_cost(self, job_id: str, profile: str, chunk_ids: Collection[int] | None = None) -> CostEstimate:
        """Return what rendering chunks of a job through a profile may cost.

        Args:
            job_id: The job.
            profile: The profile's name.
            chunk_ids: The chunks to render; ``None`` means what is left of the job.

        Raises:
            NotFoundError: The job, one of the chunks, or the profile does not exist.
        """
        return await self.manager.estimates.estimate_cost(
            job_id, self.profiles.get(profile).priced_profile(), chunk_ids
        )

    async def forecast(
        self, frames: Sequence[int], job: Path, profile: str, pace: RenderPace | None = None
    ) -> RenderForecast:
        """Return how long a planned job may take through a profile, and what it may cost.

        Args:
            frames: Frames of each chunk; the job need not be in the queue.
            job: Its file, which may not be written yet.
            profile: The profile's name.
            pace: What test frames took on this machine; ``None`` if there are none.

        Raises:
            NotFoundError: The profile does not exist.
        """
        found = self.profiles.get(profile)
        priced_profile = found.priced_profile()
        if pace is not None:
            places = self.suggest_chunks(profile, sum(frames), pace).places
            priced_profile = replace(priced_profile, policy=replace(priced_profile.policy, concurrency=places))
        processors = None if found.is_cloud else usable_processors()
        return await self.manager.estimates.forecast(
            ForecastQuestion(frames, priced_profile, pace, processors, found.chunk_limit), job
        )

    def places(self, profile: str) -> int:
        """Return how many chunks of a job a profile renders at a time: in a cloud, or on this machine's processors.

        Raises:
            NotFoundError: The profile does not exist.
        """
        found = self.profiles.get(profile)
        return found.policy().concurrency if found.is_cloud else usable_processors()

    def suggest_chunks(self, profile: str, total: int, pace: RenderPace) -> ChunkSuggestion:
        """Return chunks that suit a profile.

        Args:
            profile: The profile's name.
            total: Frames of the job.
            pace: What test frames took on this machine.

        Raises:
            NotFoundError: The profile does not exist.
        """
        found = self.profiles.get(profile)
        policy = found.policy()
        places = policy.concurrency
        if not found.is_cloud:
            places = min(places, bearable_places(pace, usable_processors(), psutil.virtual_memory().available))
        return ChunkSuggestion(automatic_chunk_size(total, pace, places, found.chunk_limit), places)

    async def finish_and_stop(self) -> None:
        """Start no more chunks of any job. Those that run are finished; the jobs are *paused*, and stay it."""
        jobs = self.manager.find_jobs_where(lambda job: job.can_pause)
        with self.manager.together():
            for job in reversed(jobs):  # the last first: a worker that is given up may otherwise go to the next in line
                with suppress(NotFoundError):  # somebody has just removed it
                    await self.manager.pause_job(job.id)


class _SecondsOfChunks:
    def __init__(self) -> None:
        self.seconds: dict[int, float] = {}

    def job_changed(self, job: LiveJob) -> None:
        pass

    def chunk_changed(self, job: LiveJob, chunk: LiveChunk, *, durable: bool) -> None:
        pass

    def attempt_changed(self, job: LiveJob, attempt: Attempt) -> None:
        if attempt.state is AttemptState.SUCCEEDED and attempt.seconds is not None:
            self.seconds[attempt.chunk_id] = attempt.seconds


@asynccontextmanager
async def open_engine(folders: AppFolders | None = None) -> AsyncIterator[Engine]:
    """Start the engine on the running event loop; leaving the context stops all work, resumably.

    Raises ``HeliosError`` when the folders or the journal cannot be used.
    """
    folders = (folders or AppFolders.default()).create()
    profiles = ProfileStore(folders.profiles)
    repository = SqliteJobRepository(folders.journal)
    pools = Pools(profiles, folders, lambda notice: manager.announce(notice))
    async with _verifier() as verifier, _removing_abandoned_folders():
        manager = JobManager(
            repository,
            pools=pools.get,
            verify=verifier,
            stitcher=FfmpegStitcher(reader=verifier.reader),
            local=LocalAdapter(),
            log_root=folders.logs,
        )
        await manager.open()
        forget = profiles.subscribe(manager.check_blocked)
        trust = TrustStore(folders.trust)

        async def hooks_of_job(job_id: str) -> Sequence[Hook]:
            status = await manager.get_job(job_id)
            return () if status is None else read_job_hooks(status.spec).hooks

        hooks = HookRunner(lambda: HookStore(folders.hooks).settings, folders.hook_log, of_job=hooks_of_job)
        hooks.know(manager.list_jobs())
        manager.subscribe(hooks.take)
        hooks_problem = HookStore(folders.hooks).problem
        problems = tuple(filter(None, (repository.problem, profiles.problem, trust.problem, hooks_problem)))
        try:
            yield Engine(manager, profiles, trust, folders, problems, pools.get)
        finally:
            forget()
            try:
                await manager.close()
            finally:
                await shielded(_close_all(hooks, pools))


async def _close_all(hooks: HookRunner, pools: Pools) -> None:
    try:
        await hooks.close()
    finally:
        await pools.close()


@asynccontextmanager
async def _verifier() -> AsyncIterator[MediaVerifier]:
    """Provide a verifier whose threads end with the context, however the engine ended."""
    verifier = MediaVerifier()
    try:
        yield verifier
    finally:
        await shielded(verifier.aclose())


@asynccontextmanager
async def _removing_abandoned_folders() -> AsyncIterator[None]:
    """Remove meanwhile, in a thread, the temporary folders of processes that were killed: they may hold much."""
    removing = asyncio.create_task(asyncio.to_thread(remove_abandoned_folders))
    try:
        yield
    finally:
        await shielded(removing)
