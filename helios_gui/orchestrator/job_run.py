"""One run over some of a job's chunks: lanes that take the next chunk, try it, and try again where it is worth it."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import time
from collections import deque
from collections.abc import Iterable

from helios_gui.orchestrator.attempts import AttemptRunner
from helios_gui.orchestrator.live_job import LiveChunk, LiveJob
from helios_gui.orchestrator.retry import Failure, RetryBudget
from helios_gui.orchestrator.slots import SlotGate
from helios_gui.types import ChunkState, ExecutionPolicy, FailureKind


class _BudgetSpentError(Exception):
    """Too many chunks failed; ends the lanes."""


class JobRun:
    """Renders chunks until none is left to try. A lane is one chunk in flight; lanes share the queue below."""

    def __init__(
        self,
        job: LiveJob,
        chunks: Iterable[LiveChunk],
        runner: AttemptRunner,
        policy: ExecutionPolicy,
        gate: SlotGate,
    ) -> None:
        self._job = job
        self._runner = runner
        self._policy = policy
        self._gate = gate
        self._waiting: deque[LiveChunk] = deque(chunks)
        self._delayed: list[tuple[float, int, LiveChunk]] = []
        self._budgets: dict[int, RetryBudget] = {}
        self._failed = 0
        self._lanes = 0
        self._group: asyncio.TaskGroup | None = None
        self._stirred = asyncio.Event()

    async def work(self) -> str:
        """Render; return why it stopped early, or an empty string when every chunk had its chances.

        Chunks that were left waiting (a pause, a spent budget, a cancellation) are *pending* afterwards.
        """
        stopped = ""
        try:
            async with asyncio.TaskGroup() as self._group:
                self._open_lanes()
        except* _BudgetSpentError:
            stopped = f"stopped: {self._failed} chunks failed, which is as many as may fail"
        finally:
            self._group = None
            for chunk in self._job.chunks_in(ChunkState.RETRYING, ChunkState.UNKNOWN):
                self._job.move_chunk(chunk, ChunkState.PENDING, chunk.reason)
        return stopped

    def add(self, chunks: Iterable[LiveChunk]) -> None:
        """More chunks for this run, with fresh budgets; also wakes it after a pause was taken back."""
        for chunk in chunks:
            self._budgets.pop(chunk.spec.id, None)
            self._waiting.append(chunk)
        self._open_lanes()
        self._stirred.set()

    def stir(self) -> None:
        """The job was paused: lanes that only wait for a retry shall notice."""
        self._stirred.set()

    def _open_lanes(self) -> None:
        if self._group is None:
            return
        wanted = min(self._policy.concurrency, self._lanes + len(self._waiting))
        for _ in range(self._lanes, wanted):
            self._lanes += 1
            self._group.create_task(self._lane())

    async def _lane(self) -> None:
        try:
            while (chunk := await self._next()) is not None:
                await self._gate.acquire(self._place)
                try:
                    if not self._job.wants_to_run:
                        self._waiting.appendleft(chunk)
                        return
                    await self._try(chunk)
                finally:
                    self._gate.release()
        finally:
            self._lanes -= 1

    def _place(self) -> int:
        return self._job.position

    async def _next(self) -> LiveChunk | None:
        """The next chunk to try, after waiting for a retry's time where there is nothing else to do."""
        while self._job.wants_to_run:
            now = time.monotonic()
            if self._delayed and self._delayed[0][0] <= now:
                return heapq.heappop(self._delayed)[2]
            if self._waiting:
                return self._waiting.popleft()
            if not self._delayed:
                return None
            self._stirred.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), self._delayed[0][0] - now)
        return None

    async def _try(self, chunk: LiveChunk) -> None:
        job = self._job
        job.move_chunk(chunk, ChunkState.RUNNING)
        try:
            failure = await self._runner.run(job, chunk, self._policy.chunk_timeout)
        except BaseException:
            job.move_chunk(chunk, ChunkState.PENDING, "stopped before it was finished")
            raise
        if failure is None:
            job.move_chunk(chunk, ChunkState.COMPLETED)
        else:
            self._handle(chunk, failure)

    def _handle(self, chunk: LiveChunk, failure: Failure) -> None:
        budget = self._budgets.setdefault(chunk.spec.id, RetryBudget(self._policy))
        delay = budget.judge(failure)
        if delay is not None:
            unheard = failure.kind is FailureKind.UNKNOWN
            state = ChunkState.UNKNOWN if unheard else ChunkState.RETRYING
            self._job.move_chunk(chunk, state, failure.cause)
            heapq.heappush(self._delayed, (time.monotonic() + delay, chunk.index, chunk))
            return
        self._job.move_chunk(chunk, ChunkState.FAILED, failure.cause)
        self._failed += 1
        if self._policy.failure_budget is not None and self._failed >= self._policy.failure_budget:
            raise _BudgetSpentError
