"""The fault proxy: faults do what they say, and everything else comes through unchanged."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from aiohttp import web

from tests.cloud.servers.fault_proxy import FaultProxy, fault_proxy
from tests.cloud.servers.faults import (
    answer,
    answer_instead,
    corrupt,
    corrupt_upload,
    drop,
    hold,
    refuse,
    slow,
    truncate,
)
from tests.cloud.servers.lambda_front import lambda_front
from tests.cloud.servers.lambda_function import LambdaFunction
from tests.cloud.servers.s3 import S3Server
from tests.cloud.servers.serving import serve
from tests.support.waiting import wait_until


class Echo:
    """Answers what it is sent; ``got`` has all bodies, ``done`` counts requests worked off to the end.

    Those for ``?work`` take until ``go``.
    """

    def __init__(self) -> None:
        self.go = threading.Event()
        self.got: list[bytes] = []
        self.done = 0

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._handle)
        return application

    async def _handle(self, request: web.Request) -> web.Response:
        self.got.append(await request.read())
        while "work" in request.query and not self.go.is_set():
            await asyncio.sleep(0.01)
        self.done += 1
        return web.Response(body=self.got[-1], headers={"X-Path": request.raw_path, "X-Host": request.host})


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[FaultProxy]:
    with serve(echo.application()) as server, fault_proxy(server.url) as made:
        yield made


@contextmanager
def client(proxy: FaultProxy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.url, trust_env=False, timeout=20) as made:
        yield made


def test_lets_requests_through_as_they_are(proxy: FaultProxy, echo: Echo) -> None:
    body = os.urandom(100_000)
    with client(proxy) as calls:
        reply = calls.post("/a%2Fb/c%20d?x=%2B&y", content=body)
        assert calls.head("/").status_code == 200
    assert (reply.content, reply.headers["X-Path"]) == (body, "/a%2Fb/c%20d?x=%2B&y")
    assert reply.headers["X-Host"] == proxy.url.removeprefix("http://")
    assert (proxy.requests[0].sent, proxy.requests[0].received, proxy.requests[0].status) == (100_000, 100_000, 200)


def test_drops_after_the_server_got_the_request(proxy: FaultProxy, echo: Echo) -> None:
    proxy.script(drop(when=lambda: echo.got), method="POST", path="work")
    with client(proxy) as calls:
        with pytest.raises(httpx.RemoteProtocolError):
            calls.post("/work?work", content=b"render")
        assert (echo.got, echo.done) == ([b"render"], 0)
        echo.go.set()
        wait_until(lambda: echo.done == 1)
        assert calls.post("/work", content=b"again").status_code == 200


def test_refuses_before_the_server_hears_of_it(proxy: FaultProxy, echo: Echo) -> None:
    proxy.script(refuse(), times=2)
    with client(proxy) as calls:
        for _ in range(2):
            with pytest.raises(httpx.RemoteProtocolError):
                calls.get("/")
        assert echo.got == []
        assert calls.get("/").status_code == 200


def test_holds_answers_back_beyond_a_read_time_out(proxy: FaultProxy, echo: Echo) -> None:
    waited = threading.Event()
    proxy.script(hold(until=waited.is_set))
    with client(proxy) as calls, pytest.raises(httpx.ReadTimeout):
        calls.post("/", content=b"x", timeout=httpx.Timeout(20, read=0.3))
    wait_until(lambda: echo.got)
    waited.set()
    assert echo.got == [b"x"]


def test_answers_in_the_place_of_the_server(proxy: FaultProxy, echo: Echo) -> None:
    proxy.script(answer(429, b"slow down", {"Retry-After": "1"}), path="first")
    proxy.script(answer_instead(504, when=lambda: echo.done), path="second")
    with client(proxy) as calls:
        throttled = calls.post("/first", content=b"one")
        assert (throttled.status_code, throttled.headers["Retry-After"], echo.got) == (429, "1", [])
        assert calls.post("/second", content=b"two").status_code == 504
    assert (echo.got, proxy.count("POST"), proxy.count(path="second")) == ([b"two"], 2, 1)


def test_truncates_and_corrupts(proxy: FaultProxy, echo: Echo) -> None:
    body = bytes(50_000)
    proxy.script(truncate(20_000)).script(corrupt(40_000)).script(corrupt_upload(3))
    with client(proxy) as calls:
        with pytest.raises(httpx.RemoteProtocolError):
            calls.post("/", content=body)
        assert proxy.requests[0].received == 20_000
        received = calls.post("/", content=body).content
        assert (len(received), received.count(0), received[40_000]) == (50_000, 49_999, 1)
        assert echo.got[-1] == body
        calls.post("/", content=body)
        assert (echo.got[-1].count(0), echo.got[-1][3]) == (49_999, 1)
        proxy.script(corrupt_upload(-2)).script(corrupt(-1))
        calls.post("/", content=body)
        assert (echo.got[-1].count(0), echo.got[-1][-2]) == (49_999, 1)
        assert calls.post("/", content=body).content[-1] == 1


def test_slows_bodies_down(proxy: FaultProxy) -> None:
    proxy.script(slow(20_000))
    with client(proxy) as calls, pytest.raises(httpx.TimeoutException):
        calls.post("/", content=bytes(500_000), timeout=httpx.Timeout(1.0, connect=20))
    assert proxy.requests[0].sent < 500_000


def test_rules_are_counted_and_forgotten(proxy: FaultProxy) -> None:
    proxy.script(answer(500), path="x", skip=1, times=None)
    with client(proxy) as calls:
        assert [calls.get(path).status_code for path in ("/x", "/x", "/y", "/x")] == [200, 500, 200, 500]
        proxy.heal()
        assert calls.get("/x").status_code == 200


def test_signatures_stay_good(moto: S3Server) -> None:
    with fault_proxy(moto.endpoint_url) as proxy:
        through = replace(moto, endpoint_url=proxy.url)
        with through.client(key=moto.key) as s3:
            s3.put_object(Bucket=moto.bucket, Key="a/ü +.bin", Body=bytes(300_000))
            assert s3.head_object(Bucket=moto.bucket, Key="a/ü +.bin")["ContentLength"] == 300_000
            s3.delete_object(Bucket=moto.bucket, Key="a/ü +.bin")


def test_stops_while_requests_hang() -> None:
    async def never(_: object) -> None:
        await asyncio.sleep(3600)

    with lambda_front(LambdaFunction(inline=never)) as front, fault_proxy(front.url) as proxy, client(proxy) as calls:
        proxy.script(hold(3600))
        with pytest.raises(httpx.ReadTimeout):
            calls.get("/", timeout=0.2)
