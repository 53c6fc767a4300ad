"""One run over some of a job's chunks: starts attempts, repeats them where that is worth it, may stop early."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import math
import time
from collections import deque
from collections.abc import Iterable

from helios_gui.orchestrator.attempts import AttemptRunner
from helios_gui.orchestrator.concurrency_gate import ConcurrencyGate
from helios_gui.orchestrator.failure_limits import FailureLimits
from helios_gui.orchestrator.live_chunk import LiveChunk
from helios_gui.orchestrator.live_job import LiveJob
from helios_gui.orchestrator.retry import Failure, RetryBudget
from helios_gui.translation import tr
from helios_gui.types import ChunkState, ExecutionPolicy, FailureKind
from helios_gui.utils.disk_space import SpaceShortage
from helios_gui.utils.shielded import end_tasks

_ROOM_SECONDS = 2.0
_LONGEST_ROOM_SECONDS = 60.0
"""How often a job that waits for room on a disk looks whether there is some; less often where it went on in vain."""
_UNATTENDED_SECONDS = 60.0
"""How long an unattended job waits for room on a full disk."""


class JobRun:
    """Renders chunks until none is left to try, with one asyncio task for each chunk in flight.

    The tasks share two queues: chunks that wait for a worker, and chunks that wait for the time of their retry.
    """

    def __init__(
        self,
        job: LiveJob,
        chunks: Iterable[LiveChunk],
        runner: AttemptRunner,
        policy: ExecutionPolicy,
        gate: ConcurrencyGate,
    ) -> None:
        self._job = job
        self._runner = runner
        self._policy = policy
        self._gate = gate
        self._waiting: deque[LiveChunk] = deque(chunks)
        self._delayed: list[tuple[float, int, LiveChunk]] = []
        self._shortage: SpaceShortage | None = None
        self._shortage_cause = ""
        self._short_since = self._short_until = 0.0
        self._room_seconds = _ROOM_SECONDS
        self._budgets: dict[int, RetryBudget] = {}
        self._limits = FailureLimits(policy.stop_after_failures, policy.stop_at_failed_percent)
        self._stopped = ""
        self._chunk_tasks: set[asyncio.Task[None]] = set()
        self._is_open = self._is_held = False
        self._error: BaseException | None = None
        self._work_changed = asyncio.Event()
        self._awake = asyncio.Event()

    async def work(self) -> str:
        """Render; return why it stopped early, or an empty string when every chunk had its chances.

        Chunks that were left waiting (a pause, a spent budget, a cancellation) are *pending* afterwards. Raises
        what one of the tasks raised. A second cancellation is passed on to the workers, so that they hurry.
        """
        self._is_open = True
        self._check_spend_limit()
        try:
            while self._error is None and self._start_tasks():
                self._work_changed.clear()
                await self._work_changed.wait()
        finally:
            self._is_open = False
            try:
                await end_tasks(self._chunk_tasks)
            finally:
                for chunk in self._job.chunks_in(ChunkState.RETRYING, ChunkState.UNKNOWN):
                    self._job.move_chunk(chunk, ChunkState.PENDING, chunk.reason)
        if self._error is not None:
            raise self._error
        return self._stopped

    def add(self, chunks: Iterable[LiveChunk]) -> None:
        """Add chunks to this run, with fresh budgets; also wakes it after a pause was taken back.

        When it is too late for this run, they stay *pending*.
        """
        for chunk in chunks:
            self._budgets.pop(chunk.spec.id, None)
            self._limits.forget(chunk.spec.id)
            self._waiting.append(chunk)
        self._start_tasks()
        self._awake.set()

    def wake(self) -> None:
        """Have tasks that wait (for the time of a retry, or for a worker) look whether the job was paused."""
        self._awake.set()
        self._gate.review()

    def hold(self, held: bool) -> None:
        """Start no chunk while the run is held; those that run come to their end."""
        self._is_held = held
        self._awake.set()

    @property
    def _continues(self) -> bool:
        return self._job.wants_to_run and not self._stopped

    def _start_tasks(self) -> bool:
        """Start as many tasks as there is work for; return whether there are any.

        They start one per turn of the event loop, so that hundreds of them do not delay what the first has begun.
        """
        if self._is_open and self._continues:
            wanted = min(self._policy.concurrency, len(self._chunk_tasks) + len(self._waiting) + len(self._delayed))
            if len(self._chunk_tasks) < wanted:
                task = asyncio.create_task(self._render_chunks())
                self._chunk_tasks.add(task)
                task.add_done_callback(self._task_ended)
                if len(self._chunk_tasks) < wanted:
                    asyncio.get_running_loop().call_soon(self._start_tasks)
        return bool(self._chunk_tasks)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        self._chunk_tasks.discard(task)
        if not task.cancelled():
            self._error = self._error or task.exception()
        if self._error is not None or not self._chunk_tasks:
            self._work_changed.set()

    async def _render_chunks(self) -> None:
        while (chunk := await self._next_chunk()) is not None:
            if not await self._gate.acquire(self._line_place):
                self._waiting.appendleft(chunk)
                return
            try:
                if not self._continues or self._is_held or self._shortage is not None:
                    self._waiting.appendleft(chunk)
                    continue
                await self._try_chunk(chunk)
            finally:
                self._gate.release()

    def _line_place(self) -> int | None:
        job = self._job
        return job.options.standing.line_place(job.position) if self._continues else None

    async def _next_chunk(self) -> LiveChunk | None:
        """Return the next chunk to try; wait for the time of a retry where there is nothing else to do."""
        while self._continues:
            if self._is_held:
                self._awake.clear()
                await self._awake.wait()
                continue
            if self._shortage is not None:
                await self._wait_for_room(self._shortage)
                continue
            now = time.monotonic()
            if self._delayed and self._delayed[0][0] <= now:
                return heapq.heappop(self._delayed)[2]
            if self._waiting and (chunk := self._take_waiting()) is not None:
                return chunk
            if not self._delayed and not self._waiting:
                return None
            self._awake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), self._delayed[0][0] - now if self._delayed else None)
        return None

    def _take_waiting(self) -> LiveChunk | None:
        """Take the next chunk; ``None`` where it is to be seen first whether those that failed succeed in the end."""
        if not self._limits.hold_new_chunks:
            return self._waiting.popleft()
        tried = next((chunk for chunk in self._waiting if self._limits.has_failed_before(chunk.spec.id)), None)
        if tried is not None:
            self._waiting.remove(tried)
        return tried

    async def _wait_for_room(self, shortage: SpaceShortage) -> None:
        """Wait for a moment, then look whether there is room again; a pause ends the wait."""
        self._awake.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._awake.wait(), self._room_seconds)
        waited = time.monotonic() - self._short_since
        if self._job.options.unattended and waited > _UNATTENDED_SECONDS and self._shortage is shortage:
            self._stop(self._shortage_cause)
        elif await asyncio.to_thread(shortage.is_over) and self._shortage is shortage:
            self._shortage, self._short_until = None, time.monotonic()
            self._room_seconds = min(2 * self._room_seconds, _LONGEST_ROOM_SECONDS)
            self._job.set_reason("")
            self._awake.set()

    async def _try_chunk(self, chunk: LiveChunk) -> None:
        job, started_at = self._job, time.monotonic()
        job.move_chunk(chunk, ChunkState.RUNNING)
        try:
            failure = await self._runner.run(job, chunk, self._policy)
        except BaseException:
            job.move_chunk(chunk, ChunkState.PENDING, tr("stopped before it was finished"))
            raise
        self._check_spend_limit()
        if failure is None:
            self._room_seconds = _ROOM_SECONDS
            job.move_chunk(chunk, ChunkState.COMPLETED)
            self._limits.note_success(chunk.spec.id)
            self._awake.set()
        else:
            self._handle_failure(chunk, failure, was_short=started_at < self._short_until)
            await asyncio.sleep(0)  # a thousand programs that are not there must not hold up everybody else

    def _handle_failure(self, chunk: LiveChunk, failure: Failure, *, was_short: bool) -> None:
        """Decide what becomes of a chunk that failed; ``was_short``: a disk was full at some time of the attempt."""
        if failure.kind is FailureKind.BLOCKED:
            self._limits.forget(chunk.spec.id)
            self._job.move_chunk(chunk, ChunkState.PENDING, failure.cause)
            self._job.block(failure.cause)
            self.wake()
        elif failure.kind is FailureKind.CROWDED:
            self._limits.forget(chunk.spec.id)
            self._gate.narrow()
            self._put_back(chunk, failure)
            self._job.set_reason(tr("renders fewer chunks at a time: the computer has too little memory for more"))
        elif failure.shortage is not None:
            self._limits.forget(chunk.spec.id)
            self._put_back(chunk, failure)
            if self._shortage is None:
                self._note_shortage(failure.shortage, failure.cause)
        elif was_short:  # it may have failed for want of room, which is there again: this try does not count
            self._put_back(chunk, failure)
        else:
            self._retry_or_fail(chunk, failure)

    def _put_back(self, chunk: LiveChunk, failure: Failure) -> None:
        """Have the chunk tried next, at no cost of retries."""
        self._job.move_chunk(chunk, ChunkState.RETRYING, failure.cause)
        self._waiting.appendleft(chunk)

    def _note_shortage(self, shortage: SpaceShortage, cause: str) -> None:
        """Start no chunk until there is room on the disk."""
        self._shortage, self._shortage_cause = shortage, cause
        self._short_since, self._short_until = time.monotonic(), math.inf
        self._job.set_reason(tr("waits: {cause}; it goes on once there is room", cause=cause), short_of_room=True)

    def _retry_or_fail(self, chunk: LiveChunk, failure: Failure) -> None:
        """Have the chunk tried again after a pause, or fail for good; that may stop the job."""
        budget = self._budgets.setdefault(chunk.spec.id, RetryBudget(self._policy))
        delay = budget.judge(failure)
        if delay is not None:
            unknown = failure.kind is FailureKind.UNKNOWN
            state = ChunkState.UNKNOWN if unknown else ChunkState.RETRYING
            self._job.move_chunk(chunk, state, failure.cause)
            if failure.kind is not FailureKind.THROTTLED:
                self._limits.note_retry(chunk.spec.id)
            heapq.heappush(self._delayed, (time.monotonic() + delay, chunk.index, chunk))
            return
        self._job.move_chunk(chunk, ChunkState.FAILED, failure.cause)
        reason = self._limits.note_failure(chunk.spec.id)
        if reason and not self._stopped and self._is_work_left:
            self._stop(reason)
        self._awake.set()

    @property
    def _is_work_left(self) -> bool:
        return bool(self._waiting or self._delayed or len(self._chunk_tasks) > 1)

    def _check_spend_limit(self) -> None:
        """Start nothing more when the job has cost what it may; what runs is paid for, and comes to its end."""
        limit = self._policy.spend_limit
        if limit is not None and self._job.cost >= limit:
            self._stopped = tr(
                "stopped: the job has cost ${cost:.2f}, and may cost ${limit:.2f}", cost=self._job.cost, limit=limit
            )

    def _stop(self, reason: str) -> None:
        """Start nothing more, and end what runs."""
        self._stopped = reason
        for task in self._chunk_tasks - {asyncio.current_task()}:
            task.cancel()
