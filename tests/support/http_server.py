"""Runs aiohttp applications for tests."""

from __future__ import annotations

import asyncio

from aiohttp import web

from helios_gui.net.closing_server import stop_listening


class ClosingRunner(web.AppRunner):
    """Runs an application that listens on 127.0.0.1, and closes every connection at its end.

    One that is forgotten the garbage collector finds some time later, and fails an unrelated test.
    """

    _listening: dict[int, asyncio.Server]

    async def setup(self) -> None:
        """Make ready to listen."""
        self._listening = {}
        await super().setup()

    async def listen(self, backlog: int = 128) -> int:
        """Listen on a free port, and return its number."""
        assert self.server is not None, "the runner is set up"
        server = await asyncio.get_running_loop().create_server(self.server, "127.0.0.1", 0, backlog=backlog)
        port = int(server.sockets[0].getsockname()[1])
        self._listening[port] = server
        return port

    async def stop_listening(self, port: int) -> None:
        """Close a port, but only when all that it has accepted has arrived."""
        await stop_listening(self._listening.pop(port))

    async def cleanup(self) -> None:
        """Close all ports and connections."""
        for port in list(self._listening):
            await self.stop_listening(port)
        await super().cleanup()
