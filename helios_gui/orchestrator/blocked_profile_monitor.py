"""Jobs that only a person can get going again: when somebody has, they go on without a click."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable, Iterable

from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.types import ChunkState, HeliosError, RecoverableAdapter, WorkerAdapter, WorkerPool
from helios_gui.utils.shielded import end_tasks

_logger = logging.getLogger(__name__)

_FIRST_PAUSE = 3.0
_LONGEST_PAUSE = 30.0
_GROWTH = 1.5
"""Seconds between looks, and how they grow: somebody signs in at once, or comes back from lunch."""


class _Trial:
    """The last time a profile's jobs went on because its adapter said it was ready."""

    def __init__(self, adapter: WorkerAdapter, jobs: Iterable[LiveJob]) -> None:
        self._adapter = adapter
        self._done = {job: job.counts[ChunkState.COMPLETED] for job in jobs}

    def rendered_nothing(self, adapter: WorkerAdapter) -> bool:
        """Return whether not one chunk was rendered through the same adapter since."""
        return adapter is self._adapter and all(job.counts[ChunkState.COMPLETED] <= n for job, n in self._done.items())


class BlockedProfileMonitor:
    """Asks the adapters of blocked jobs, now and then, whether they are ready, and has the jobs ``go_on`` when so.

    ``jobs`` lists those in memory, in queue order. An adapter that says it is ready though attempts are still refused
    (it cannot see everything) is believed once, and again only after it has said otherwise.
    """

    def __init__(
        self,
        pools: Callable[[str], WorkerPool],
        jobs: Callable[[], Iterable[LiveJob]],
        go_on: Callable[[LiveJob], Awaitable[None]],
    ) -> None:
        self._pools = pools
        self._jobs = jobs
        self._continue_blocked = go_on
        self._watchers: dict[str, asyncio.Task[None]] = {}
        self._trials: dict[str, _Trial] = {}
        self._nudges: dict[str, asyncio.Event] = {}
        self._closed = False

    def watch(self) -> None:
        """Look after every profile that jobs are blocked by, as some may just have been."""
        for profile in {job.options.profile for job in self._jobs() if job.blocked}:
            if profile not in self._watchers and not self._closed:
                self._nudges[profile] = asyncio.Event()
                self._watchers[profile] = watcher = asyncio.create_task(
                    self._watch_profile(profile), name=f"blocked {profile}"
                )
                watcher.add_done_callback(functools.partial(self._forget, profile))

    def check_now(self) -> None:
        """Check now, as a person may just have fixed something."""
        for nudge in self._nudges.values():
            nudge.set()

    async def close(self) -> None:
        """Look no more."""
        self._closed = True
        await end_tasks(self._watchers.values())

    def _forget(self, profile: str, _: asyncio.Task[None]) -> None:
        del self._watchers[profile], self._nudges[profile]
        self.watch()  # one may have been blocked in the moment the watcher ended

    def _blocked_by(self, profile: str) -> list[LiveJob]:
        return [job for job in self._jobs() if job.blocked and job.options.profile == profile]

    async def _watch_profile(self, profile: str) -> None:
        nudge, pause, in_doubt = self._nudges[profile], _FIRST_PAUSE, True
        while self._blocked_by(profile):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(nudge.wait(), pause)
            nudge.clear()
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)
            ready = await self._ready_adapter(profile)
            if ready is None:
                in_doubt = False
                continue
            trial = self._trials.get(profile)
            if in_doubt and trial is not None and trial.rendered_nothing(ready):
                continue
            blocked = self._blocked_by(profile)
            self._trials[profile] = _Trial(ready, blocked)
            for job in blocked:
                await self._continue_blocked(job)

    async def _ready_adapter(self, profile: str) -> WorkerAdapter | None:
        """Return the profile's adapter if it is ready, else ``None``."""
        try:
            adapter = self._pools(profile).adapter
            if not isinstance(adapter, RecoverableAdapter):
                return None
            problem = await adapter.ready()
        except HeliosError as error:
            problem = error
        except Exception:  # an adapter's defect must not end the watch
            _logger.exception("whether the profile %s is ready cannot be found out", profile)
            return None
        if problem is not None:
            _logger.info("the profile %s is not ready: %s", profile, problem)
            return None
        return adapter
