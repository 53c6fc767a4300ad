"""Serve an aiohttp application on 127.0.0.1 from a thread with an event loop of its own."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

from aiohttp import web

from tests.support.http_server import ClosingRunner

T = TypeVar("T")

LIMIT = 30.0
"""Seconds that starting, stopping and calls into the loop may take before a test fails instead of hanging."""

BODY_LIMIT = 2 * 1024**3
"""Bytes a request body may have; limits that belong to a service are that server's own business."""

_ANSWER_LIMIT = 0.3
"""Seconds that requests still in hand get when the server stops, before they are cancelled."""


class Served:
    """A server that is running: ``url`` without a trailing slash, and a way to do things on its loop."""

    def __init__(self, application: web.Application) -> None:
        self._application = application
        self._started: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, name="test server", daemon=True)
        self._thread.start()
        self.port = self._started.result(LIMIT)

    @property
    def url(self) -> str:
        """Where the server is."""
        return f"http://127.0.0.1:{self.port}"

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the server's loop, from another thread, and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LIMIT)

    def stop(self) -> None:
        """Close the port, let go of open requests and end the thread."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(LIMIT)
        assert not self._thread.is_alive(), "a test server did not stop"

    def _run(self) -> None:
        sys.settrace(None)  # nothing of the program runs here, and measuring its coverage makes all Python slow
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        runner = ClosingRunner(self._application, access_log=None, shutdown_timeout=_ANSWER_LIMIT)
        try:
            await runner.setup()
            port = await runner.listen(backlog=1024)
        except BaseException as error:
            self._started.set_exception(error)
            raise
        self._started.set_result(port)
        await self._stop.wait()
        await runner.cleanup()


@contextmanager
def serve(application: web.Application) -> Iterator[Served]:
    """Serve the application on a free port until the block ends."""
    served = Served(application)
    try:
        yield served
    finally:
        served.stop()
