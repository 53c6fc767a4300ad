"""Serve the folder of a page as its origin. It takes long to load, which is done while the browser starts."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import hdrs, web

from helios_gui.net.closing_server import stop_listening
from helios_gui.utils.shielded import shielded
from helios_gui.web.origin import HOST, ICON, REFUSED, SCHEME, USER, FolderOrigin, file_of

_TYPES = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".wasm": "application/wasm",
    ".json": "application/json",
    ".xhtml": "application/xhtml+xml",
    ".xht": "application/xhtml+xml",
}
_PAGES = (".html", ".htm")
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")
_CHARSET = re.compile(rb"<meta[^>]+charset", re.IGNORECASE)
_META_BYTES = 1024  # where browsers look for a page's own word on its encoding
_MOST_PAGE = 1_000_000  # bytes that are looked at to know it


@asynccontextmanager
async def serve_folder(folder: Path, hosts: Sequence[str] = ()) -> AsyncIterator[FolderOrigin]:
    """Serve a folder to a browser as long as the context is open.

    Args:
        folder: The page's folder, resolved: links that lead out of it are refused.
        hosts: Hosts besides that the page may reach, such as ``cdn.jsdelivr.net``.
    """
    origin = FolderOrigin(secrets.token_urlsafe(32), hosts)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD) or request.headers.get(hdrs.HOST) != HOST:
            return web.Response(status=403, headers={REFUSED: "outside"})
        given = request.headers.get(hdrs.PROXY_AUTHORIZATION, "")
        if not secrets.compare_digest(given.encode(), origin.authorization.encode()):
            return web.Response(status=407, headers={hdrs.PROXY_AUTHENTICATE: " ".join((SCHEME, f"realm={USER}"))})
        return _file_response(folder, request.rel_url.raw_path)

    runner = web.ServerRunner(web.Server(answer, access_log=None))
    servers: list[asyncio.Server] = []

    async def listen() -> None:
        assert runner.server is not None, "the runner is set up"
        servers.append(await asyncio.get_running_loop().create_server(runner.server, "127.0.0.1", 0))

    await runner.setup()
    try:
        await shielded(listen())  # cancelled inside, it would leave a socket that nobody closes
        origin.port = servers[0].sockets[0].getsockname()[1]
        yield origin
    finally:
        for server in servers:
            await shielded(stop_listening(server))
        await runner.cleanup()


def _file_response(root: Path, path: str) -> web.StreamResponse:
    file = file_of(root, path)
    if file is None:  # browsers ask for the icon by themselves
        return web.Response(status=204 if path == ICON else 404)
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    suffix = file.suffix.lower()
    if kind := _TYPES.get(suffix):
        headers[hdrs.CONTENT_TYPE] = kind
    if suffix in _PAGES and _is_untold_utf8(file):
        headers[hdrs.CONTENT_TYPE] = "text/html;charset=utf-8"
    return web.FileResponse(file, headers=headers)


def _is_untold_utf8(file: Path) -> bool:
    """Return whether a page is UTF-8 and does not say its encoding.

    A browser that opens such a file from the disk finds that out; what a server sends it takes for Windows-1252.
    """
    with file.open("rb") as stream:
        data = stream.read(_MOST_PAGE)
    if data.startswith(_BYTE_ORDER_MARKS) or _CHARSET.search(data[:_META_BYTES]):
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.end == len(data) == _MOST_PAGE  # a character cut at the end of what was read
    return True
