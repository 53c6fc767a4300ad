"""Read what a page plays: files of its folder, data in its addresses, blobs, and files of hosts that it may reach."""

from __future__ import annotations

import asyncio
import base64
import binascii
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote_to_bytes, urlsplit

from helios_gui.types import HeliosError
from helios_gui.web.devtools import DevTools
from helios_gui.web.origin import HOST, file_of

_PIECE = 1 << 20


async def read_medium(tools: DevTools, context: int, url: str, folder: Path, target: Path) -> Path | None:
    """Return a file with what is at an address of a page.

    Args:
        tools: The connection to the page.
        context: The frame of the page that plays it.
        url: The address.
        folder: The page's folder.
        target: The file that is written where it is not a file of the folder.

    Returns:
        The file, or ``None`` where it cannot be read: it is made by a script, or gone.
    """
    address = urlsplit(url)
    if address.scheme == "http" and address.netloc == HOST:
        return await asyncio.to_thread(file_of, folder, address.path)
    if address.scheme == "data":
        data = _decode(url)
    elif address.scheme == "blob":
        data = await _read_blob(tools, context, url)
    elif address.scheme in ("http", "https"):
        return target if await _load(tools, url, target) else None
    else:
        data = None
    if data is None:
        return None
    await asyncio.to_thread(target.write_bytes, data)
    return target


def _decode(url: str) -> bytes | None:
    """Return the content of a ``data:`` address (RFC 2397)."""
    head, comma, body = url.partition(",")
    if not comma:
        return None
    data = unquote_to_bytes(body.partition("#")[0])
    if not head.lower().endswith(";base64"):
        return data
    try:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return None


async def _read_blob(tools: DevTools, context: int, url: str) -> bytes | None:
    address = url.partition("#")[0].replace("\\", "\\\\").replace('"', '\\"')
    try:
        answer = await tools.send(
            "Runtime.evaluate",
            expression=f'__heliosClock.readBlob("{address}")',
            awaitPromise=True,
            returnByValue=True,
            contextId=context,
        )
    except HeliosError:  # the frame of the page was removed
        return None
    text = answer["result"].get("value")
    return base64.b64decode(text) if isinstance(text, str) else None


async def _load(tools: DevTools, url: str, target: Path) -> bool:
    """Write what is at an address of another host; the page's proxy decides whether it may be reached."""
    try:
        tree = await tools.send("Page.getFrameTree")
        answer = await tools.send(
            "Network.loadNetworkResource",
            frameId=tree["frameTree"]["frame"]["id"],
            url=url,
            options={"disableCache": False, "includeCredentials": False},
        )
        stream = answer["resource"].get("stream")
        if not answer["resource"]["success"] or stream is None:
            return False
        with target.open("wb") as file:
            await _copy(tools, stream, file)
        await tools.send("IO.close", handle=stream)
    except HeliosError:
        return False
    return True


async def _copy(tools: DevTools, stream: str, file: BinaryIO) -> None:
    while True:
        piece = await tools.send("IO.read", handle=stream, size=_PIECE)
        data = piece["data"]
        file.write(base64.b64decode(data) if piece.get("base64Encoded") else data.encode())
        if piece["eof"]:
            return
