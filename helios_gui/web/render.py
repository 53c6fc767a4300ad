"""Render frames of a page to a video or a picture."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.translation import tr
from helios_gui.types import HeliosError, UserInputError
from helios_gui.web.browser import find_browser, run_browser
from helios_gui.web.channels import DebuggingPipe
from helios_gui.web.devtools import open_tab
from helios_gui.web.encoding import Sound, check_size, choose_codec, encoder_arguments
from helios_gui.web.origin import serve_folder
from helios_gui.web.page import Page, Report, View
from helios_gui.web.sound import add_sound

_MOST_PIXELS = 16384
_KEPT_LOG = 4000

Progress = Callable[[int, int], None]
"""Is called with the number of frames that are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class PageSource:
    """A page and how it is shown.

    Attributes:
        page: The HTML file.
        view: Size, scale and transparency.
        fps: Frames per second.
        props: JSON value for ``window.__HELIOS_PROPS__``; ``None`` for none.
        folder: What the page may load; empty path for the page's own folder.
        hosts: Hosts that it may reach besides.
        forgiving: Errors of the page are only reported.
        sound: Whether the video has sound.
    """

    page: Path
    view: View
    fps: Fraction
    props: object = None
    folder: Path | None = None
    hosts: tuple[str, ...] = ()
    forgiving: bool = False
    sound: Sound = Sound.AUTO


async def render_video(
    source: PageSource, output: Path, start: int, count: int, codec: str, report: Report, progress: Progress
) -> None:
    """Render frames ``start`` to ``start + count - 1`` to a video.

    Args:
        source: The page.
        output: The video.
        start: The first frame, counted from 0.
        count: Number of frames.
        codec: A name in ``encoding.CODECS``; empty for what the suffix of the output says.
        report: Is called with each line for the log.
        progress: Is called after each frame.

    Raises:
        UserInputError: Something asked for is not possible; nothing was rendered.
        HeliosError: The page or FFmpeg failed.
    """
    view = source.view
    chosen = choose_codec(output, codec, transparent=view.transparent)
    check_size(chosen, round(view.width * view.scale), round(view.height * view.scale))
    arguments = encoder_arguments(chosen, output, source.fps, transparent=view.transparent)
    async with open_page(source, report) as page, _encoder(arguments) as encoder:
        await page.pass_frames(0, start)
        for done in range(count):
            await encoder.write(await page.capture(start + done))
            progress(done + 1, count)
        await encoder.finish()
        await add_sound(page, source.sound, output, start, count)


async def render_still(source: PageSource, output: Path, frame: int, report: Report) -> None:
    """Render one frame to a PNG picture.

    Raises:
        UserInputError: Something asked for is not possible.
        HeliosError: The page failed.
    """
    if output.suffix.lower() != ".png":
        raise UserInputError(tr("A still is a PNG picture, not {name}.", name=output.name), tr("Name it .png."))
    async with open_page(source, report) as page:
        await page.pass_frames(0, frame)
        picture = await page.capture(frame)
    await asyncio.to_thread(output.write_bytes, picture)


@asynccontextmanager
async def open_page(source: PageSource, report: Report, browser: DebuggingPipe | str = "") -> AsyncIterator[Page]:
    """Show a page in a browser, with its time stopped before the first frame.

    Args:
        source: The page.
        report: Is called with each line for the log.
        browser: A browser that runs (see ``run_browser``); empty for one of its own.

    Raises:
        UserInputError: There is no such page, or no browser.
        HeliosError: The page does not load.
    """
    page_path = source.page.resolve()
    folder = (source.folder or page_path.parent).resolve()
    if not page_path.is_file():
        raise UserInputError(tr("There is no page {path}.", path=source.page), tr("Correct its path."))
    if not page_path.is_relative_to(folder):
        raise UserInputError(
            tr("The page {path} is not in the folder {folder}.", path=source.page, folder=folder),
            tr("Name a folder that contains it."),
        )
    check_view(source.view)
    address = quote(page_path.relative_to(folder).as_posix())
    async with AsyncExitStack() as stack:
        if not browser:
            browser = await stack.enter_async_context(run_browser(find_browser()))
        origin = await stack.enter_async_context(serve_folder(folder, source.hosts))
        tools = await stack.enter_async_context(open_tab(browser, origin.proxy, origin.bypass))
        page = Page(tools, source.fps, folder, report, forgiving=source.forgiving)
        await page.open(origin.url + address, source.view, source.props)
        yield page


def check_view(view: View) -> None:
    """Refuse a size that no browser shows. Raises ``UserInputError``."""
    width, height = view.width * view.scale, view.height * view.scale
    if not (1 <= width <= _MOST_PIXELS and 1 <= height <= _MOST_PIXELS):  # so it is with a scale that is no number
        raise UserInputError(
            tr("A page cannot be shown at {width:g} × {height:g} pixels.", width=width, height=height),
            tr("Use 1 to {most} pixels each way.", most=_MOST_PIXELS),
        )


class _Encoder:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stderr is not None
        self._process = process
        self._input = process.stdin
        self._log = asyncio.create_task(process.stderr.read(), name="ffmpeg-log")

    async def write(self, picture: bytes) -> None:
        try:
            self._input.write(picture)
            await self._input.drain()
        except ConnectionError:
            await self.finish()

    async def finish(self) -> None:
        """End the video. Raises ``HeliosError`` where FFmpeg failed."""
        self._input.close()
        log = (await self._log).decode("utf-8", "replace").strip()
        if await self._process.wait() != 0:
            raise HeliosError(tr("FFmpeg could not encode the frames: {words}", words=log[-_KEPT_LOG:]))

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._log
        await self._process.wait()


@asynccontextmanager
async def _encoder(arguments: list[str]) -> AsyncIterator[_Encoder]:
    process = await asyncio.create_subprocess_exec(
        find_ffmpeg(), *arguments, stdin=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    encoder = _Encoder(process)
    try:
        yield encoder
    finally:
        await encoder.stop()
