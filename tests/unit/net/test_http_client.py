"""Requests to services: each arrives as it was made, and what goes wrong is told apart."""

from __future__ import annotations

import asyncio
import base64
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import psutil
import pytest
from aiohttp import web

from helios_gui.net.bearer import BearerAuth
from helios_gui.net.http_client import NEVER_SENT, ResponseTooLongError, describe_transport_error, make_client
from tests.support.http_server import ClosingRunner

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PATIENT = httpx.Timeout(None, read=20.0)


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A service, and connections to it."""
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = ClosingRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    url = f"http://127.0.0.1:{await runner.listen()}"
    client = make_client(url, connections=3)
    client.timeout = PATIENT
    try:
        yield client, url
    finally:
        await client.aclose()
        await runner.cleanup()


async def test_a_request_arrives_as_it_was_made() -> None:
    heard: list[tuple[str, str, dict[str, str], bytes]] = []

    async def note(request: web.Request) -> web.Response:
        heard.append((request.method, request.raw_path, dict(request.headers), await request.read()))
        return web.json_response({"answer": 42}, headers={"Set-Cookie": "a=b"})

    async with served(note) as (client, url):
        for _ in range(2):
            answer = await client.post(f"{url}/a%2Fb%3A?c=d%20e", headers={"X-Own": "1"}, content=b"body")
            assert (answer.status_code, answer.is_success, answer.json()) == (200, True, {"answer": 42})
    method, path, headers, body = heard[1]
    assert (method, path, body) == ("POST", "/a%2Fb%3A?c=d%20e", b"body")
    assert (headers["X-Own"], headers["Content-Length"], headers["Accept-Encoding"]) == ("1", "4", "identity")
    assert headers["User-Agent"].startswith("helios-render-manager/")
    assert "Cookie" not in headers


class Tokens(BearerAuth):
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

    async with served(check) as (client, url):
        request = client.build_request("PUT", url, headers={"X-Own": "1"}, content=b"body")
        answer = await client.send(request, auth=Tokens(*tokens), stream=not whole)
        await answer.aread()
        assert (answer.status_code, answer.text) == (status, f"to {tokens[-1]}")
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
        async with make_client("http://storage.invalid") as client:
            answer = await client.get("http://storage.invalid/o", timeout=PATIENT)
    assert answer.text == "passed on"
    assert heard == [("storage.invalid", "Basic " + base64.b64encode(b"me:secret").decode())]


async def test_redirects_are_not_followed() -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/other"}, body=b"")

    async with served(elsewhere) as (client, url):
        answer = await client.get(url)
        assert (answer.status_code, answer.is_success, answer.reason_phrase) == (302, False, "Found")


async def test_a_packed_answer_comes_as_it_is() -> None:
    packed = gzip.compress(bytes(1_000_000))

    async def pack(request: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async with served(pack) as (client, url):
        assert (await client.get(url)).content == packed


@pytest.mark.parametrize("length_is_told", [True, False])
async def test_a_longer_answer_than_allowed_is_not_read(*, length_is_told: bool) -> None:
    async def long(request: web.Request) -> web.StreamResponse:
        if length_is_told:
            return web.Response(body=bytes(1_000_001))
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(11):
            await response.write(bytes(100_000))
        return response

    async with served(long) as (client, url):
        with pytest.raises(ResponseTooLongError):
            await client.get(url, extensions={"limit": 1_000_000})
        assert (await client.get(url, extensions={"limit": 2_000_000})).content


async def test_bodies_are_streamed_both_ways() -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async def blocks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 100_000

    async with served(echo) as (client, url):
        headers = {"Content-Length": "1000000"}
        async with client.stream("PUT", url, headers=headers, content=blocks()) as answer:
            assert sum([len(block) async for block in answer.aiter_raw()]) == 1_000_000


async def test_connections_are_bounded() -> None:
    at_once: list[int] = [0, 0]
    three = asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        at_once[0] += 1
        at_once[1] = max(at_once)
        if at_once[0] == 3:
            three.set()
        await three.wait()
        await asyncio.sleep(0.01)  # a fourth would have come in
        at_once[0] -= 1
        return web.Response()

    async with served(slow) as (client, url):

        async def ask() -> None:
            async with client.stream("GET", url):
                pass

        await asyncio.gather(*(ask() for _ in range(20)))
    assert at_once[1] == 3


@pytest.mark.parametrize("address", ["http://127.0.0.1:{}", "http://", "ftp://127.0.0.1:{}"])
async def test_what_nobody_can_have_heard_was_never_sent(address: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody else can listen there
        url = address.format(taken.getsockname()[1])
        async with make_client(url) as client:
            with pytest.raises(NEVER_SENT):
                await client.get(url, timeout=PATIENT)


async def test_silence_is_told_apart() -> None:
    said_enough = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await said_enough.wait()
        return web.Response()

    async with served(silent) as (client, url):
        with pytest.raises(httpx.ReadTimeout):
            await client.get(url, timeout=httpx.Timeout(None, read=0.05))
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

    async def receive(client: httpx.AsyncClient, url: str) -> None:
        answer = await client.send(client.build_request("GET", url), stream=not whole)
        try:
            await answer.aread()
        finally:
            await answer.aclose()

    async with served(break_off) as (client, url):
        with pytest.raises(httpx.TransportError) as caught:
            await receive(client, url)
        assert not isinstance(caught.value, NEVER_SENT)
        assert describe_transport_error(caught.value) == "the connection was lost"


@pytest.mark.parametrize("said", [b"", b"nonsense\r\n\r\n"])
async def test_a_request_that_was_heard_is_never_called_unsent(said: bytes) -> None:
    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"body")
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, make_client(url) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(url, content=b"body", timeout=PATIENT)


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
        client = make_client(url)
        headers = {"Content-Length": "900000000"}
        sending = asyncio.create_task(client.put(url, headers=headers, content=body(), timeout=PATIENT))
        await heard.wait()
        await asyncio.sleep(0.2)  # buffers fill
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await client.aclose()
        assert connections() == []
        done.set()
