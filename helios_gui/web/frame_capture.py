"""The pictures of a page's frames, one after another.

A page that is one canvas is read, which takes half the time of a screenshot: its scripts make the next frame while the
picture is on its way. Another page is shown in two tabs, if the browser draws by itself, and each takes the picture of
the next frame that nobody has taken: while one waits for the browser, the scripts of the other one run. Both tabs live
through all frames, so that each shows what one alone would show.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import psutil

from helios_gui.types import HeliosError
from helios_gui.web.page import Page
from helios_gui.web.page_tabs import PageTabs
from helios_gui.web.picture_pixels import decode_picture, is_qoi, to_qoi

_AHEAD = 4
"""Pictures that wait for that of a frame before them, or for the encoder."""
_ALONE = 5
"""Frames of which one tab takes the pictures, before it is decided whether a second one helps."""
_CLOSE = 8
"""How many frames behind the first tab the second one begins to take pictures."""
_ROOM = 2**30
"""Bytes of free memory without which there is no second tab."""

Deliver = Callable[[bytes], Awaitable[None]]


class FrameCapture:
    """Takes the pictures of frames.

    Args:
        tabs: Where further tabs are opened.
        page: The page, at the first frame.
        frames: The frames.
        first: The picture of the first frame.
        is_canvas: Whether the page is one canvas.
    """

    def __init__(self, tabs: PageTabs, page: Page, frames: range, first: bytes, *, is_canvas: bool) -> None:
        self._tabs = tabs
        self._page = page
        self._frames = frames
        self._turns = _Turns(frames, first)
        self._is_canvas = is_canvas

    @property
    def codec(self) -> str:
        """The codec of the pictures, ``png`` or ``qoi``."""
        return "qoi" if self._is_canvas else "png"

    async def run(self, deliver: Deliver) -> None:
        """Take the pictures of all frames, and deliver each in its turn. The page is at the last frame then.

        Raises:
            HeliosError: The page failed.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                work = self._capture_canvas(tasks) if self._is_canvas else self._capture_in_tabs(tasks)
                tasks.create_task(work, name="capture")
                async for picture in self._turns.pictures():
                    await deliver(picture)
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from group

    async def _capture_canvas(self, tasks: asyncio.TaskGroup) -> None:
        position = self._frames.start + 1
        while (frame := await self._turns.claim()) is not None:
            await self._page.pass_frames(position, frame - position)
            position = frame + 1
            tasks.create_task(self._put_drawn(frame, await self._page.draw(frame)), name="capture-picture")

    async def _put_drawn(self, frame: int, drawing: asyncio.Task[bytes]) -> None:
        picture = await drawing
        if not is_qoi(picture):  # it is more than its canvas for a while
            picture = await asyncio.to_thread(to_qoi, picture)
        await self._turns.put(frame, picture)

    async def _capture_in_tabs(self, tasks: asyncio.TaskGroup) -> None:
        help_ = None
        shows, shots = [], []
        position = self._frames.start + 1
        while (frame := await self._turns.claim()) is not None:
            began = time.perf_counter()
            await self._page.pass_frames(position, frame - position)
            await self._page.show(frame)
            shown = time.perf_counter()
            await self._turns.put(frame, await self._page.screenshot(frame))
            position = frame + 1
            if help_ is None:
                shows.append(shown - began)
                shots.append(time.perf_counter() - shown)
                if len(shows) == _ALONE and self._is_second_tab_faster(
                    statistics.median(shows), statistics.median(shots)
                ):
                    help_ = tasks.create_task(self._capture_in_second_tab(), name="capture-help")
        if help_ is not None and not self._turns.is_shared:
            help_.cancel()
        await self._page.pass_frames(position, self._frames.stop - position)

    def _is_second_tab_faster(self, show: float, shot: float) -> bool:
        """Return whether a second tab, which runs the scripts of all frames once more, makes the capture faster.

        Args:
            show: Seconds in which the page is brought to a frame.
            shot: Seconds that its picture takes; on command there is one at a time.
        """
        return not self._tabs.draws_on_command and _is_worth_it(show, shot)

    async def _capture_in_second_tab(self) -> None:
        """Take pictures in a second tab, if it comes up to the first one and shows the same."""
        try:
            page = await self._tabs.open_page(lambda _line: None)
            position = 0
            frame, picture = self._turns.latest
            while frame - position > _CLOSE:
                await page.pass_frames(position, frame - position)
                position = frame
                frame, picture = self._turns.latest
            await page.pass_frames(position, frame - position)
            if await page.capture(frame) != picture:
                return
        except HeliosError:  # the first one goes on alone
            return
        position = frame + 1
        self._turns.is_shared = True
        while (taken := await self._turns.claim()) is not None:
            await page.pass_frames(position, taken - position)
            await self._turns.put(taken, await page.capture(taken))
            position = taken + 1


async def begin_capture(tabs: PageTabs, page: Page, frames: range, *, reads_qoi: bool) -> FrameCapture:
    """Take the picture of the first frame, and find out how those of the others are taken.

    Args:
        tabs: Where further tabs are opened.
        page: The page, which has lived through all frames before.
        frames: The frames.
        reads_qoi: Whether the pictures may be QOI.

    Raises:
        PageError: The page failed.
    """
    if reads_qoi and not tabs.source.view.transparent:  # colours that are not opaque are rounded in a canvas
        first = await (await page.draw(frames.start))
    else:
        first = await page.capture(frames.start)
    is_canvas = is_qoi(first)
    if is_canvas:
        seen = await page.screenshot(frames.start)
        is_canvas = await asyncio.to_thread(_same_pixels, first, seen)
        first = first if is_canvas else seen
    return FrameCapture(tabs, page, frames, first, is_canvas=is_canvas)


def _same_pixels(qoi: bytes, png: bytes) -> bool:
    return bytes(decode_picture(qoi).planes[0]) == bytes(decode_picture(png).planes[0])


def _is_worth_it(show: float, shot: float) -> bool:
    return shot > show and (os.cpu_count() or 1) > 1 and psutil.virtual_memory().available > _ROOM


class _Turns:
    """Which frame is taken next, and the pictures that wait for those of the frames before them."""

    def __init__(self, frames: range, first: bytes) -> None:
        self._free = iter(frames[1:])
        self._next = frames.start
        self._step = frames.step
        self._end = frames.stop
        self._waiting = {frames.start: first}
        self._changed = asyncio.Condition()
        self.latest = (frames.start, first)
        """The frame of which the last picture came, and the picture."""
        self.is_shared = False
        """Whether a second tab takes pictures."""

    async def claim(self) -> int | None:
        """Return the frame to be taken, as soon as there is room for its picture; ``None`` after the last one."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._waiting) < _AHEAD)
            return next(self._free, None)

    async def put(self, frame: int, picture: bytes) -> None:
        """Keep a picture until it is its turn."""
        async with self._changed:
            self._waiting[frame] = picture
            self.latest = (frame, picture)
            self._changed.notify_all()

    async def pictures(self) -> AsyncIterator[bytes]:
        """Iterate over the pictures in the order of the frames."""
        while self._next < self._end:
            async with self._changed:
                await self._changed.wait_for(lambda: self._next in self._waiting)
                picture = self._waiting.pop(self._next)
                self._next += self._step
                self._changed.notify_all()
            yield picture
