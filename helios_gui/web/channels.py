"""Ways to a browser's DevTools: a pipe that nobody else can open, or a web socket where there is none."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import aiohttp

_LARGEST_MESSAGE = 2**30
"""Bytes; a picture of 16384 × 16384 pixels is smaller."""


@dataclass(frozen=True, slots=True)
class DebuggingPipe:
    """The descriptors of this process at which a browser's ``--remote-debugging-pipe`` is read and written."""

    reads: int
    writes: int


class Channel(Protocol):
    """Sends and receives messages of the Chrome DevTools Protocol as JSON text."""

    async def send(self, text: str) -> None:
        """Send a message. Raises ``ConnectionError`` when the browser is gone."""
        ...

    def __aiter__(self) -> AsyncIterator[str]:
        """Iterate over what the browser sends, until it ends."""
        ...


@asynccontextmanager
async def open_channel(place: DebuggingPipe | str) -> AsyncIterator[Channel]:
    """Connect to a browser.

    Args:
        place: Its pipe, or the address of its web socket (``ws://127.0.0.1:PORT/devtools/browser/ID``).

    Raises:
        ConnectionError: Nobody listens there any more.
    """
    if isinstance(place, DebuggingPipe):
        async with _open_pipe(place) as channel:
            yield channel
        return
    async with aiohttp.ClientSession() as session:
        try:
            socket = await session.ws_connect(place, max_msg_size=0)
        except aiohttp.ClientError as error:
            raise ConnectionError(str(error)) from error
        async with socket:
            yield _SocketChannel(socket)


@asynccontextmanager
async def _open_pipe(pipe: DebuggingPipe) -> AsyncIterator[Channel]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_LARGEST_MESSAGE)
    reading, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(pipe.reads), "rb", 0)
    )
    writing, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(os.dup(pipe.writes), "wb", 0))
    try:
        yield _PipeChannel(reader, writing)
    finally:
        reading.close()
        writing.close()


class _PipeChannel:
    """Messages end with a zero byte."""

    def __init__(self, reader: asyncio.StreamReader, writing: asyncio.WriteTransport) -> None:
        self._reader = reader
        self._writing = writing

    async def send(self, text: str) -> None:
        if self._writing.is_closing():
            raise ConnectionError
        self._writing.write(text.encode() + b"\0")

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            try:
                yield (await self._reader.readuntil(b"\0"))[:-1].decode()
            except (asyncio.IncompleteReadError, ConnectionError):
                return


class _SocketChannel:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)

    async def __aiter__(self) -> AsyncIterator[str]:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                yield message.data
