"""Sandboxes that run a function with awslambdaric, each a process with a Runtime API of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.cloud.servers.lambda_function import (
    ANSWER_LIMIT,
    ROOT,
    Answer,
    LambdaFunction,
    exited,
    timed_out,
    too_large,
)
from tests.cloud.servers.processes import START_LIMIT, kill_session
from tests.cloud.servers.serving import BODY_LIMIT
from tests.support.http_server import ClosingRunner

INIT_LIMIT = 60.0
"""Seconds a cold sandbox may take to ask for work; generous, as the machine may be busy."""

_LOOK = 0.03
"""Seconds between looks at whether a sandbox's process still lives."""

_LOG_TAIL = 4096


@dataclass(slots=True)
class _Invocation:
    request_id: str
    payload: bytes
    deadline: float
    answer: asyncio.Future[Answer] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Sandbox:
    """One execution environment: a process in a session of its own, with its own ``/tmp``, reused while it is warm."""

    def __init__(self, function: LambdaFunction, port: int) -> None:
        self._function = function
        self._folder = Path(tempfile.mkdtemp(prefix="sandbox-"))
        (self._folder / "tmp").mkdir()
        self._log = self._folder / "log.txt"
        self._work: asyncio.Queue[_Invocation | None] = asyncio.Queue()
        self._current: _Invocation | None = None
        self._ready: asyncio.Future[Answer | None] = asyncio.get_running_loop().create_future()
        here = [sys.executable, "-m", "awslambdaric", function.handler]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                here if function.image is None else function.image.command(self._folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=self._environment(port),
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id, which is its session's, too."""
        return self._process.pid

    async def invoke(self, request_id: str, payload: bytes) -> Answer:
        """Have the function work on an event; whatever goes wrong is an answer as well."""
        log_start = self._log.stat().st_size
        refused = await self._until(self._ready, INIT_LIMIT, request_id)
        if refused is not None:
            return refused
        timeout = self._function.timeout
        self._current = _Invocation(request_id, payload, time.time() + timeout)
        self._work.put_nowait(self._current)
        answer = await self._until(self._current.answer, timeout, request_id)
        assert answer is not None
        self._current = None
        return Answer(answer.payload, answer.failed, self._log.read_bytes()[log_start:][-_LOG_TAIL:])

    def kill(self) -> None:
        """End every process of the sandbox, whatever group it is in, as the end of a virtual machine would."""
        kill_session(self._process)
        self._process.wait(START_LIMIT)

    def dispose(self) -> None:
        """Kill what runs, forget the log and ``/tmp``."""
        self.kill()
        self._work.put_nowait(None)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _until(self, event: asyncio.Future[Any], limit: float, request_id: str) -> Answer | None:
        """The event's result; or what to answer when time is up or the process has ended first."""
        deadline = time.monotonic() + limit
        while not event.done():
            if not self.alive:
                # What it said with its last breath may still be on its way.
                await asyncio.wait({event}, timeout=_LOOK)
                return event.result() if event.done() else exited(request_id, self._process.returncode)
            if time.monotonic() > deadline:
                self.kill()
                return timed_out(request_id, limit)
            await asyncio.wait({event}, timeout=min(_LOOK, max(0.001, deadline - time.monotonic())))
        answer: Answer | None = event.result()
        return answer

    def _environment(self, port: int) -> dict[str, str]:
        function = self._function
        folder = str(self._folder / "tmp")
        here = {"PATH": os.environ.get("PATH", os.defpath), "HOME": folder, "TMPDIR": folder}
        return {
            **(here if function.image is None else function.image.environment),
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "_HANDLER": function.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": f"2025/01/01/[$LATEST]{port}",
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "LAMBDA_TASK_ROOT": str(ROOT),
            **function.environment,
        }

    # What the Runtime API asks of the sandbox it serves.

    async def next_invocation(self) -> web.Response:
        """``/invocation/next``: wait for work."""
        if not self._ready.done():
            self._ready.set_result(None)
        invocation = await self._work.get()
        if invocation is None:
            return web.Response(status=410)
        headers = {
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self._function.arn,
            "Content-Type": "application/json",
        }
        return web.Response(body=invocation.payload, headers=headers)

    def answer(self, request_id: str, answer: Answer) -> web.Response:
        """``/invocation/ID/response`` and ``/error``: the answer to the invocation in hand."""
        current = self._current
        if current is None or current.request_id != request_id or current.answer.done():
            return web.json_response(
                {"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"}, status=400
            )
        if len(answer.payload) > ANSWER_LIMIT:
            current.answer.set_result(too_large())
            return web.json_response({"errorType": "RequestEntityTooLarge"}, status=413)
        current.answer.set_result(answer)
        return web.json_response({"status": "OK"}, status=202)

    def init_error(self, payload: bytes) -> web.Response:
        """``/init/error``: the handler could not even be loaded."""
        if not self._ready.done():
            self._ready.set_result(Answer(payload, failed=True))
        return web.json_response({"status": "OK"}, status=202)


class RuntimeApi:
    """The Runtime API: one application, with a port for each sandbox, by which it knows who asks."""

    def __init__(self) -> None:
        self._sandboxes: dict[int, Sandbox] = {}
        application = web.Application(client_max_size=BODY_LIMIT)
        base = "/2018-06-01/runtime"
        application.router.add_get(f"{base}/invocation/next", self._next)
        application.router.add_post(f"{base}/invocation/{{id}}/{{kind:response|error}}", self._answer)
        application.router.add_post(f"{base}/init/error", self._init_error)
        self._runner = ClosingRunner(application, access_log=None, shutdown_timeout=0.1)

    async def start(self) -> None:
        """Make ready for sandboxes."""
        await self._runner.setup()

    async def new_sandbox(self, function: LambdaFunction) -> Sandbox:
        """Start a sandbox; it is cold until its process has asked for work."""
        port = await self._runner.listen()
        sandbox = Sandbox(function, port)
        self._sandboxes[port] = sandbox
        return sandbox

    async def dispose(self, sandbox: Sandbox) -> None:
        """End a sandbox and close its port."""
        sandbox.dispose()
        port = next(port for port, other in self._sandboxes.items() if other is sandbox)
        del self._sandboxes[port]
        await self._runner.stop_listening(port)

    async def stop(self) -> None:
        """End all sandboxes."""
        for sandbox in list(self._sandboxes.values()):
            await self.dispose(sandbox)
        await self._runner.cleanup()

    def _sandbox(self, request: web.Request) -> Sandbox:
        assert request.transport is not None
        port = int(request.transport.get_extra_info("sockname")[1])
        if port not in self._sandboxes:
            raise web.HTTPGone
        return self._sandboxes[port]

    async def _next(self, request: web.Request) -> web.Response:
        return await self._sandbox(request).next_invocation()

    async def _answer(self, request: web.Request) -> web.Response:
        answer = Answer(await request.read(), failed=request.match_info["kind"] == "error")
        return self._sandbox(request).answer(request.match_info["id"], answer)

    async def _init_error(self, request: web.Request) -> web.Response:
        return self._sandbox(request).init_error(await request.read())
