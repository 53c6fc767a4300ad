"""What a page may load: the files of its folder, and nothing else of this machine or the network.

The browser is given this server as its proxy for all addresses, loopback included. So it is the one way out: it
answers for ``http://helios.localhost`` with files, and refuses all other addresses. Other programs on this machine
reach the server, too, so it answers only who gives the password of this run (RFC 9110, 11.7), which our browser does.
"""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import hdrs, web

from helios_gui.utils.closing_server import stop_listening
from helios_gui.utils.shielded import shielded
from helios_gui.web.devtools import DevTools

HOST = "helios.localhost"
"""The origin of pages. ``.localhost`` is a secure context, so that modules, workers and WebCrypto are there."""

USER = "helios"
_SCHEME = "Basic"
REFUSED = "X-Helios-Refused"
"""A header of answers about addresses that the page may not reach."""

_ICON = "/favicon.ico"
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


class FolderOrigin:
    """A folder as the origin of a page.

    Args:
        password: What the proxy asks for.
        hosts: Further hosts that the page may reach.
    """

    def __init__(self, password: str, hosts: Sequence[str] = ()) -> None:
        self.port = 0
        self.password = password
        self._hosts = tuple(hosts)

    @property
    def url(self) -> str:
        """The address of the folder, with a slash at its end."""
        return f"http://{HOST}/"

    async def admit(self, tools: DevTools) -> None:
        """Have a browser give the password from now on, for all that a page and its workers load.

        The browser keeps it once it was asked for it: here for an address without content, so that no page is left.
        """
        answers: list[asyncio.Task[object]] = []

        def answer(command: str, event: dict[str, Any], **parameters: object) -> None:
            sent = tools.send(f"Fetch.{command}", requestId=event["requestId"], **parameters)
            answers.append(asyncio.create_task(sent, name="proxy-password"))

        given = {"response": "ProvideCredentials", "username": USER, "password": self.password}
        tools.listen("Fetch.requestPaused", lambda event: answer("continueRequest", event))
        tools.listen("Fetch.authRequired", lambda event: answer("continueWithAuth", event, authChallengeResponse=given))
        address = self.url + _ICON.lstrip("/")
        await tools.send("Fetch.enable", handleAuthRequests=True, patterns=[{"urlPattern": address}])
        await tools.send("Page.navigate", url=address)
        await asyncio.gather(*answers)
        await tools.send("Fetch.disable")

    @property
    def authorization(self) -> str:
        """The header ``Proxy-Authorization`` with the password."""
        return f"{_SCHEME} " + base64.b64encode(f"{USER}:{self.password}".encode()).decode()

    @property
    def proxy(self) -> str:
        """The address of the proxy through which the page must load everything."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def bypass(self) -> str:
        """What does not go through the proxy, in the form of the browser's ``--proxy-bypass-list``."""
        return ";".join(("<-loopback>", *self._hosts))


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
            return web.Response(status=407, headers={hdrs.PROXY_AUTHENTICATE: " ".join((_SCHEME, f"realm={USER}"))})
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


def file_of(root: Path, path: str) -> Path | None:
    """Return the file at the path of an address, as it is written there (``/a%20b.png``); ``None`` for none.

    Args:
        root: The page's folder, resolved: links that lead out of it are not followed.
        path: The path, with a slash at its begin.
    """
    try:
        file = (root / unquote(path).lstrip("/")).resolve()
        if file.is_dir():
            file /= "index.html"
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, ValueError):
        return None


def _file_response(root: Path, path: str) -> web.StreamResponse:
    file = file_of(root, path)
    if file is None:  # browsers ask for the icon by themselves
        return web.Response(status=204 if path == _ICON else 404)
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
