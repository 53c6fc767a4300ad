"""A connection to a Chromium and to one of its pages, in the Chrome DevTools Protocol."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.web.channels import Channel, DebuggingPipe, open_channel

_ANSWER_SECONDS = 60.0
"""Within which a browser that has just been started opens a page."""

Listener = Callable[[dict[str, Any]], None]


class PageLostError(HeliosError):
    """The page or its browser is gone."""


class DevTools:
    """Sends commands to the browser, or in a session to one of its pages, and passes events on.

    Args:
        channel: The way to the browser.
        session: The id of a session with a page or a worker; empty for the browser itself.
        sessions: Those of the connection, by their ids; ``None`` for a new connection.
    """

    def __init__(self, channel: Channel, session: str = "", sessions: dict[str, DevTools] | None = None) -> None:
        self._channel = channel
        self._session = session
        self._sessions: dict[str, DevTools] = {} if sessions is None else sessions
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._listeners: dict[str, list[Listener]] = {}
        self._last_id = 0
        self._lost: str = ""

    def open_session(self, session: str) -> DevTools:
        """Return the commands and events of a session, which the browser has attached to a page or a worker."""
        self._sessions[session] = DevTools(self._channel, session, self._sessions)
        return self._sessions[session]

    def close_session(self, session: str) -> None:
        """Fail all commands of a session that has ended."""
        if ended := self._sessions.pop(session, None):
            ended.lose(tr("The page's worker has ended."))

    @property
    def oldest_command(self) -> int:
        """The number of the command that has waited longest for its answer; 0 for none."""
        return next(iter(self._answers), 0)

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
            message = {"id": self._last_id, "method": method, "params": parameters}
            await self._channel.send({**message, "sessionId": self._session} if self._session else message)
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
        if not self._session:
            for session in self._sessions.values():
                session.lose(reason)

    async def read(self) -> None:
        """Read answers and events until the connection ends."""
        try:
            async for message in self._channel:
                receiver = self._sessions.get(message.get("sessionId", ""), self)
                receiver._handle_message(message)
        finally:  # also after an event that a listener could not take: nobody may wait for answers then
            self.lose(tr("The browser ended."))

    def _handle_message(self, message: dict[str, Any]) -> None:
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
async def connect(browser: DebuggingPipe | str) -> AsyncIterator[DevTools]:
    """Connect to a browser; the tabs that were opened are closed at the end.

    Args:
        browser: Its pipe, or the address of its web socket.

    Raises:
        PageLostError: The browser ended.
    """
    async with AsyncExitStack() as stack:
        try:
            channel = await stack.enter_async_context(open_channel(browser))
        except ConnectionError as error:
            raise PageLostError(tr("The browser ended.")) from error
        tools = DevTools(channel)
        reading = asyncio.create_task(tools.read(), name="devtools-reader")
        stack.push_async_callback(_stop, reading)
        stack.callback(tools.lose, tr("The browser ended."))
        yield tools


async def open_tab(browser: DevTools, proxy: str, bypass: str, *, on_command: bool = False) -> DevTools:
    """Open a page in a browser.

    Args:
        browser: The connection to the browser.
        proxy: The proxy for all that the page loads. Storage and cache are its own as well.
        bypass: Hosts that it reaches without the proxy, in the form of ``--proxy-bypass-list``.
        on_command: Frames of the page are drawn when they are asked for, see ``camera.FrameCamera``.

    Raises:
        PageLostError: The browser ended, before or while the page was opened.
    """
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            place = await browser.send(
                "Target.createBrowserContext", disposeOnDetach=True, proxyServer=proxy, proxyBypassList=bypass
            )
            target = await browser.send(
                "Target.createTarget", url="about:blank", enableBeginFrameControl=on_command, **place
            )
            attached = await browser.send("Target.attachToTarget", flatten=True, **target)
    except TimeoutError as error:
        raise HeliosError(tr("The browser did not answer within {seconds:g} s.", seconds=_ANSWER_SECONDS)) from error
    return browser.open_session(attached["sessionId"])


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
