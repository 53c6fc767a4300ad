"""Stops a server without losing the connections that it has just accepted."""

from __future__ import annotations

import asyncio
from contextlib import suppress

_ROUNDS = 3  # of the loop, from accepting a connection to telling its protocol of it


async def stop_listening(server: asyncio.Server) -> None:
    """Accept no more connections; returns when those that were accepted are passed on.

    asyncio forgets, without closing them, connections that it has accepted and not yet passed on when the server is
    closed (up to Python 3.12: ``Server._attach`` fails), until the garbage collector finds them.
    """
    with suppress(NotImplementedError):  # Windows accepts in another way
        for listener in server.sockets:
            asyncio.get_running_loop().remove_reader(listener)
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)
    server.close()
