"""The tests' servers close what they have accepted, at whatever moment they stop."""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import suppress

import pytest
from aiohttp import web

from tests.support.http_server import ClosingRunner


@pytest.mark.parametrize("rounds", range(5))
async def test_connections_that_are_being_accepted_are_closed(rounds: int) -> None:
    runner = ClosingRunner(web.Application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    port = await runner.listen()
    clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
    for _ in range(rounds):
        await asyncio.sleep(0)
    await runner.cleanup()
    gc.collect()  # pytest fails a test that leaves a connection to the collector
    for client in clients:
        with client:
            client.settimeout(5)
            with suppress(ConnectionResetError):
                assert client.recv(1) == b""
