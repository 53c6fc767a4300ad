"""Connections to a Cloud Run service."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from helios_gui.adapters.cloud_run.cloud_run_connection import CloudRunConnection
from helios_gui.net.bearer import BearerAuth


class Tokens(BearerAuth):
    """Always the same one."""

    async def token(self, refused: str = "") -> str:
        return "good"


async def test_a_host_with_letters_of_its_own_is_asked_by_its_name_on_the_wire(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    async def note(request: web.Request) -> web.Response:
        heard.append(request.headers["Host"])
        return web.Response()

    application = web.Application()
    application.router.add_get("/health", note)
    async with TestServer(application) as server:
        monkeypatch.setenv("http_proxy", str(server.make_url("")))  # which need not know where that is
        monkeypatch.setenv("no_proxy", "localhost")
        line = CloudRunConnection("http://arbeiter-süd.example", Tokens())
        assert (await line.get("/health", 20.0)).is_success
        await line.close()
    assert heard == ["arbeiter-süd.example".encode("idna").decode()]
