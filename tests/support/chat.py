"""A chat service on the loopback interface."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.support.http_server import ClosingRunner


class Chat:
    """A server that notes what is posted to it, and answers with the statuses it was given, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[tuple[dict[str, str], Any]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.json()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@asynccontextmanager
async def chat(*statuses: int) -> AsyncIterator[Chat]:
    server = Chat(*statuses)
    app = web.Application()
    app.router.add_post("/hook", server.answer)
    runner = ClosingRunner(app)
    await runner.setup()
    server.url = f"http://127.0.0.1:{await runner.listen()}/hook"
    try:
        yield server
    finally:
        await runner.cleanup()
