"""The worker as an HTTP server, for Cloud Run or any other host: one render at a time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from helios_gui import __version__
from helios_gui.jobfile.strict_json import JsonTextError, decode_json
from helios_gui.translation import tr
from helios_gui.types import CAPABILITIES_QUESTION, AttemptResult, UserInputError, WorkerRequest
from helios_gui.worker.callers import CallerCheck, RefusedError
from helios_gui.worker.connections import BODY_TIMEOUT, Connection
from helios_gui.worker.runtime import WorkerRuntime
from helios_gui.worker.worker_responses import read_request, server_body

BODY_LIMIT = 256 * 1024
"""Bytes a request may have."""

_RETRY_AFTER = "5"
_CHALLENGE = 'Bearer realm="helios-worker"'


@dataclass(frozen=True, slots=True)
class _Render:
    """The render in hand."""

    attempt: tuple[str | None, str | None]
    task: asyncio.Task[AttemptResult]


class RenderServer:
    """The routes of a worker and the one render it may have in hand.

    A caller that hangs up does not end the render, whose result lands in storage, unless ``stop_on_hangup``.
    """

    def __init__(self, runtime: WorkerRuntime, check: CallerCheck, *, stop_on_hangup: bool = False) -> None:
        self._runtime = runtime
        self._check = check
        self._stop_on_hangup = stop_on_hangup
        self._render: _Render | None = None
        self._closing = False

    def application(self) -> web.Application:
        """Return the routes: POST ``/`` and ``/render``; GET ``/healthz``, ``/health`` where such names are taken."""
        application = web.Application(client_max_size=BODY_LIMIT, middlewares=[_limit_connection])
        for path in ("/", "/render"):
            application.router.add_post(path, self._handle_render)
        for path in ("/", "/health", "/healthz"):
            application.router.add_get(path, self._handle_health)
        return application

    async def shut_down(self) -> None:
        """End what is being rendered, and wait until its result is stored."""
        self._closing = True
        self._runtime.shut_down()
        if self._render is not None:
            await asyncio.wait({self._render.task})

    async def _handle_health(self, request: web.Request) -> web.Response:
        """Answer version and state; ``authorized`` says whether the caller could have something rendered.

        With ``capabilities`` in the query, also what could be rendered: it takes a second to find out the first time,
        and is left out while something is rendered.
        """
        try:
            await self._check(_bearer_token(request))
            authorized = True
        except RefusedError:
            authorized = False
        said: dict[str, object] = {
            "status": "ok",
            "version": __version__,
            "busy": self._render is not None,
            "authorized": authorized,
        }
        is_asked = CAPABILITIES_QUESTION["ask"] in request.query and self._render is None
        capabilities = await self._runtime.capabilities() if authorized and is_asked else None
        if capabilities is not None:
            said["capabilities"] = capabilities.to_wire()
        return web.json_response(said)

    async def _handle_render(self, request: web.Request) -> web.Response:
        try:
            await self._check(_bearer_token(request))
            _keep_connection(request)
            asked = read_request(await _read_json(request))
        except RefusedError as error:
            headers = {"WWW-Authenticate": _CHALLENGE} if error.status == 401 else {}
            return web.json_response({"message": str(error)}, status=error.status, headers=headers)
        except UserInputError as error:
            return web.json_response({"message": str(error)}, status=400)
        except TimeoutError:
            message = tr("The request did not arrive within {body_timeout:g} s.", body_timeout=BODY_TIMEOUT)
            return web.json_response({"message": message}, status=408, headers={"Connection": "close"})
        except web.HTTPRequestEntityTooLarge:
            return web.json_response(
                {"message": tr("A request has at most {body_limit} bytes.", body_limit=BODY_LIMIT)}, status=413
            )
        if self._closing:
            return _try_later_response(503, tr("The worker is shutting down."))
        render = self._render
        if render is None:
            render = self._start(asked)
        elif render.attempt == (None, None) or render.attempt != (asked.attempt_id, asked.attempt_url):
            return _try_later_response(429, tr("The worker is rendering another chunk."))
        return await self._await_render(render)

    def _start(self, asked: WorkerRequest) -> _Render:
        task = asyncio.create_task(self._runtime.handle(asked))
        self._render = _Render((asked.attempt_id, asked.attempt_url), task)
        task.add_done_callback(self._finished)
        return self._render

    def _finished(self, _: asyncio.Task[AttemptResult]) -> None:
        self._render = None

    async def _await_render(self, render: _Render) -> web.Response:
        """Wait for the render's end. Who asks for the same attempt again waits with who asked first."""
        try:
            result = await asyncio.shield(render.task)
        except asyncio.CancelledError:
            if self._stop_on_hangup:
                render.task.cancel()
            raise
        return web.json_response(server_body(result))


def _bearer_token(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def _read_json(request: web.Request) -> object:
    async with asyncio.timeout(BODY_TIMEOUT):
        body = await request.read()
    try:
        document, problems = decode_json(body)
    except JsonTextError as error:
        raise UserInputError(tr("The request {error}.", error=error)) from error
    if problems:
        location, problem = problems[0]
        raise UserInputError(
            tr(
                "The request cannot be used: {location} {problem}.",
                location=".".join(map(str, location)) or tr("it"),
                problem=problem,
            )
        )
    return document


def _keep_connection(request: web.Request) -> None:
    """Set no limit to the time of a connection whose caller is authorised."""
    connection = request.transport.get_protocol() if request.transport is not None else None
    if isinstance(connection, Connection):
        connection.serve()


@web.middleware
async def _limit_connection(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Limit the time of the connection again once the request is over."""
    connection = request.transport.get_protocol() if request.transport is not None else None
    try:
        return await handler(request)
    finally:
        if isinstance(connection, Connection):
            connection.wait()


def _try_later_response(status: int, message: str) -> web.Response:
    return web.json_response({"message": message}, status=status, headers={"Retry-After": _RETRY_AFTER})
