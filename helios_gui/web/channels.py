"""Ways to a browser's DevTools: a pipe that nobody else can open, or a web socket where there is none."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from helios_gui.web import cbor

if TYPE_CHECKING:
    import aiohttp

_LARGEST_MESSAGE = 2**30
"""Bytes; a picture of 16384 × 16384 pixels is smaller."""
_PIPE_BYTES = 2**20
"""What a pipe holds at most for a program without rights, so that a picture goes through it at once."""

Message = dict[str, Any]
"""A message of the Chrome DevTools Protocol. What it says is in Base64 may be ``bytes``."""


@dataclass(frozen=True, slots=True)
class DebuggingPipe:
    """The descriptors of this process at which a browser's ``--remote-debugging-pipe=cbor`` is read and written.

    Attributes:
        reads: Where its answers come from.
        writes: Where commands go.
        draws_at: The scale of pages of which it draws frames on command; 0 where it draws by itself.
    """

    reads: int
    writes: int
    draws_at: float = 0.0


class Channel(Protocol):
    """Sends and receives messages."""

    async def send(self, message: Message) -> None:
        """Send a message. Raises ``ConnectionError`` when the browser is gone."""
        ...

    def __aiter__(self) -> AsyncIterator[Message]:
        """Iterate over what the browser sends, until it ends. Raises ``ValueError`` for what is no message."""
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
    import aiohttp  # a pipe does without, and it takes long to load

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
    widen_pipe(pipe.reads)
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
    """Messages are CBOR, which says how long they are."""

    def __init__(self, reader: asyncio.StreamReader, writing: asyncio.WriteTransport) -> None:
        self._reader = reader
        self._writing = writing

    async def send(self, message: Message) -> None:
        if self._writing.is_closing():
            raise ConnectionError
        self._writing.write(cbor.encode(message))

    async def __aiter__(self) -> AsyncIterator[Message]:
        while True:
            try:
                length = cbor.length_of(await self._reader.readexactly(cbor.HEADER))
                content = await self._reader.readexactly(length)
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            yield cbor.decode(content)


class _SocketChannel:
    """Messages are JSON."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, message: Message) -> None:
        await self._socket.send_str(json.dumps(message))

    async def __aiter__(self) -> AsyncIterator[Message]:
        async for message in self._socket:
            if isinstance(message.data, str):
                yield json.loads(message.data)


def widen_pipe(pipe: int) -> None:
    """Have a pipe hold more, where the system can do that: it usually has room for a fraction of a picture."""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # some systems allow less
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def as_bytes(data: str | bytes) -> bytes:
    """Return what the protocol calls binary, in whichever form the channel brings it."""
    return data if isinstance(data, bytes) else base64.b64decode(data)
