"""Pictures of what a page shows.

A browser draws by itself, and is asked for a screenshot. ``chrome-headless-shell`` can draw a frame when it is told to
and give its picture, which takes it two thirds of the time: nothing is drawn that nobody sees.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from helios_gui.translation import tr
from helios_gui.types import HeliosError
from helios_gui.web.channels import as_bytes
from helios_gui.web.devtools import DevTools

_PAUSE_SECONDS = 0.01
"""How long a page may keep a command waiting before it is given a frame: it may wait for one."""
_MOST_FRAMES = 20
"""That are drawn for one picture: the first ones of a page have no surface to be read."""

_FRAME_SECONDS = 20.0
"""Within which a page that stands still is drawn."""

_PICTURE = {"format": "png", "optimizeForSpeed": True}


class DrawsByItselfError(HeliosError):
    """The browser cannot draw this page on command."""


class DrawsSteadilyError(HeliosError):
    """The browser can draw this page only as often as a screen shows frames."""


_WHITE = {"color": {"r": 255, "g": 255, "b": 255, "a": 1}}
_NOTHING = {"color": {"r": 0, "g": 0, "b": 0, "a": 0}}


class Camera:
    """Takes pictures in a browser that draws by itself.

    Args:
        tools: The connection to the page.
        steadily: Whether it draws no more frames than a screen shows.

    Attributes:
        repaints: Whether the whole page is painted for each picture, where the browser would not do it by itself.
        has_memory: Whether something of the frames before stays in a picture, at the edges of what moves in 3D.
    """

    def __init__(self, tools: DevTools, *, steadily: bool = False) -> None:
        self._tools = tools
        self.steadily = steadily
        self.repaints = False
        self.has_memory = False

    def heed(self, report: Mapping[str, Any]) -> None:
        """Take what a page's clock reports of how it is shown. See ``check``."""
        self.check(
            has_transitions=report.get("wantsTransition", False), has_moved_video=report.get("hasMovedVideo", False)
        )
        self.repaints |= report.get("hasFilters", False)  # a change of one goes unseen where its size stays
        self.has_memory |= report.get("isIn3d", False)

    def check(self, *, has_transitions: bool, has_moved_video: bool) -> None:
        """Refuse a page of which this camera takes no pictures.

        Args:
            has_transitions: Whether it has view transitions, at which a browser without a limit of frames stops.
            has_moved_video: Whether it has brought a video to a time: on command, a frame before that one may be drawn.

        Raises:
            DrawsSteadilyError: A browser that draws steadily has to show it.
        """
        if has_transitions and not self.steadily:
            raise DrawsSteadilyError(tr("The page has view transitions, which this browser does not draw."))

    async def take(self) -> bytes:
        """Return a picture of the page as PNG.

        Raises:
            HeliosError: The page is gone, or the browser shows nothing.
        """
        answer = await self._tools.send("Page.captureScreenshot", captureBeyondViewport=False, **_PICTURE)
        return as_bytes(answer["data"])

    async def draw_unseen(self) -> None:
        """Draw a frame of which no picture is taken, as a browser that draws by itself does."""

    @asynccontextmanager
    async def loading(self) -> AsyncIterator[None]:
        """Draw the page although nobody asks for pictures, as it loads."""
        yield

    async def close(self) -> None:
        """End what the camera does by itself."""


class FrameCamera(Camera):
    """Takes pictures in a browser that draws only the frames that it is told to draw.

    Args:
        tools: The connection to the page.
        turn: Of all pages of the browser: it draws one frame at a time.
        transparent: Whether nothing is behind the page.
    """

    def __init__(self, tools: DevTools, turn: asyncio.Lock, *, transparent: bool = False) -> None:
        super().__init__(tools)
        self._turn = turn
        self._backgrounds = (_WHITE, _NOTHING) if transparent else (_NOTHING, {})
        self._is_loading = self._is_drawing = False
        self._frames: set[asyncio.Task[dict[str, Any]]] = set()
        self._drawing = asyncio.create_task(self._draw_while_waiting(), name="camera")

    def check(self, *, has_transitions: bool, has_moved_video: bool) -> None:
        """See ``Camera.check``.

        Raises:
            DrawsByItselfError: A browser that draws by itself has to show it.
        """
        super().check(has_transitions=has_transitions, has_moved_video=has_moved_video)
        if has_moved_video:
            raise DrawsByItselfError(tr("The page brings a video to a time, which is not drawn on command."))

    async def take(self) -> bytes:
        """Draw the page and return the picture. See ``Camera.take``.

        Raises:
            DrawsByItselfError: It was not drawn.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_FRAME_SECONDS):
                if self.repaints:
                    for background in self._backgrounds:  # the second one is what it was
                        await self._tools.send("Emulation.setDefaultBackgroundColorOverride", **background)
                for _ in range(_MOST_FRAMES):
                    answer = await self._draw(screenshot=_PICTURE)
                    if picture := answer.get("screenshotData"):
                        return as_bytes(picture)
        raise DrawsByItselfError(tr("The browser drew no picture of the page."))

    async def draw_unseen(self) -> None:
        """See ``Camera.draw_unseen``."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_FRAME_SECONDS):
                await self._draw()

    @asynccontextmanager
    async def loading(self) -> AsyncIterator[None]:
        """See ``Camera.loading``."""
        self._is_loading = True
        try:
            yield
        finally:
            self._is_loading = False

    async def close(self) -> None:
        """See ``Camera.close``."""
        for task in (self._drawing, *self._frames):  # the browser ends as well, or its tabs do
            task.cancel()
        await asyncio.gather(self._drawing, *self._frames, return_exceptions=True)

    async def _draw_while_waiting(self) -> None:
        with suppress(HeliosError):  # the page is gone
            while True:
                waiting = self._tools.oldest_command
                await asyncio.sleep(_PAUSE_SECONDS)
                is_waiting = waiting and waiting == self._tools.oldest_command
                if (is_waiting or self._is_loading) and not self._is_drawing:
                    await self._draw()

    async def _draw(self, **parameters: Any) -> dict[str, Any]:
        """Draw a frame to its end: the browser does not survive two at a time."""
        drawing = asyncio.create_task(self._draw_in_turn(parameters), name="camera-frame")
        self._frames.add(drawing)
        drawing.add_done_callback(self._frames.discard)
        return await asyncio.shield(drawing)

    async def _draw_in_turn(self, parameters: dict[str, Any]) -> dict[str, Any]:
        async with self._turn:
            self._is_drawing = True
            try:
                return await self._tools.send("HeadlessExperimental.beginFrame", **parameters)
            finally:
                self._is_drawing = False
