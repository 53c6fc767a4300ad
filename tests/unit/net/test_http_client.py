"""Requests to services: each arrives as it was made, and what goes wrong is told apart."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

import aiohttp
import psutil
import pytest
from aiohttp import web

from helios_gui.net.bearer import send_with_token
from helios_gui.net.http_client import Answer, HttpError, NeverSentError, SilenceError, Transport

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PATIENT = aiohttp.ClientTimeout(total=None, sock_read=20.0)


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[tuple[Transport, str]]:
    """A service, and connections to it."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    transport = Transport(url, 3)
    try:
        yield transport, url
    finally:
        await transport.close()
        await runner.cleanup()


async def test_a_request_arrives_as_it_was_made() -> None:
    heard: list[tuple[str, str, dict[str, str], bytes]] = []

    async def note(request: web.Request) -> web.Response:
        heard.append((request.method, request.raw_path, dict(request.headers), await request.read()))
        return web.json_response({"answer": 42}, headers={"Set-Cookie": "a=b"})

    async with served(note) as (transport, url):
        for _ in range(2):
            answer = await transport.fetch("POST", f"{url}/a%2Fb?c=d%20e", {"X-Own": "1"}, b"body", PATIENT)
            assert (answer.status, answer.ok, answer.json()) == (200, True, {"answer": 42})
    method, path, headers, body = heard[1]
    assert (method, path, body) == ("POST", "/a%2Fb?c=d%20e", b"body")
    assert (headers["X-Own"], headers["Content-Length"], headers["Accept-Encoding"]) == ("1", "4", "identity")
    assert headers["User-Agent"].startswith("helios-render-manager/")
    assert "Cookie" not in headers


class Tokens:
    """Gives the next of its tokens whenever one was refused."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = list(tokens)

    async def token(self, refused: str = "") -> str:
        if refused == self._tokens[0] and len(self._tokens) > 1:
            self._tokens.pop(0)
        return self._tokens[0]


@pytest.mark.parametrize(
    ("tokens", "heard", "status"),
    [(("good",), ["good"], 200), (("old", "good"), ["old", "good"], 200), (("old",), ["old"], 401)],
    ids=["accepted", "renewed", "no other"],
)
@pytest.mark.parametrize("whole", [True, False])
async def test_a_refused_token_is_renewed_once(
    tokens: tuple[str, ...], heard: list[str], status: int, *, whole: bool
) -> None:
    told: list[tuple[str, bytes]] = []

    async def check(request: web.Request) -> web.Response:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        told.append((token, await request.read()))
        return web.Response(status=200 if token == "good" else 401, text=f"to {token}")

    async with served(check) as (transport, url):
        send: Callable[[Mapping[str, str]], Awaitable[Answer]] = partial(
            transport.fetch if whole else transport.open, "PUT", url, body=b"body", timeout=PATIENT
        )
        answer = await send_with_token(Tokens(*tokens), {"X-Own": "1"}, send)
        if not whole:
            await answer.read()
        assert (answer.status, answer.text) == (status, f"to {tokens[-1]}")
        await answer.close()
    assert told == [(token, b"body") for token in heard]


@pytest.mark.parametrize("scheme", ["http://", ""])
async def test_a_proxy_gets_the_requests_and_its_password(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    heard: list[tuple[str, str]] = []

    async def pass_on(request: web.Request) -> web.Response:
        heard.append((request.host, request.headers["Proxy-Authorization"]))
        return web.Response(text="passed on")

    async with served(pass_on) as (_, url):
        monkeypatch.setenv("http_proxy", f"{scheme}me:secret@{url.removeprefix('http://')}")
        monkeypatch.setenv("no_proxy", "localhost")
        transport = Transport("http://storage.invalid")
        answer = await transport.fetch("GET", "http://storage.invalid/o", {}, None, PATIENT)
        await transport.close()
    assert answer.text == "passed on"
    assert heard == [("storage.invalid", "Basic " + base64.b64encode(b"me:secret").decode())]


async def test_redirects_are_not_followed() -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/other"}, body=b"")

    async with served(elsewhere) as (transport, url):
        answer = await transport.fetch("GET", url, {}, None, PATIENT)
        assert (answer.status, answer.ok, answer.text) == (302, False, "Found")


async def test_an_empty_answer_says_what_its_status_means() -> None:
    assert [Answer(status, {}).text for status in (404, 799)] == ["Not Found", ""]


@pytest.mark.parametrize("length_is_told", [True, False])
async def test_a_long_answer_is_cut(*, length_is_told: bool) -> None:
    async def long(request: web.Request) -> web.StreamResponse:
        if length_is_told:
            return web.Response(body=bytes(1_000_001))
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(11):
            await response.write(bytes(100_000))
        return response

    async with served(long) as (transport, url):
        for limit in (1_000_000, 2_000_000):
            answer = await transport.fetch("GET", url, {}, None, PATIENT, limit)
            assert answer.cut is (limit == 1_000_000)
            assert bool(answer.content) is not answer.cut


async def test_bodies_are_streamed_both_ways() -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async def blocks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 100_000

    async with served(echo) as (transport, url):
        answer = await transport.open("PUT", url, {"Content-Length": "1000000"}, blocks(), PATIENT)
        assert sum([len(block) async for block in answer.blocks()]) == 1_000_000
        await answer.close()


async def test_connections_are_bounded() -> None:
    at_once: list[int] = [0, 0]

    async def slow(request: web.Request) -> web.Response:
        at_once[0] += 1
        at_once[1] = max(at_once)
        await asyncio.sleep(0.01)
        at_once[0] -= 1
        return web.Response()

    async with served(slow) as (transport, url):

        async def ask() -> None:
            answer = await transport.open("GET", url, {}, None, PATIENT)
            await answer.close()

        await asyncio.gather(*(ask() for _ in range(20)))
    assert at_once[1] == 3


@pytest.mark.parametrize("address", ["http://127.0.0.1:{}", "http://", "ftp://127.0.0.1:{}"])
async def test_what_nobody_can_have_heard_was_never_sent(address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = address.format(taken.getsockname()[1])
    transport = Transport(url)
    with pytest.raises(NeverSentError):
        await transport.fetch("GET", url, {}, None, PATIENT)
    await transport.close()


async def test_silence_is_told_apart() -> None:
    said_enough = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await said_enough.wait()
        return web.Response()

    async with served(silent) as (transport, url):
        with pytest.raises(SilenceError):
            await transport.fetch("GET", url, {}, None, aiohttp.ClientTimeout(sock_read=0.05))
        said_enough.set()


@pytest.mark.parametrize("whole", [True, False])
async def test_a_connection_that_breaks_is_an_error_like_any_other(*, whole: bool) -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"some")
        assert request.transport is not None
        request.transport.abort()
        return response

    async def receive(transport: Transport, url: str) -> None:
        if whole:
            await transport.fetch("GET", url, {}, None, PATIENT)
        else:
            answer = await transport.open("GET", url, {}, None, PATIENT)
            try:
                await answer.read()
            finally:
                await answer.close()

    async with served(break_off) as (transport, url):
        with pytest.raises(HttpError) as caught:
            await receive(transport, url)
        assert not isinstance(caught.value, NeverSentError | SilenceError)
        assert caught.value.words == "the connection was lost"


async def test_closing_leaves_no_connection_to_a_server_that_takes_nothing_more() -> None:
    heard, done = asyncio.Event(), asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        heard.set()
        await done.wait()
        writer.transport.abort()

    async def body() -> AsyncIterator[bytes]:
        while True:
            yield bytes(500_000)

    def connections() -> list[tuple[str, int]]:
        return [one.laddr for one in psutil.Process().net_connections() if one.raddr and one.raddr[1] == port]

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        url = f"http://127.0.0.1:{port}"
        transport = Transport(url)
        headers = {"Content-Length": "900000000"}
        sending = asyncio.create_task(transport.fetch("PUT", url, headers, body(), PATIENT))
        await heard.wait()
        await asyncio.sleep(0.2)  # buffers fill
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await transport.close()
        assert connections() == []
        done.set()
