"""A page whose time stands still between its frames."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.web.camera import Camera
from helios_gui.web.clock_report import obstacles_in, remarks_in
from helios_gui.web.devtools import DevTools
from helios_gui.web.inner_roots import add_inner_roots
from helios_gui.web.page_files import read_medium
from helios_gui.web.page_fonts import missing_characters, sentence_about_missing
from helios_gui.web.page_isolation import hold_animations, isolate_page, keep_page_isolated
from helios_gui.web.page_loads import PageLoads, shorten_address
from helios_gui.web.page_machine import show_usual_machine
from helios_gui.web.page_projects import unrun_script_words, watch_scripts, with_advice
from helios_gui.web.page_scripts import CONTRACT, clock_script, console_words, exception_words, time_of
from helios_gui.web.page_size import own_size
from helios_gui.web.page_workers import PageWorkers
from helios_gui.web.sound_notes import SoundNotes
from helios_gui.web.view import Composition, View

_LOAD_SECONDS = 60.0
_FRAME_SECONDS = 60.0
_QUIET_SECONDS = 0.02
"""How long a page must have loaded nothing before its frame is taken; one turn of its event loop is far less."""
_MOST_CHECKS = 3
"""How often a page is brought to a frame that loads something each time."""
_REMEMBERED = 4
"""Frames that are drawn before a picture, where it has something of them."""

Report = Callable[[str], None]
T = TypeVar("T")


class PageError(HeliosError):
    """The page cannot be rendered as it is: it threw, did not load, hung or crashed."""


class Page:
    """A page in a browser.

    Args:
        tools: The connection to the page.
        camera: Takes pictures of it.
        fps: Frames per second.
        folder: What it may load, resolved.
        report: Is called with each line for the log: what the page prints and what goes wrong.
        forgiving: Errors of the page and missing files are only reported, they do not end the render.
    """

    def __init__(
        self, tools: DevTools, camera: Camera, fps: Fraction, folder: Path, report: Report, *, forgiving: bool = False
    ) -> None:
        self._tools = tools
        self._camera = camera
        self._folder = folder
        self.fps = fps
        self.report = report
        self._forgiving = forgiving
        self._errors: list[str] = []
        self._loaded = asyncio.Event()
        self._is_open = False
        self._loads = PageLoads(tools, self.note_missing, self._add_animated_picture)
        self._tasks: set[asyncio.Future[Any]] = set()  # else nothing would hold them while they wait
        self._contexts: dict[int, str] = {}
        self._seconds = 0.0
        self._view: View | None = None
        self._unwritten = ""
        self._is_held = False
        self._drawing: asyncio.Future[bytes] | None = None
        self.sounds = SoundNotes()
        """What is heard of the page up to the last frame that it lived through."""
        self.web_audio: set[int] = set()
        """Frames of the page that make sound with Web Audio."""
        for event, listener in (
            ("Runtime.consoleAPICalled", self._report_console),
            ("Runtime.exceptionThrown", self._handle_exception),
            ("Runtime.executionContextCreated", self._add_context),
            ("Runtime.executionContextDestroyed", self._drop_context),
            ("Runtime.executionContextsCleared", self._drop_contexts),
            ("Inspector.targetCrashed", self._crash),
            ("Page.loadEventFired", lambda _: self._loaded.set()),
            ("Page.javascriptDialogOpening", self._close_dialog),
        ):
            tools.listen(event, listener)
        told = {"Runtime.consoleAPICalled": self._report_console, "Runtime.exceptionThrown": self._handle_exception}
        self._workers = PageWorkers(tools, told)
        watch_scripts(tools, folder, self.note_missing)

    async def open(self, url: str, view: View, props: object = None, until: float | None = None) -> None:
        """Load a page and stop its time at the first frame.

        Args:
            url: The page's address.
            view: How it is shown.
            props: JSON value that the page finds in ``window.__HELIOS_PROPS__``; ``None`` for none.
            until: Seconds of the page's time after which no frame is wanted; ``None`` where that is not known.

        Raises:
            PageError: It cannot be loaded, or throws.
        """
        self._view = view
        for domain in ("Page", "Runtime", "Network", "Inspector", "Log"):
            await self._tools.send(f"{domain}.enable")
        await self._workers.watch(view.language)
        await isolate_page(self._tools)
        await show_usual_machine(self._tools, view)
        if view.transparent:
            color = {"r": 0, "g": 0, "b": 0, "a": 0}
            await self._tools.send("Emulation.setDefaultBackgroundColorOverride", color=color)
        script = clock_script(until, view.language, steadily=self._camera.steadily)
        await self._tools.send("Page.addScriptToEvaluateOnNewDocument", source=script)
        if props is not None:
            source = f"window.__HELIOS_PROPS__ = {json.dumps(props)};"
            await self._tools.send("Page.addScriptToEvaluateOnNewDocument", source=source)
        answer = await self._tools.send("Page.navigate", url=url)
        if problem := answer.get("errorText"):
            raise PageError(tr("The page {url} cannot be loaded: {problem}.", url=url, problem=problem))
        try:
            async with self._camera.loading(), asyncio.timeout(_LOAD_SECONDS):
                await self._loaded.wait()
                await self._wait_until_idle()
                await keep_page_isolated(self._tools)
                self._is_open = True
                if words := await unrun_script_words(self._tools):
                    self.note_missing(words)
        except TimeoutError as error:
            raise PageError(
                tr(
                    "The page was not loaded within {seconds:g} s.{waits}",
                    seconds=_LOAD_SECONDS,
                    waits=self._loads.waits,
                ),
                tr("Look at it in a browser; it may wait for something that never comes."),
            ) from error
        self.raise_problem()

    async def composition(self) -> Composition:
        """Return what the page says about itself in ``window.helios``."""
        said = await self._evaluate(CONTRACT)
        if not isinstance(said, dict):
            return Composition()
        whole = {name: int(said[name]) if said.get(name) else None for name in ("width", "height")}
        return Composition(**whole, duration=said.get("duration"), fps=said.get("fps"))

    async def own_size(self) -> tuple[int, int] | None:
        """Return its width and height, where it has some of its own. See ``page_size.own_size``."""
        assert self._view is not None, "the page is open"
        return await own_size(self._tools, self._view)

    async def pass_frames(self, first: int, count: int) -> None:
        """Let the page live through frames of which no picture is taken, as it may remember them.

        Raises:
            PageError: The page threw, hangs or crashed.
        """
        for frame in range(first, first + count):
            async with self._time_limit(frame):
                await self._advance(frame, shown=False)
                if self._camera.has_memory and frame >= first + count - _REMEMBERED:
                    await self._camera.draw_unseen()
            self.raise_problem()

    async def pass_unseen(self, frame: int) -> None:
        """Let the page live through a frame after those that are rendered; its errors there do not matter.

        Raises:
            HeliosError: The page crashed.
        """
        errors = list(self._errors)
        with suppress(PageError):
            await self.pass_frames(frame, 1)
        self._errors = errors

    async def read_medium(self, context: int, url: str, target: Path) -> Path | None:
        """Return a file with what the page plays. See ``page_files.read_medium``."""
        return await read_medium(self._tools, context, url, self._folder, target)

    async def read_web_audio(self, context: int, first: int, last: int) -> bytes | None:
        """Return what a frame of the page makes with Web Audio, and end it: ``None`` for silence.

        Args:
            context: One of ``web_audio``.
            first: The first sample at 48 kHz, counted from the page's begin.
            last: The one after the last.

        Returns:
            32-bit floats, left and right by turns.

        Raises:
            PageError: The page crashed.
        """
        try:
            text = await self._evaluate(f"__heliosClock.readWebAudio({first}, {last})", context)
        except _GoneError:
            return None
        return base64.b64decode(text) if text else None

    async def capture(self, frame: int) -> bytes:
        """Bring the page to a frame and return its picture as PNG.

        Args:
            frame: Counted from 0; never less than at an earlier call.

        Raises:
            PageError: The page threw, hangs or crashed.
        """
        await self.show(frame)
        return await self.screenshot(frame)

    async def show(self, frame: int) -> None:
        """Bring the page to a frame, ready for its picture. See ``capture``."""
        async with self._time_limit(frame):
            await self._advance(frame, shown=True)
        self.raise_problem()

    async def draw(self, frame: int) -> asyncio.Task[bytes]:
        """Bring the page to a frame and begin to read its picture; the page may be brought to the next one meanwhile.

        Returns:
            The picture to come: as QOI if the page is one opaque canvas and nothing else, else as PNG.
        """
        async with self._time_limit(frame):
            reading = await self._advance_and_read(frame)
        self.raise_problem()
        self._drawing = self._keep(self._finish_drawing(frame, reading))
        return self._drawing

    async def screenshot(self, frame: int) -> bytes:
        """Return the picture of the frame that is shown, as PNG. See ``capture``."""
        async with self._time_limit(frame):
            picture = await self._camera.take()
        self.raise_problem()
        return picture

    async def report_missing_glyphs(self) -> None:
        """Report which characters of the page no font has, each once."""
        missing = "".join(one for one in await missing_characters(self._tools) if one not in self._unwritten)
        self._unwritten += missing
        if missing:
            self.report(sentence_about_missing(missing))

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
                    waits=self._loads.waits,
                ),
                tr("Look for an endless loop or a promise that is never kept."),
            ) from error

    async def _advance(self, frame: int, *, shown: bool) -> None:
        time = time_of(frame, self.fps)
        show = f"__heliosClock.advance({time!r}, {json.dumps(shown)})"
        for _ in range(_MOST_CHECKS):  # what a frame asks for is there before it is shown, in no time
            begun = self._loads.begun
            await self._in_all_frames(show, time)
            if self._is_held and self._drawing:  # the picture before has to be a screenshot
                await self._drawing
                await self._in_all_frames(show, time)
            if await self._loads.are_over(begun):
                return
            await self._wait_until_idle()

    async def _advance_and_read(self, frame: int) -> asyncio.Task[Any]:
        """Bring the page to a frame, and have it make the picture's text before it hears of anything else."""
        assert self._view is not None, "the page is open"
        time = time_of(frame, self.fps)
        size = {"width": self._view.width, "height": self._view.height}
        pixels = dict(zip(("columns", "rows"), self._view.pixels, strict=True))
        checks = 0
        while True:
            begun = self._loads.begun
            living = self._keep(self._in_all_frames(f"__heliosClock.advance({time!r}, true)", time))
            reading = self._keep(self._evaluate(f"__heliosClock.picture({json.dumps(size | pixels)})"))
            await living
            if self._is_held:  # the picture before this one has to be a screenshot
                assert self._drawing is not None, "only a picture holds the page"
                await asyncio.gather(reading, self._drawing)
                continue
            checks += 1
            if await self._loads.are_over(begun) or checks == _MOST_CHECKS:
                return reading
            if not await reading:
                await self._evaluate("__heliosClock.release()")
            await self._wait_until_idle()

    async def _finish_drawing(self, frame: int, reading: asyncio.Task[Any]) -> bytes:
        async with self._time_limit(frame):
            text = await reading
        if text:
            return base64.b64decode(text)
        picture = await self.screenshot(frame)
        await self._evaluate("__heliosClock.release()")
        return picture

    def _keep(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name="page")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def _wait_until_idle(self) -> None:
        """Wait until nothing is loading and the timers that are due have run."""
        while True:
            await self._loaded.wait()
            await self._loads.wait_until_quiet()
            await self._in_all_frames("__heliosClock.settle()")
            await self._in_all_frames("__heliosClock.runTimers()")
            await asyncio.sleep(_QUIET_SECONDS)
            if self._loads.quiet.is_set():
                return

    async def _in_all_frames(self, expression: str, time: float | None = None) -> None:
        """Evaluate a promise in the page and, after it, in the frames inside it.

        Args:
            expression: What is evaluated.
            time: The page's time after it in milliseconds; ``None`` where it stands still.
        """
        self._is_held = False
        if time is not None:
            self._seconds = time / 1000
        for context in list(self._contexts):
            with suppress(_GoneError):
                report = await self._evaluate(expression, context)
                if not report:
                    continue
                if report.get("isHeld"):
                    self._is_held = True
                    return
                self._handle_report(context, report)
                if report.get("hasUnknownElements"):
                    async with self._unless_gone(context):
                        await add_inner_roots(self._tools, context)

    def _handle_report(self, context: int, report: dict[str, Any]) -> None:
        """Take what a clock reports of the sound, and of what cannot be played or shown."""
        self.sounds.add(context, report.get("notes", ()))
        if report.get("usesWebAudio"):
            self.web_audio.add(context)
        self._camera.heed(report)
        for remark in remarks_in(report):
            self.report(remark)
        for obstacle in obstacles_in(report):
            self.note_missing(obstacle)
        for url in report.get("failed", ()):
            if url not in self._loads.missing:
                self._loads.missing.add(url)
                self.note_missing(
                    tr("The browser cannot play {url}.", url=shorten_address(url))
                    + " "
                    + tr("Convert it, for example to MP4 with H.264 and AAC.")
                )

    async def _evaluate(self, expression: str, context: int | None = None) -> Any:
        where = {} if context is None else {"contextId": context}
        async with self._unless_gone(context):
            answer = await self._tools.send(
                "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True, **where
            )
        if details := answer.get("exceptionDetails"):
            raise PageError(tr("The page threw an error: {words}", words=exception_words(details)))
        return answer["result"].get("value")

    @asynccontextmanager
    async def _unless_gone(self, context: int | None) -> AsyncIterator[None]:
        """Raise ``_GoneError`` for what the browser refuses as the document of a context is not there any more."""
        try:
            yield
        except HeliosError as error:
            if context is not None:
                await self._tools.send("Runtime.evaluate", expression="0")  # of documents that went one is told by then
                if context not in self._contexts:
                    raise _GoneError from error
            raise

    async def _add_animated_picture(self, url: str, data: str, kind: str) -> bool:
        """Have an animated picture shown at the page's time; ``data`` is base64. Return whether the page can do it."""
        able = False
        for context in list(self._contexts):
            call = f"__heliosClock.addAnimatedPicture({json.dumps(url)}, {json.dumps(data)}, {json.dumps(kind)})"
            with suppress(_GoneError):
                able = bool(await self._evaluate(call, context)) or able
        return able

    def _report_console(self, event: dict[str, Any]) -> None:
        self.report(f"[page] {console_words(event)}")

    def _handle_exception(self, event: dict[str, Any]) -> None:
        words = exception_words(event["exceptionDetails"])
        self.report(f"[page] {words}")
        self._errors.append(with_advice(tr("The page threw an error: {words}", words=words), self._folder))

    def _crash(self, _event: dict[str, Any]) -> None:
        self._tools.lose(tr("The page crashed; it may have run out of memory."))

    def _close_dialog(self, event: dict[str, Any]) -> None:
        self.report(f"[page] {event['type']}: {event['message']}")
        answer = event.get("defaultPrompt", "")
        self._keep(self._tools.send("Page.handleJavaScriptDialog", accept=True, promptText=answer))

    def _add_context(self, event: dict[str, Any]) -> None:
        context = event["context"]
        if context.get("auxData", {}).get("isDefault"):
            self._contexts[context["id"]] = context["origin"]
            if self._is_open:
                self._keep(hold_animations(self._tools))

    def _drop_context(self, event: dict[str, Any]) -> None:
        self._contexts.pop(event["executionContextId"], None)
        self.sounds.close(event["executionContextId"], self._seconds)

    def _drop_contexts(self, _event: dict[str, Any]) -> None:
        self._loaded.clear()  # another document takes the place of this one
        for context in list(self._contexts):
            self._drop_context({"executionContextId": context})

    def note_missing(self, words: str) -> None:
        """Report what the page needs and cannot have; with ``raise_problem`` it ends the render."""
        if words not in self._errors:
            self.report(f"[page] {words}")
            self._errors.append(words)

    def raise_problem(self) -> None:
        """Raise ``PageError`` for the first error of the page, unless they are only reported."""
        if self._errors and not self._forgiving:
            raise PageError(self._errors[0], tr("Correct the page, or render it as it is with --ignore-page-errors."))


class _GoneError(Exception):
    """A frame inside the page was removed while it was asked."""
