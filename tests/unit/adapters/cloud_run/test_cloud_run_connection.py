"""Connections to a Cloud Run service."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from helios_gui.adapters.cloud_run.cloud_run_checks import check_worker
from helios_gui.adapters.cloud_run.cloud_run_connection import CloudRunConnection
from helios_gui.adapters.cloud_run.cloud_run_responses import CloudRunResponses
from helios_gui.adapters.remote.shared_token import SharedTokenAuth
from helios_gui.net.bearer import BearerAuth
from helios_gui.types import CredentialsError


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


async def test_an_address_that_is_none_is_a_line_of_the_test() -> None:
    responses = CloudRunResponses("https://worker.example", "https://worker.example")
    lines = [line async for line in check_worker("https://worker.example:port", None, responses)]
    assert [(line.name, line.ok) for line in lines] == [("Worker", False)]
    assert "is not one" in lines[0].detail


async def test_a_reference_that_leads_nowhere_is_no_token() -> None:
    with pytest.raises(CredentialsError, match="reference to the worker's token is none"):
        await SharedTokenAuth("secret in clear").token()
