"""Between the engine and the window: batched events one way, owned tasks the other."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal

from helios_gui.types import ChunkChanged, EngineProblem, Event, JobAdded, JobRemoved, ProfileNotice, QueueReordered

INTERVAL = 66
"""Milliseconds from one batch to the next, at least: about 15 a second, which looks live and costs little.

Nothing else in the window delays what the engine reports: widgets that get a batch repaint at once.
"""

Key = tuple[object, ...]

RunTask = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None]"]
"""Starts a coroutine as a task and keeps a reference to it until it has ended, as ``EngineBridge.run`` does."""


def run_task(work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Start a task on the running loop, for callers without a bridge, which must keep it."""
    return asyncio.get_running_loop().create_task(work)


class EventSource(Protocol):
    """The part of the engine's ``JobManager`` the bridge listens to."""

    def subscribe(self, callback: Callable[[Sequence[Event]], None]) -> Callable[[], None]: ...


class EngineBridge(QObject):
    """Passes the engine's events on as ``events`` (a list), at most one batch per ``INTERVAL``.

    An event after a quiet time is passed on without delay. Of several changes of one job or chunk within a batch, the
    last one is passed on. ``failed`` carries every exception that ended a task started by ``run``.
    """

    events = Signal(list)
    failed = Signal(object)  # Exception

    def __init__(self, source: EventSource, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[Key, Event] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._last_batch = -math.inf
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.flush)
        self._unsubscribe: Callable[[], None] | None = source.subscribe(self._gather)

    def run(self, command: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a command on the running loop. The bridge owns the task; its error goes to ``failed``."""
        task = asyncio.get_running_loop().create_task(command)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def close(self, timeout: float = 5.0) -> None:
        """Listen no more, cancel what runs, and wait for it at most ``timeout`` seconds."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self._timer.stop()
        self._waiting.clear()
        deadline = time.monotonic() + timeout
        # What ends may start another task, such as one that shows a job which was added at the last moment.
        while tasks := [task for task in self._tasks if task is not asyncio.current_task()]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=max(0.0, deadline - time.monotonic()))
            if time.monotonic() >= deadline:
                break

    def flush(self) -> None:
        """Pass on the events that wait, now."""
        self._timer.stop()
        batch = list(self._waiting.values())
        self._waiting.clear()
        if batch:
            self._last_batch = time.monotonic()
            self.events.emit(batch)

    def _gather(self, events: Sequence[Event]) -> None:
        for event in events:
            self._keep(event)
        if self._waiting and not self._timer.isActive():
            since_last = (time.monotonic() - self._last_batch) * 1000
            self._timer.start(math.ceil(max(0.0, INTERVAL - since_last)))

    def _keep(self, event: Event) -> None:
        waiting = self._waiting
        if isinstance(event, ChunkChanged):
            waiting[event.job_id, event.chunk.id] = event
        elif isinstance(event, QueueReordered):
            waiting.pop((QueueReordered,), None)  # so that it comes after the jobs it names
            waiting[QueueReordered,] = event
        elif isinstance(event, JobRemoved):
            waiting.pop((event.job_id,), None)
            waiting[JobRemoved, event.job_id] = event
        elif isinstance(event, EngineProblem):
            waiting[EngineProblem, event.message] = event
        elif isinstance(event, ProfileNotice):
            waiting[ProfileNotice, event.profile, event.message] = event
        else:
            key = (event.summary.id,)
            known = waiting.get(key)
            waiting[key] = JobAdded(event.summary) if isinstance(known, JobAdded) else event

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self.failed.emit(error)
