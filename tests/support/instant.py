"""Workers and a stitcher that work in this process, for tests about the engine rather than about rendering.

Both are real: they write files, take their time when told to, and stop when cancelled.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path

from helios_gui.types import (
    FailureKind,
    JobContext,
    StitchError,
    StitchOptions,
    StitchReport,
    WorkerJob,
    WorkerResult,
)

Act = Callable[[WorkerJob], Awaitable[WorkerResult | None]]


class InstantWorkers:
    """A ``WorkerAdapter``. A chunk's output is its id, unless ``acts`` has something else for that chunk to do.

    An act returns the attempt's result, or ``None`` to have the output written as usual.
    """

    def __init__(self) -> None:
        self.acts: dict[int, Act] = {}
        self.runs: Counter[int] = Counter()
        self.attempts: list[str] = []
        self.in_flight: set[str] = set()
        self.most_in_flight = 0
        self.reclaimed: list[set[str]] = []
        self.prepared: list[str] = []
        self.finished: list[tuple[str, bool, bool]] = []
        self.locked_out: Exception | None = None

    async def prepare(self, context: JobContext) -> None:
        self.prepared.append(context.job_id)
        if self.locked_out is not None:
            raise self.locked_out

    async def finish(self, job_id: str, *, completed: bool, deleted: bool = False) -> None:
        self.finished.append((job_id, completed, deleted))

    async def execute(self, job: WorkerJob) -> WorkerResult:
        self.runs[job.chunk.id] += 1
        self.attempts.append(job.attempt_id)
        self.in_flight.add(job.attempt_id)
        self.most_in_flight = max(self.most_in_flight, len(self.in_flight))
        try:
            act = self.acts.get(job.chunk.id)
            result = await act(job) if act is not None else None
        finally:
            self.in_flight.discard(job.attempt_id)
        if result is None:
            job.output.write_text(str(job.chunk.id))
            result = WorkerResult(exit_code=0)
        return result

    async def reclaim(self, attempt_ids: Collection[str]) -> int:
        self.reclaimed.append(set(attempt_ids))
        return 0


class Gate:
    """An act that waits until the gate is opened; ``waiting`` counts who does."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self.waiting = 0

    async def __call__(self, job: WorkerJob) -> None:
        self.waiting += 1
        try:
            await self._open.wait()
        finally:
            self.waiting -= 1

    def open(self) -> None:
        self._open.set()


def fails(message: str = "broken", kind: FailureKind = FailureKind.TRANSIENT, times: int | None = None) -> Act:
    """An act that fails, always or so many times."""
    left = times

    async def act(job: WorkerJob) -> WorkerResult | None:
        nonlocal left
        if left is not None:
            if left == 0:
                return None
            left -= 1
        return WorkerResult(exit_code=1, failure=kind, message=message)

    return act


def raises(error: Exception) -> Act:
    """An act that is a defect of the adapter."""

    async def act(job: WorkerJob) -> WorkerResult | None:
        raise error

    return act


def slow_to_stop(stopping: asyncio.Event) -> Act:
    """What works until it is cancelled, sets ``stopping`` then, and takes a moment to end."""

    async def act(job: WorkerJob) -> WorkerResult | None:
        try:
            await asyncio.sleep(60)
        finally:
            stopping.set()
            await asyncio.sleep(0.05)
        return None

    return act


class TextStitcher:
    """A ``VideoStitcher`` that strings texts together. While ``hold`` is set to an event, it waits for that first."""

    def __init__(self) -> None:
        self.hold: asyncio.Event | None = None
        self.working = False
        self.error: Exception | None = None

    async def stitch(
        self,
        segments: Sequence[Path],
        output: Path,
        options: StitchOptions | None = None,
        on_progress: Callable[[float], None] = lambda fraction: None,
    ) -> StitchReport:
        self.working = True
        try:
            on_progress(0.5)
            if self.hold is not None:
                await self.hold.wait()
            if self.error is not None:
                raise self.error
            missing = [segment.name for segment in segments if not segment.exists()]
            if missing:
                raise StitchError(f"{missing[0]} is missing.", "Render it again.")
            output.write_text("".join(segment.read_text() for segment in segments))
            frames = (options.frames if options else None) or 0
            return StitchReport(output, len(segments), frames, 1.0, "text")
        finally:
            self.working = False
