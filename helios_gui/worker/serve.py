"""``helios-gui worker serve``: the worker's server from start to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from helios_gui.net.scrub import quieten_loggers
from helios_gui.types import UserInputError
from helios_gui.worker.callers import CLOUD_RUN_VARIABLE, choose_check
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
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, _host(options, environment), _port(options, environment))
            with _stop_signals() as stopped:
                await _start(site)
                announce(_address(runner))
                await stopped.wait()
                await site.stop()
                await server.shut_down()
        finally:
            await runner.cleanup()


async def _start(site: web.TCPSite) -> None:
    try:
        await site.start()
    except OSError as error:
        raise UserInputError(
            f"The worker cannot serve there: {error.strerror or error}.", "Choose another --host or --port."
        ) from error


def _host(options: ServeOptions, environment: Mapping[str, str]) -> str:
    """On Cloud Run the front is the only way in; elsewhere only this machine may call unless somebody says so."""
    usual = "0.0.0.0" if environment.get(CLOUD_RUN_VARIABLE) else "127.0.0.1"
    return options.host or environment.get(HOST_VARIABLE) or usual


def _port(options: ServeOptions, environment: Mapping[str, str]) -> int:
    if options.port is not None:
        return options.port
    text = environment.get(PORT_VARIABLE) or str(_USUAL_PORT)
    if not text.isdigit():
        raise UserInputError(f"{PORT_VARIABLE} is {text!r}, which is not a port.", "Correct it, or use --port.")
    return int(text)


def _address(runner: web.AppRunner) -> str:
    host, port = runner.addresses[0][:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """An event that is set when the process is asked to end."""
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
