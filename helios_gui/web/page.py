"""A page whose time stands still between its frames."""

from __future__ import annotations

import asyncio
import base64
import json
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from helios_gui.resources import resource_path
from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.web.devtools import DevTools
from helios_gui.web.origin import HOST
from helios_gui.web.pictures import is_animated

_LOAD_SECONDS = 60.0
_FRAME_SECONDS = 60.0
_QUIET_SECONDS = 0.02
"""How long a page must have loaded nothing before its frame is taken; one turn of its event loop is far less."""
_LONGEST_NAME = 200
_FAST_FORWARD = 100
"""Frames before the first one that are passed in one command."""

_CONTRACT = """(() => {
  const helios = window.helios;
  const state = typeof helios?.getState === "function" ? helios.getState() : helios;
  const pick = (name) => (Number.isFinite(Number(state?.[name])) && state[name] !== null ? Number(state[name]) : null);
  return state ? { width: pick("width"), height: pick("height"), duration: pick("duration"), fps: pick("fps") } : null;
})()"""

Report = Callable[[str], None]


class PageError(HeliosError):
    """The page cannot be rendered as it is: it threw, did not load, hung or crashed."""


@dataclass(frozen=True, slots=True)
class View:
    """How a page is shown: ``width`` and ``height`` in CSS pixels, each of ``scale`` × ``scale`` pixels."""

    width: int
    height: int
    scale: float = 1.0
    transparent: bool = False


@dataclass(frozen=True, slots=True)
class Composition:
    """What a page says about itself in ``window.helios``; ``None`` where it says nothing."""

    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fps: float | None = None


@dataclass(slots=True)
class _Trouble:
    """What went wrong in the page, in the order in which it happened."""

    errors: list[str] = field(default_factory=list)
    loading: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, str] = field(default_factory=dict)
    notes: set[str] = field(default_factory=set)


class Page:
    """A page in a browser.

    Args:
        tools: The connection to the page.
        fps: Frames per second.
        report: Is called with each line for the log: what the page prints and what goes wrong.
        forgiving: Errors of the page and missing files are only reported, they do not end the render.
    """

    def __init__(self, tools: DevTools, fps: Fraction, report: Report, *, forgiving: bool = False) -> None:
        self._tools = tools
        self._fps = fps
        self._report = report
        self._forgiving = forgiving
        self._trouble = _Trouble()
        self._loaded = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._tasks: set[asyncio.Future[Any]] = set()  # else nothing would hold them while they wait
        self._contexts: dict[int, str] = {}
        for event, listener in (
            ("Runtime.consoleAPICalled", self._print),
            ("Runtime.exceptionThrown", self._fail),
            ("Runtime.executionContextCreated", self._add_context),
            ("Runtime.executionContextDestroyed", self._drop_context),
            ("Runtime.executionContextsCleared", lambda _: self._contexts.clear()),
            ("Network.requestWillBeSent", self._begin_loading),
            ("Network.responseReceived", self._look_at_response),
            ("Network.loadingFinished", self._end_loading),
            ("Network.loadingFailed", self._fail_loading),
            ("Inspector.targetCrashed", self._crash),
            ("Page.loadEventFired", lambda _: self._loaded.set()),
            ("Page.javascriptDialogOpening", self._close_dialog),
        ):
            tools.listen(event, listener)

    async def open(self, url: str, view: View, props: object = None) -> None:
        """Load a page and stop its time at the first frame.

        Args:
            url: The page's address.
            view: How it is shown.
            props: JSON value that the page finds in ``window.__HELIOS_PROPS__``; ``None`` for none.

        Raises:
            PageError: It cannot be loaded, or throws.
        """
        for domain in ("Page", "Runtime", "Network", "Inspector"):
            await self._tools.send(f"{domain}.enable")
        await self._tools.send(
            "Emulation.setDeviceMetricsOverride",
            width=view.width,
            height=view.height,
            deviceScaleFactor=view.scale,
            mobile=False,
        )
        if view.transparent:
            color = {"r": 0, "g": 0, "b": 0, "a": 0}
            await self._tools.send("Emulation.setDefaultBackgroundColorOverride", color=color)
        await self._tools.send("Page.addScriptToEvaluateOnNewDocument", source=_clock())
        if props is not None:
            source = f"window.__HELIOS_PROPS__ = {json.dumps(props)};"
            await self._tools.send("Page.addScriptToEvaluateOnNewDocument", source=source)
        answer = await self._tools.send("Page.navigate", url=url)
        if problem := answer.get("errorText"):
            raise PageError(tr("The page {url} cannot be loaded: {problem}.", url=url, problem=problem))
        try:
            async with asyncio.timeout(_LOAD_SECONDS):
                await self._loaded.wait()
                await self._come_to_rest()
        except TimeoutError as error:
            raise PageError(
                tr("The page was not loaded within {seconds:g} s.{waits}", seconds=_LOAD_SECONDS, waits=self._waits()),
                tr("Look at it in a browser; it may wait for something that never comes."),
            ) from error
        self._raise_trouble()

    async def composition(self) -> Composition:
        """Return what the page says about itself in ``window.helios``."""
        said = await self._evaluate(_CONTRACT)
        if not isinstance(said, dict):
            return Composition()
        whole = {name: int(said[name]) if said.get(name) else None for name in ("width", "height")}
        return Composition(**whole, duration=said.get("duration"), fps=said.get("fps"))

    async def pass_frames(self, first: int, count: int) -> None:
        """Let the page live through frames of which no picture is taken, as it may remember them.

        Raises:
            PageError: The page threw, hangs or crashed.
        """
        for start in range(first, first + count, _FAST_FORWARD):
            frames = range(start, min(start + _FAST_FORWARD, first + count))
            together = [frames] if len(self._contexts) == 1 else [range(frame, frame + 1) for frame in frames]
            async with self._time_limit(frames[-1]):
                for some in together:
                    times = [_time_of(frame, self._fps) for frame in some]
                    await self._in_all_frames(f"__heliosClock.pass({times})")
            self._raise_trouble()

    async def capture(self, frame: int) -> bytes:
        """Bring the page to a frame and return its picture as PNG.

        Args:
            frame: Counted from 0; never less than at an earlier call.

        Raises:
            PageError: The page threw, hangs or crashed.
        """
        async with self._time_limit(frame):
            await self._advance(frame)
            answer = await self._tools.send(
                "Page.captureScreenshot", format="png", optimizeForSpeed=True, captureBeyondViewport=False
            )
        self._raise_trouble()
        return base64.b64decode(answer["data"])

    @asynccontextmanager
    async def _time_limit(self, frame: int) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(_FRAME_SECONDS):
                yield
        except TimeoutError as error:
            raise PageError(
                tr(
                    "The page did not show frame {frame} within {seconds:g} s.{waits}",
                    frame=frame,
                    seconds=_FRAME_SECONDS,
                    waits=self._waits(),
                ),
                tr("Look for an endless loop or a promise that is never kept."),
            ) from error

    async def _advance(self, frame: int) -> None:
        show = f"__heliosClock.advance({_time_of(frame, self._fps)!r}, true)"
        await self._in_all_frames(show)
        while not self._quiet.is_set():  # what a frame asks for is there before it is shown, in no time
            await self._come_to_rest()
            await self._in_all_frames(show)

    async def _come_to_rest(self) -> None:
        """Wait until nothing is loading and the timers that are due have run."""
        while True:
            await self._quiet.wait()
            await self._in_all_frames("__heliosClock.settle()")
            await self._in_all_frames("__heliosClock.runTimers()")
            await asyncio.sleep(_QUIET_SECONDS)
            if self._quiet.is_set():
                return

    async def _in_all_frames(self, expression: str) -> None:
        """Evaluate a promise in the page and, after it, in the frames inside it."""
        for context in list(self._contexts):
            with suppress(_GoneError):
                if await self._evaluate(expression, context) == "sound" and "sound" not in self._trouble.notes:
                    self._trouble.notes.add("sound")
                    self._report(tr("The page's sound is not rendered."))

    async def _evaluate(self, expression: str, context: int | None = None) -> Any:
        where = {} if context is None else {"contextId": context}
        try:
            answer = await self._tools.send(
                "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, **where
            )
        except PageError:
            raise
        except HeliosError as error:
            if context is not None and context not in self._contexts:
                raise _GoneError from error
            raise
        if details := answer.get("exceptionDetails"):
            raise PageError(tr("The page threw an error: {words}", words=_exception_words(details)))
        return answer["result"].get("value")

    # -- what the page tells

    def _print(self, event: dict[str, Any]) -> None:
        words = " ".join(str(value.get("value", value.get("description", ""))) for value in event["args"])
        self._report(f"[page] {words}")

    def _fail(self, event: dict[str, Any]) -> None:
        words = _exception_words(event["exceptionDetails"])
        self._report(f"[page] {words}")
        self._trouble.errors.append(tr("The page threw an error: {words}", words=words))

    def _crash(self, _event: dict[str, Any]) -> None:
        self._tools.lose(tr("The page crashed; it may have run out of memory."))

    def _close_dialog(self, event: dict[str, Any]) -> None:
        self._report(f"[page] {event['type']}: {event['message']}")
        closing = asyncio.ensure_future(self._tools.send("Page.handleJavaScriptDialog", accept=True))
        self._tasks.add(closing)
        closing.add_done_callback(self._tasks.discard)
        closing.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _add_context(self, event: dict[str, Any]) -> None:
        context = event["context"]
        if context.get("auxData", {}).get("isDefault"):
            self._contexts[context["id"]] = context["origin"]

    def _drop_context(self, event: dict[str, Any]) -> None:
        self._contexts.pop(event["executionContextId"], None)

    def _begin_loading(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if not url.startswith(("data:", "blob:")) and event.get("type") not in ("Media", "EventSource", "Ping"):
            self._trouble.loading[event["requestId"]] = url
            self._quiet.clear()

    def _look_at_response(self, event: dict[str, Any]) -> None:
        response = event["response"]
        if response["status"] < 400:
            if event["type"] == "Image":
                self._trouble.pictures[event["requestId"]] = response["url"]
            return
        url = urlsplit(response["url"])
        if url.netloc == HOST:
            self._note_missing(tr("The page needs {path}, which is not in its folder.", path=url.path))
        elif response["status"] == 403 and response.get("securityState") != "secure":
            self._note_blocked(response["url"])
        else:
            status = response["status"]
            self._note_missing(tr("The page needs {url}, which answers {status}.", url=response["url"], status=status))

    def _end_loading(self, event: dict[str, Any]) -> None:
        request = event["requestId"]
        if url := self._trouble.pictures.pop(request, ""):
            self._trouble.loading.setdefault(request, url)
            self._quiet.clear()
            looking = asyncio.ensure_future(self._look_at_picture(request, url))
            self._tasks.add(looking)
            looking.add_done_callback(self._tasks.discard)
        else:
            self._forget(request)

    async def _look_at_picture(self, request: str, url: str) -> None:
        try:
            answer = await self._tools.send("Network.getResponseBody", requestId=request)
            data = base64.b64decode(answer["body"]) if answer["base64Encoded"] else b""
            if is_animated(data):
                name = url if len(url) <= _LONGEST_NAME else f"{url[:_LONGEST_NAME]}…"
                self._note_missing(
                    tr("The page shows {url}, an animated picture, which would move at its own pace.", url=name)
                    + " "
                    + tr("Put a video in its place.")
                )
        except HeliosError:
            pass  # the page has gone on, and the browser has forgotten the picture
        finally:
            self._forget(request)

    def _fail_loading(self, event: dict[str, Any]) -> None:
        url = self._forget(event["requestId"])
        if event.get("canceled") or not url or urlsplit(url).netloc == HOST:
            return
        self._note_blocked(url)

    def _forget(self, request: str) -> str:
        """Take a request as done, and return its address."""
        url = self._trouble.loading.pop(request, "")
        if not self._trouble.loading:
            self._quiet.set()
        return url

    def _note_blocked(self, url: str) -> None:
        self._note_missing(
            tr(
                "The page needs {url}, outside its folder. Put the file beside the page, or allow it with "
                "--allow-host {host}.",
                url=url,
                host=urlsplit(url).hostname or "",
            )
        )

    def _note_missing(self, words: str) -> None:
        if words not in self._trouble.errors:
            self._report(f"[page] {words}")
            self._trouble.errors.append(words)

    def _raise_trouble(self) -> None:
        if self._trouble.errors and not self._forgiving:
            raise PageError(
                self._trouble.errors[0], tr("Correct the page, or render it as it is with --ignore-page-errors.")
            )

    def _waits(self) -> str:
        waiting = next(iter(self._trouble.loading.values()), "")
        return " " + tr("It waits for {url}.", url=waiting) if waiting else ""


def _time_of(frame: int, fps: Fraction) -> float:
    """Return a frame's time in milliseconds.

    It is a nanosecond late: a page that computes the frame's number from its time, and rounds down, finds this one.
    """
    return (math.floor(frame * 1000 / fps * 1_000_000) + 1) / 1_000_000 if frame else 0.0


class _GoneError(Exception):
    """A frame inside the page was removed while it was asked."""


@cache
def _clock() -> str:
    return resource_path("web", "clock.js").read_text(encoding="utf-8")


def _exception_words(details: dict[str, Any]) -> str:
    """Return message and place of an exception, in one line."""
    exception = details.get("exception", {})
    words = str(exception.get("description") or exception.get("value") or details.get("text", "")).split("\n")[0]
    url = urlsplit(details.get("url", ""))
    place = f" ({url.path or '/'}:{details['lineNumber'] + 1})" if url.netloc == HOST else ""
    return f"{words}{place}"
