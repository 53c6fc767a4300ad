"""Tells the hooks what happens to jobs: one try after the other, logged, and never in the way of a render."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from helios_gui.hooks.failures import TemporaryHookError
from helios_gui.hooks.hold_ups import HoldUps
from helios_gui.hooks.hook import Hook, HookEvent
from helios_gui.hooks.message import message_text
from helios_gui.hooks.store import HookSettings
from helios_gui.types import Event, HeliosError, JobAdded, JobChanged, JobRemoved, JobState, JobSummary

TRIES = 4
"""Of a web address that does not answer or has trouble; a command is run once, as it may have done its work."""

_FIRST_PAUSE = 1.0  # seconds; each further one is four times as long
_LAST_SECONDS = 20.0
"""Seconds that are left to hooks when the program ends: a render in a terminal ends with its job."""

_MOST_LOG = 1_000_000  # bytes; a longer log begins anew


async def _no_hooks(job_id: str) -> Sequence[Hook]:
    return ()


class HookRunner:
    """Watches the jobs of this process, and tells the hooks. Other processes tell of theirs.

    Args:
        read: Reads the hooks as they are now, off the event loop; they may be changed while the program runs.
        log: The file in which each try is noted.
        pause: Waits some seconds between two tries.
        of_job: Returns the hooks that a job brings itself. They are told like the others: this process runs a job only
            where a person agreed to all that it runs.
    """

    def __init__(
        self,
        read: Callable[[], HookSettings],
        log: Path,
        pause: Callable[[float], Any] = asyncio.sleep,
        of_job: Callable[[str], Awaitable[Sequence[Hook]]] = _no_hooks,
    ) -> None:
        self._read = read
        self._log = log
        self._pause = pause
        self._of_job = of_job
        self._known: dict[str, JobSummary] = {}
        self._hold_ups = HoldUps()
        self._hooks_by_job: dict[str, Sequence[Hook]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading = asyncio.Lock()
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        """By job and hook: what happened first is told first."""

    def know(self, jobs: Sequence[JobSummary]) -> None:
        """Take the jobs that are there already, of which nobody is told."""
        self._known.update({job.id: job for job in jobs})

    def take(self, events: Sequence[Event]) -> None:
        """Take a batch of the engine's events."""
        for event in events:
            if isinstance(event, JobChanged) and event.elsewhere:
                self.know([event.summary])  # the process that did it tells its hooks
            elif isinstance(event, JobAdded | JobChanged):
                self._handle_change(event.summary)
            elif isinstance(event, JobRemoved):
                self._known.pop(event.job_id, None)
                self._hold_ups.forget(event.job_id)
                self._hooks_by_job.pop(event.job_id, None)

    async def notify(self, hook: Hook, event: HookEvent, job: JobSummary, tries: int = TRIES) -> str:
        """Tell one hook now.

        Args:
            hook: The hook, enabled or not.
            event: What it is told.
            job: The job it is told of.
            tries: How often that is tried while it may work a little later.

        Returns:
            What came back, for people; empty where nothing did.

        Raises:
            HeliosError: It could not be told; the reason is in the log, too.
        """
        from helios_gui.hooks.hook_call import call_hook

        mail = (await asyncio.to_thread(self._read)).mail if hook.email else None
        for number in range(1, tries + 1):
            try:
                answer = await call_hook(hook, event, job, mail)
            except HeliosError as error:
                await self._log_try(hook, event, job, f"✗ {error}")
                if not isinstance(error, TemporaryHookError) or number == tries:
                    raise
                await self._pause(_FIRST_PAUSE * 4 ** (number - 1))
            else:
                await self._log_try(hook, event, job, f"✓ {answer}")
                return answer
        raise AssertionError(tries)

    async def close(self) -> None:
        """Give hooks that are being told some seconds, then give up."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _handle_change(self, job: JobSummary) -> None:
        before = self._known.get(job.id)
        self._known[job.id] = job
        event = _event_between(before, job)
        if before is not None and self._hold_ups.is_newly_held_up(before, job):
            event = event or HookEvent.HELD_UP
        if event is not None:
            task = asyncio.get_running_loop().create_task(self._notify_all(event, job), name="hooks")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _notify_all(self, event: HookEvent, job: JobSummary) -> None:
        async with self._reading:
            settings = await asyncio.to_thread(self._read)
            of_job = await self._hooks_of_job(event, job)
            told = [hook for hook in (*settings.hooks, *of_job) if hook.is_for(event, job.profile)]
            telling = asyncio.gather(*(self._notify_in_turn(hook, event, job) for hook in told))
        await telling

    async def _hooks_of_job(self, event: HookEvent, job: JobSummary) -> Sequence[Hook]:
        """Return the hooks that the job brings: as it was started, since the queue may be closed when it ends."""
        if job.id not in self._hooks_by_job:
            self._hooks_by_job[job.id] = await self._of_job(job.id)
        if event in (HookEvent.DONE, HookEvent.FAILED):
            return self._hooks_by_job.pop(job.id)
        return self._hooks_by_job[job.id]

    async def _notify_in_turn(self, hook: Hook, event: HookEvent, job: JobSummary) -> None:
        turn = self._turns.setdefault((job.id, hook.name), asyncio.Lock())
        async with turn:
            with suppress(HeliosError):  # it is in the log
                await self.notify(hook, event, job)

    async def _log_try(self, hook: Hook, event: HookEvent, job: JobSummary, outcome: str) -> None:
        headline = message_text(event, job).partition("\n")[0]
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {hook.name}  {headline} ({job.id})  {outcome}\n"
        await asyncio.to_thread(partial(_append, self._log, line))


def _event_between(before: JobSummary | None, now: JobSummary) -> HookEvent | None:
    """Return what to tell of a change; nothing of one that this process only reads of in the journal."""
    if before is None or (before.state, before.needs_a_person) == (now.state, now.needs_a_person):
        return None
    was_working = before.state.is_active or before.in_line
    if was_working and now.needs_a_person and not before.needs_a_person:
        return HookEvent.WAITS
    if now.state is JobState.RUNNING:
        return None if before.state.is_active else HookEvent.STARTED
    if not was_working:
        return None
    return {JobState.COMPLETED: HookEvent.DONE, JobState.FAILED: HookEvent.FAILED}.get(now.state)


def _append(log: Path, line: str) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    mode = "w" if log.exists() and log.stat().st_size > _MOST_LOG else "a"
    with log.open(mode, encoding="utf-8") as file:
        file.write(" ".join(line.splitlines()).rstrip() + "\n")
