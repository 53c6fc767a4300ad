"""Clients of services: each request is sent as it is signed, and errors are httpx'."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import psutil
import pytest
from aiohttp import web

from helios_gui.utils.http_transport import Transport, make_client

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PATIENT = httpx.Timeout(20.0, pool=None)


class Signer(httpx.Auth):
    """Signs with the next of its tokens whenever one was refused."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = list(tokens)

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        for token in self.tokens:
            request.headers["Authorization"] = token
            response = yield request
            if response.status_code != 401:
                return


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_request_arrives_as_it_was_made() -> None:
    heard: list[tuple[str, str, dict[str, str], bytes]] = []

    async def note(request: web.Request) -> web.Response:
        heard.append((request.method, request.raw_path, dict(request.headers), await request.read()))
        return web.json_response({"answer": 42}, headers={"Set-Cookie": "a=b"})

    async with served(note) as url, make_client(url, Signer("token"), PATIENT) as client:
        for _ in range(2):
            answer = await client.post(f"{url}/a%2Fb?c=d%20e", content=b"body", headers={"X-Own": "1"})
            assert (answer.status_code, answer.json()) == (200, {"answer": 42})
    method, path, headers, body = heard[1]
    assert (method, path, body) == ("POST", "/a%2Fb?c=d%20e", b"body")
    assert (headers["Authorization"], headers["X-Own"], headers["Content-Length"]) == ("token", "1", "4")
    assert headers["User-Agent"].startswith("helios-render-manager/")
    assert "Cookie" not in headers


async def test_a_refused_signature_is_made_anew_and_the_body_sent_again() -> None:
    heard: list[tuple[str, bytes]] = []

    async def check(request: web.Request) -> web.Response:
        heard.append((request.headers["Authorization"], await request.read()))
        return web.Response(status=200 if heard[-1][0] == "fresh" else 401)

    async with served(check) as url, make_client(url, Signer("stale", "fresh"), PATIENT) as client:
        assert (await client.post(url, content=b"body")).status_code == 200
    assert heard == [("stale", b"body"), ("fresh", b"body")]


async def test_redirects_are_not_followed() -> None:
    async def elsewhere(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/other"})

    async with served(elsewhere) as url, make_client(url, Signer("token"), PATIENT) as client:
        assert (await client.get(url)).status_code == 302


async def test_a_compressed_answer_is_unpacked() -> None:
    async def packed(request: web.Request) -> web.Response:
        response = web.Response(text="x" * 1000)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async with served(packed) as url, make_client(url, Signer("token"), PATIENT) as client:
        assert (await client.get(url)).text == "x" * 1000


async def test_a_body_of_unknown_kind_is_streamed_both_ways() -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    async def blocks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 100_000

    async with served(echo) as url:
        transport = Transport(url)
        headers = {"Content-Length": "1000000"}
        answer = await transport.open("PUT", url, headers, blocks(), PATIENT)
        assert len(await answer.aread()) == 1_000_000
        await answer.aclose()
        await transport.aclose()


async def test_connections_are_bounded() -> None:
    at_once: list[int] = [0, 0]

    async def slow(request: web.Request) -> web.Response:
        at_once[0] += 1
        at_once[1] = max(at_once)
        await asyncio.sleep(0.01)
        at_once[0] -= 1
        return web.Response()

    async with served(slow) as url:
        transport = Transport(url, 3)

        async def ask() -> None:
            answer = await transport.open("GET", url, {}, None, PATIENT)
            await answer.aclose()

        await asyncio.gather(*(ask() for _ in range(20)))
        await transport.aclose()
    assert at_once[1] == 3


async def test_nobody_there_is_a_connect_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    async with make_client(url, Signer("token"), PATIENT) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_silence_is_a_read_timeout() -> None:
    said_enough = asyncio.Event()

    async def silent(request: web.Request) -> web.Response:
        await said_enough.wait()
        return web.Response()

    async with served(silent) as url, make_client(url, Signer("token"), PATIENT) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(url, timeout=httpx.Timeout(0.05, connect=20.0))
        said_enough.set()


async def test_a_connection_that_breaks_is_a_read_error() -> None:
    async def break_off(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"some")
        assert request.transport is not None
        request.transport.abort()
        return response

    async with served(break_off) as url, make_client(url, Signer("token"), PATIENT) as client:
        with pytest.raises(httpx.ReadError):
            await client.get(url)


async def test_a_closed_client_sends_nothing() -> None:
    client = make_client("http://127.0.0.1:9", Signer("token"), PATIENT)
    await client.aclose()
    with pytest.raises(RuntimeError):
        await client.get("http://127.0.0.1:9")


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
        client = make_client(f"http://127.0.0.1:{port}", Signer("token"), PATIENT)
        headers = {"Content-Length": "900000000"}
        sending = asyncio.create_task(client.put(f"http://127.0.0.1:{port}", content=body(), headers=headers))
        await heard.wait()
        await asyncio.sleep(0.2)  # buffers fill
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await client.aclose()
        assert connections() == []
        done.set()
