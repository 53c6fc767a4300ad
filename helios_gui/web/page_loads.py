"""What a page loads: whether it is there yet, and what it cannot have."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.web.devtools import DevTools, PageLostError
from helios_gui.web.origin import HOST, REFUSED
from helios_gui.web.pictures import is_moving_svg, type_of_animated

_LONGEST_NAME = 200
_STILL = "data:image/png;helios=still;base64,"
"""What the addresses of stills of animated pictures begin with, as in pictures.js."""


class PageLoads:
    """Follows what a page loads.

    Args:
        tools: The connection to the page.
        note: Is called with what the page cannot have or cannot show, in words.
        animate: Is called with address, content (base64) and media type of an animated picture, and returns whether it
            is shown at the page's time.

    Attributes:
        quiet: Is set while nothing is loading.
        begun: How many things have begun to load, and how many animated pictures have been found.
        missing: Addresses of what the page cannot have.
    """

    def __init__(
        self, tools: DevTools, note: Callable[[str], None], animate: Callable[[str, str, str], Awaitable[bool]]
    ) -> None:
        self.quiet = asyncio.Event()
        self.quiet.set()
        self.begun = 0
        self.missing: set[str] = set()
        self._tools = tools
        self._note = note
        self._animate = animate
        self._loading: dict[str, str] = {}
        self._pictures: dict[str, str] = {}
        self._media: dict[str, str] = {}
        self._tasks: set[asyncio.Future[None]] = set()  # else nothing would hold them while they wait
        for event, listener in (
            ("Network.requestWillBeSent", self._begin),
            ("Network.responseReceived", self._inspect_response),
            ("Network.loadingFinished", self._handle_end),
            ("Network.loadingFailed", self._handle_failure),
        ):
            tools.listen(event, listener)

    @property
    def waits(self) -> str:
        """What is loading, as a sentence with a space before it; empty for nothing."""
        url = next(iter(self._loading.values()), "")
        return " " + tr("It waits for {url}.", url=url) if url else ""

    async def wait_until_quiet(self) -> None:
        """Wait until nothing is loading, and it is known which pictures are animated."""
        await self.quiet.wait()
        await self._inspect_pictures()

    async def are_over(self, begun: int) -> bool:
        """Return whether nothing is loading, and nothing was found or begun since ``begun`` had this value."""
        await self._inspect_pictures()
        return self.begun == begun and self.quiet.is_set()

    async def _inspect_pictures(self) -> None:
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def _begin(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if not event.get("loaderId"):  # the text of a worker, of whose end nobody is told
            return
        if event.get("type") == "Media":  # which is loaded as far as it is played
            self._media[event["requestId"]] = url
        if not url.startswith(("data:", "blob:", "chrome-extension:")) and event.get("type") not in (
            "Media",
            "EventSource",
            "Ping",
        ):
            self._loading[event["requestId"]] = url
            self.begun += 1
            self.quiet.clear()

    def _inspect_response(self, event: dict[str, Any]) -> None:
        response = event["response"]
        if response["status"] < 400:
            if event["type"] == "Image" and not response["url"].startswith(_STILL):
                self._pictures[event["requestId"]] = response["url"]
            return
        url = urlsplit(response["url"])
        self.missing.add(response["url"])
        if url.netloc == HOST:
            self._note(tr("The page needs {path}, which is not in its folder.", path=url.path))
        elif any(name.lower() == REFUSED.lower() for name in response["headers"]):
            self._note_blocked(response["url"])
        else:
            status = response["status"]
            self._note(tr("The page needs {url}, which answers {status}.", url=response["url"], status=status))

    def _handle_end(self, event: dict[str, Any]) -> None:
        request = event["requestId"]
        if url := self._pictures.pop(request, ""):
            looking = asyncio.ensure_future(self._inspect_picture(request, url))
            self._tasks.add(looking)
            looking.add_done_callback(self._tasks.discard)
        else:
            self._forget(request)

    async def _inspect_picture(self, request: str, url: str) -> None:
        try:
            with suppress(PageLostError):
                data = await self._read(request)
                kind = type_of_animated(data)
                self.begun += bool(kind)
                if kind and not await self._animate(url, base64.b64encode(data).decode(), kind):
                    self._note(
                        tr(
                            "The page shows {url}, an animated picture, which would move at its own pace.",
                            url=shorten_address(url),
                        )
                        + " "
                        + tr("Put a video in its place.")
                    )
                elif is_moving_svg(data):
                    self._note(
                        tr(
                            "The page shows {url}, an animated picture, which would move at its own pace.",
                            url=shorten_address(url),
                        )
                        + " "
                        + tr("Put its <svg> element into the page, whose time is known.")
                    )
        finally:
            self._forget(request)

    async def _read(self, request: str) -> bytes:
        try:
            answer = await self._tools.send("Network.getResponseBody", requestId=request)
        except PageLostError:
            raise
        except HeliosError:  # the page has gone on, and the browser has forgotten the picture
            return b""
        return base64.b64decode(answer["body"]) if answer["base64Encoded"] else answer["body"].encode()

    def _handle_failure(self, event: dict[str, Any]) -> None:
        url = self._forget(event["requestId"]) or self._media.pop(event["requestId"], "")
        if event.get("canceled") or not url or urlsplit(url).netloc == HOST:
            return
        self.missing.add(url)
        self._note_blocked(url)

    def _forget(self, request: str) -> str:
        """Take a request as done, and return its address."""
        url = self._loading.pop(request, "")
        if not self._loading:
            self.quiet.set()
        return url

    def _note_blocked(self, url: str) -> None:
        self._note(
            tr(
                "The page needs {url}, outside its folder. Put the file beside the page, or allow it with "
                "--allow-host {host}.",
                url=url,
                host=urlsplit(url).hostname or "",
            )
        )


def shorten_address(url: str) -> str:
    """Return an address as it is shown: ``data:`` addresses hold whole files."""
    return url if len(url) <= _LONGEST_NAME else f"{url[:_LONGEST_NAME]}…"
