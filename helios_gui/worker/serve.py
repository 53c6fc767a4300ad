"""``helios-gui worker serve``: the worker's server from start to end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from helios_gui.net.scrub import quieten_loggers
from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.worker.callers import CLOUD_RUN_VARIABLE, choose_check
from helios_gui.worker.connections import BoundedRecords, ConnectionLimiter, most_connections
from helios_gui.worker.runtime import WorkerRuntime
from helios_gui.worker.server import RenderServer
from helios_gui.worker.worker_settings import WorkerSettings

PORT_VARIABLE = "PORT"
HOST_VARIABLE = "HELIOS_WORKER_HOST"

_USUAL_PORT = 8080
_LAST_ANSWER = 1.0
"""Seconds for the last answer to reach its caller."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What the command line says; ``None`` for what the environment decides. ``time_limit`` is in seconds."""

    host: str | None = None
    port: int | None = None
    time_limit: float | None = None
    insecure: bool = False
    stop_on_hangup: bool = False


async def serve(options: ServeOptions, environment: Mapping[str, str], announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT; what is rendered then is ended and reported. ``announce`` is told the address.

    Raises ``UserInputError`` for settings that cannot be used, or would let everybody in.
    """
    quieten_loggers()
    _bound_logs()
    check = choose_check(environment, insecure=options.insecure)
    settings = WorkerSettings.from_environment(environment)
    if options.time_limit is not None:
        settings = replace(settings, time_limit=options.time_limit)
    async with WorkerRuntime(settings, "worker") as runtime:
        server = RenderServer(runtime, check, stop_on_hangup=options.stop_on_hangup)
        runner = web.AppRunner(
            server.application(),
            access_log=None,
            shutdown_timeout=_LAST_ANSWER,
            handler_cancellation=options.stop_on_hangup,
            auto_decompress=False,  # or a small body becomes a large one
        )
        await runner.setup()
        try:
            with _stop_signals() as stopped:
                listener = await _listen(runner, _host(options, environment), _port(options, environment))
                try:
                    announce(_address(listener))
                    await stopped.wait()
                finally:
                    listener.close()
                await server.shut_down()
        finally:
            await runner.cleanup()


async def _listen(runner: web.AppRunner, host: str, port: int) -> asyncio.Server:
    """Serve there, with bounds on connections that ``web.TCPSite`` does not have."""
    assert runner.server is not None, "the runner is set up"
    try:
        return await asyncio.get_running_loop().create_server(
            ConnectionLimiter(runner.server, most_connections()), host, port
        )
    except OSError as error:
        raise UserInputError(
            tr("The worker cannot serve there: {reason}.", reason=error.strerror or error),
            tr("Choose another --host or --port."),
        ) from error


def _bound_logs() -> None:
    """Keep callers from filling the log: aiohttp writes a traceback for each malformed request."""
    for name in ("aiohttp.server", "asyncio"):
        logging.getLogger(name).addFilter(BoundedRecords())


def _host(options: ServeOptions, environment: Mapping[str, str]) -> str:
    """Return the address to listen at: on Cloud Run any, as its front is the only way in; else this machine's."""
    usual = "0.0.0.0" if environment.get(CLOUD_RUN_VARIABLE) else "127.0.0.1"
    return options.host or environment.get(HOST_VARIABLE) or usual


def _port(options: ServeOptions, environment: Mapping[str, str]) -> int:
    if options.port is not None:
        return options.port
    text = environment.get(PORT_VARIABLE) or str(_USUAL_PORT)
    if not text.isdigit():
        raise UserInputError(
            tr("{port_variable} is {text!r}, which is not a port.", port_variable=PORT_VARIABLE, text=text),
            tr("Correct it, or use --port."),
        )
    return int(text)


def _address(listener: asyncio.Server) -> str:
    host, port = listener.sockets[0].getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """Return an event that is set when the process is asked to end."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)

    def stop(*_: object) -> None:
        loop.call_soon_threadsafe(stopped.set)

    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
