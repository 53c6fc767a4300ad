"""What a page may load: the files of its folder, and nothing else of this machine or the network.

The browser is given this server as its proxy for all addresses, loopback included. So it is the one way out: it
answers for ``http://helios.localhost`` with files, and refuses all other addresses. Other programs on this machine
reach the server, too, so it answers only who gives the password of this run (RFC 9110, 11.7), which our browser does.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from helios_gui.web.devtools import DevTools

HOST = "helios.localhost"
"""The origin of pages. ``.localhost`` is a secure context, so that modules, workers and WebCrypto are there."""

USER = "helios"
SCHEME = "Basic"
REFUSED = "X-Helios-Refused"
"""A header of answers about addresses that the page may not reach."""

ICON = "/favicon.ico"


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

    async def give_password(self, tools: DevTools) -> None:
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
        address = self.url + ICON.lstrip("/")
        await tools.send("Fetch.enable", handleAuthRequests=True, patterns=[{"urlPattern": address}])
        await tools.send("Page.navigate", url=address)
        await asyncio.gather(*answers)
        await tools.send("Fetch.disable")

    @property
    def authorization(self) -> str:
        """The header ``Proxy-Authorization`` with the password."""
        return f"{SCHEME} " + base64.b64encode(f"{USER}:{self.password}".encode()).decode()

    @property
    def proxy(self) -> str:
        """The address of the proxy through which the page must load everything."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def bypass(self) -> str:
        """What does not go through the proxy, in the form of the browser's ``--proxy-bypass-list``."""
        return ";".join(("<-loopback>", *self._hosts))


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
