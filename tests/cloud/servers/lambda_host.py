"""Runs a function's invocations in a pool of sandboxes, and keeps book of them."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.cloud.servers.lambda_function import ANSWER_LIMIT, Answer, LambdaFunction, failure, timed_out, too_large
from tests.cloud.servers.lambda_sandbox import RuntimeApi, Sandbox

_PATIENCE = 0.02
"""Seconds between looks at whether there is room for a queued event."""


@dataclass(slots=True)
class Execution:
    """One run of the function. ``started`` and ``finished`` are monotonic seconds; ``answer`` is there at the end."""

    request_id: str
    event: Any
    started: float
    finished: float | None = None
    answer: Answer | None = None


class FunctionHost:
    """Executes one function.

    ``executions`` lists every run there was, in order; ``counts`` has ``cold starts``, ``timeouts``, ``failures``;
    ``peak`` is the largest number of executions that went on at once.
    """

    def __init__(self, function: LambdaFunction) -> None:
        self.function = function
        self.executions: list[Execution] = []
        self.counts: Counter[str] = Counter()
        self.running = 0
        self.peak = 0
        self._idle: list[Sandbox] = []
        self._busy: set[Sandbox] = set()
        self._runtime = RuntimeApi()
        self._events: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Make ready; on the server's loop, as all the rest."""
        await self._runtime.start()

    async def stop(self) -> None:
        """Drop queued events and end all sandboxes."""
        for task in self._events:
            task.cancel()
        await asyncio.gather(*self._events, return_exceptions=True)
        await self._runtime.stop()

    def kill_running(self) -> int:
        """Kill every sandbox that is executing something; how many those were. May be called from any thread."""
        busy = list(self._busy)
        for sandbox in busy:
            sandbox.kill()
        return len(busy)

    def take_slot(self) -> bool:
        """Take one of the concurrent executions, if there is one left; ``execute`` gives it back."""
        if self.running >= self.function.concurrency:
            return False
        self.running += 1
        self.peak = max(self.peak, self.running)
        return True

    async def execute(self, payload: bytes, request_id: str) -> Answer:
        """Run the function on an event in a slot taken before."""
        execution = Execution(request_id, json.loads(payload or b"null"), time.monotonic())
        self.executions.append(execution)
        try:
            answer = await self._run(execution, payload)
        finally:
            self.running -= 1
        execution.finished, execution.answer = time.monotonic(), answer
        self.counts["failures"] += answer.failed
        self.counts["timeouts"] += answer.failed and b"Task timed out" in answer.payload
        return answer

    def queue_event(self, payload: bytes) -> None:
        """Run the function some time soon, and again if it fails, as the service does with ``Event`` invocations."""
        task = asyncio.get_running_loop().create_task(self._work_off(payload))
        self._events.add(task)
        task.add_done_callback(self._events.discard)

    async def _work_off(self, payload: bytes) -> None:
        request_id = str(uuid.uuid4())
        for _ in range(1 + self.function.event_retries):
            while not self.take_slot():
                await asyncio.sleep(_PATIENCE)
            if not (await self.execute(payload, request_id)).failed:
                return
            await asyncio.sleep(self.function.event_retry_delay)

    async def _run(self, execution: Execution, payload: bytes) -> Answer:
        if self.function.inline is not None:
            return await self._run_inline(execution)
        sandbox = await self._warm_sandbox()
        self._busy.add(sandbox)
        try:
            answer = await sandbox.invoke(execution.request_id, payload)
        finally:
            self._busy.discard(sandbox)
        # What could not send its answer, or timed out, does not work on.
        if sandbox.alive and b"ResponseSizeTooLarge" not in answer.payload[:200]:
            self._idle.append(sandbox)
        else:
            await self._runtime.dispose(sandbox)
        return answer

    async def _warm_sandbox(self) -> Sandbox:
        """The sandbox used last that is still alive, or a new one."""
        while self._idle:
            sandbox = self._idle.pop()
            if sandbox.alive:
                return sandbox
            await self._runtime.dispose(sandbox)
        self.counts["cold starts"] += 1
        return await self._runtime.new_sandbox(self.function)

    async def _run_inline(self, execution: Execution) -> Answer:
        assert self.function.inline is not None
        try:
            async with asyncio.timeout(self.function.timeout):
                payload = json.dumps(await self.function.inline(execution.event)).encode()
        except TimeoutError:
            return timed_out(execution.request_id, self.function.timeout)
        except Exception as error:
            return failure(type(error).__name__, str(error))
        return too_large() if len(payload) > ANSWER_LIMIT else Answer(payload)
