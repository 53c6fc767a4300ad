"""Bounds on the connections of a worker's server, with a real aiohttp server and short times."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from helios_gui.worker.connections import BoundedRecords, Connection, ConnectionLimiter
from tests.support.waiting import PATIENCE, eventually

IDLE = 2.0
"""Seconds; a server that stands still for longer takes who has just come for one who sends nothing."""


@asynccontextmanager
async def served(limit: int, idle: float = IDLE) -> AsyncIterator[tuple[tuple[str, int], ConnectionLimiter]]:
    """The address of a server; a request for ``/slow`` is an authorised one that takes longer than ``idle``."""

    async def quick(_: web.Request) -> web.Response:
        return web.Response(text="quick")

    async def slow(request: web.Request) -> web.Response:
        assert request.transport is not None
        connection = request.transport.get_protocol()
        assert isinstance(connection, Connection)
        connection.serve()
        await asyncio.sleep(idle * 1.25)
        connection.wait()
        return web.Response(text="slow")

    application = web.Application()
    application.router.add_get("/quick", quick)
    application.router.add_get("/slow", slow)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    assert runner.server is not None
    limiter = ConnectionLimiter(runner.server, limit, idle)
    listener = await asyncio.get_running_loop().create_server(limiter, "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[:2], limiter
    finally:
        listener.close()
        await runner.cleanup()


async def answer(address: tuple[str, int], sent: bytes) -> bytes:
    """What comes until the server hangs up."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(sent)
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""
    finally:
        writer.close()


REQUEST = b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_hangs_up_on_who_does_not_finish_a_request() -> None:
    async with served(10) as (address, _):
        halves = (b"", b"GET /quick HT", REQUEST[:-2] % b"quick", REQUEST % b"quick" + b"GET /qu")
        async with asyncio.timeout(PATIENCE):
            got = await asyncio.gather(*(answer(address, half) for half in halves))
        assert [text.endswith(b"quick") for text in got] == [False, False, False, True]


async def test_new_connections_push_out_the_oldest_that_wait() -> None:
    async with served(3, idle=30) as (address, _):
        held = [asyncio.create_task(answer(address, b"GET")) for _ in range(3)]
        await asyncio.sleep(0)
        newest = asyncio.create_task(answer(address, REQUEST % b"quick"))
        done, _ = await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE)
        assert len(done) == 1
        for task in (*held, newest):
            task.cancel()
        await asyncio.gather(*held, newest, return_exceptions=True)


async def test_served_connections_stay_as_long_as_it_takes_and_further_ones_have_to_go() -> None:
    async with served(2) as (address, limiter):
        slow = [asyncio.create_task(answer(address, REQUEST % b"slow")) for _ in range(2)]
        await eventually(lambda: len(limiter._serving) == 2)
        assert await answer(address, REQUEST % b"quick") == b""
        assert all(text.endswith(b"slow") for text in await asyncio.gather(*slow))
        assert (await answer(address, REQUEST % b"quick")).endswith(b"quick"), "there is room again"


def test_logs_say_how_much_they_left_out() -> None:
    bound = BoundedRecords(most=2, seconds=3600)
    records = [logging.makeLogRecord({"msg": f"record {number}"}) for number in range(6)]
    assert [bound.filter(record) for record in records[:5]] == [True, True, False, False, False]
    bound._seconds = 0  # the minute is over
    assert bound.filter(records[5])
    assert records[5].getMessage() == "record 5 (and 3 more messages before this one)"
