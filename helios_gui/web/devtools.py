"""A connection to one page of a Chromium, in the Chrome DevTools Protocol."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from helios_gui.translation import tr
from helios_gui.types import HeliosError

Listener = Callable[[dict[str, Any]], None]


class PageLostError(HeliosError):
    """The page or its browser is gone."""


class DevTools:
    """Sends commands to a page and passes its events on. Made by ``connect``."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._last_id = 0
        self._lost: str = ""

    def listen(self, event: str, listener: Listener) -> None:
        """Call ``listener`` with the parameters of each event of this name, such as ``Page.loadEventFired``."""
        self._listeners.setdefault(event, []).append(listener)

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and return its result.

        Raises:
            PageLostError: The page or the browser is gone.
            HeliosError: The browser refused the command.
        """
        if self._lost:
            raise PageLostError(self._lost)
        self._last_id += 1
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[self._last_id] = answer
        try:
            await self._socket.send_json({"id": self._last_id, "method": method, "params": parameters})
        except ConnectionError:
            self.lose(tr("The browser ended."))
        return await answer

    def lose(self, reason: str) -> None:
        """Fail all commands, now and from now on: the page is gone."""
        self._lost = self._lost or reason
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(PageLostError(self._lost))
        self._answers.clear()

    async def read(self) -> None:
        """Read answers and events until the connection ends."""
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(json.loads(message.data))
        finally:  # also after an event that a listener could not take: nobody may wait for answers then
            self.lose(tr("The browser ended."))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" not in message:
            for listener in self._listeners.get(message["method"], ()):
                listener(message["params"])
            return
        answer = self._answers.pop(message["id"], None)
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(HeliosError(tr("The browser refused: {reason}", reason=message["error"]["message"])))
        else:
            answer.set_result(message["result"])


@asynccontextmanager
async def open_tab(address: str, proxy: str, bypass: str) -> AsyncIterator[DevTools]:
    """Open a page in the browser whose DevTools are at ``address``, and close it at the end.

    Args:
        address: ``http://127.0.0.1:PORT``.
        proxy: The proxy for all that the page loads. Storage and cache are its own as well.
        bypass: Hosts that it reaches without the proxy, in the form of ``--proxy-bypass-list``.

    Raises:
        PageLostError: The browser ended, before or while the page was opened.
    """
    async with aiohttp.ClientSession() as session:
        socket_url = await _find_browser_socket(session, address)
        async with _connect(session, socket_url) as browser:
            place = await browser.send(
                "Target.createBrowserContext", disposeOnDetach=True, proxyServer=proxy, proxyBypassList=bypass
            )
            target = await browser.send("Target.createTarget", url="about:blank", **place)
            url = f"{address.replace('http', 'ws', 1)}/devtools/page/{target['targetId']}"
            async with _connect(session, url) as page:
                yield page


async def _find_browser_socket(session: aiohttp.ClientSession, address: str) -> str:
    try:
        async with session.get(f"{address}/json/version") as answer:
            return str((await answer.json())["webSocketDebuggerUrl"])
    except aiohttp.ClientError as error:
        raise PageLostError(tr("The browser ended.")) from error


@asynccontextmanager
async def _connect(session: aiohttp.ClientSession, url: str) -> AsyncIterator[DevTools]:
    try:
        opened = await session.ws_connect(url, max_msg_size=0)
    except aiohttp.ClientError as error:
        raise PageLostError(tr("The browser ended.")) from error
    async with opened as socket:
        tools = DevTools(socket)
        reading = asyncio.create_task(tools.read(), name="devtools-reader")
        try:
            yield tools
        finally:
            tools.lose(tr("The browser ended."))
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading
