"""The tabs of a browser that show a page, and the origin that serves its folder."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

from helios_gui.translation import tr
from helios_gui.types import UserInputError
from helios_gui.web.browser import find_browser, run_browser
from helios_gui.web.camera import Camera, FrameCamera
from helios_gui.web.channels import DebuggingPipe
from helios_gui.web.devtools import DevTools, connect, open_tab
from helios_gui.web.encoding import Sound
from helios_gui.web.origin import FolderOrigin
from helios_gui.web.page import Page, Report
from helios_gui.web.view import View

_MOST_PIXELS = 16384
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?")


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

    @property
    def root(self) -> Path:
        """The folder with all that the page may load, resolved."""
        return (self.folder or self.page.resolve().parent).resolve()


class PageTabs:
    """Opens a page, once or several times beside each other.

    Args:
        source: The page.
        browser: The connection to the browser.
        origin: What serves the page's folder.
        end: The frame after the last one that is wanted; ``None`` where that is not known.
        on_command: Whether the browser draws frames when it is told to.
        steadily: Whether it draws no more frames than a screen shows.

    Attributes:
        draws_on_command: As ``on_command``.
    """

    def __init__(
        self,
        source: PageSource,
        browser: DevTools,
        origin: FolderOrigin,
        end: int | None,
        *,
        on_command: bool = False,
        steadily: bool = False,
    ) -> None:
        self.source = source
        self._browser = browser
        self._origin = origin
        self._end = end
        self.draws_on_command = on_command
        self._steadily = steadily
        self._turn = asyncio.Lock()
        self._cameras: list[Camera] = []

    async def open_page(self, report: Report) -> Page:
        """Show the page in a tab of its own, with its time stopped before the first frame.

        Args:
            report: Is called with each line for the log.

        Raises:
            HeliosError: The page does not load.
        """
        source, origin = self.source, self._origin
        folder = source.root
        tools = await open_tab(self._browser, origin.proxy, origin.bypass, on_command=self.draws_on_command)
        if self.draws_on_command:
            camera: Camera = FrameCamera(tools, self._turn, transparent=source.view.transparent)
        else:
            camera = Camera(tools, steadily=self._steadily)
        self._cameras.append(camera)
        await origin.give_password(tools)
        page = Page(tools, camera, source.fps, folder, report, forgiving=source.forgiving)
        address = quote(source.page.resolve().relative_to(folder).as_posix())
        until = None if self._end is None else float((self._end + 1) / source.fps)
        await page.open(origin.url + address, source.view, source.props, until)
        return page

    async def close(self) -> None:
        """End what is done for its pages; they are closed with the connection."""
        for camera in self._cameras:
            await camera.close()


@asynccontextmanager
async def open_tabs(
    source: PageSource,
    browser: DebuggingPipe | str = "",
    end: int | None = None,
    *,
    on_command: bool = False,
    steadily: bool = False,
) -> AsyncIterator[PageTabs]:
    """Make all ready that a page needs. What was opened is closed at the end.

    Args:
        source: The page.
        browser: A browser that runs (see ``run_browser``); empty for one of its own.
        end: The frame after the last one that is wanted; ``None`` where that is not known.
        on_command: Whether a browser of its own draws frames when it is told to, if it can do that.
        steadily: Whether a browser of its own draws no more frames than a screen shows; one that runs does if it was
            started so.

    Raises:
        UserInputError: There is no such page, or no browser.
        HeliosError: The browser does not start.
    """
    page, folder = source.page.resolve(), source.root
    if not page.is_file():
        raise UserInputError(tr("There is no page {path}.", path=source.page), tr("Correct its path."))
    if not page.is_relative_to(folder):
        raise UserInputError(
            tr("The page {path} is not in the folder {folder}.", path=source.page, folder=folder),
            tr("Name a folder that contains it."),
        )
    if page.stat().st_size == 0:
        raise UserInputError(tr("The page {path} is empty.", path=source.page), tr("Write something into it."))
    check_view(source.view)
    async with AsyncExitStack() as stack:
        if not browser:
            scale = source.view.scale if on_command else 0.0
            running = run_browser(find_browser(), on_command_at=scale, steadily=steadily)
            browser = await stack.enter_async_context(running)
        from helios_gui.web.origin_server import serve_folder  # takes long to load: while the browser starts

        origin = await stack.enter_async_context(serve_folder(folder, source.hosts))
        tools = await stack.enter_async_context(connect(browser))
        is_ready = on_command and isinstance(browser, DebuggingPipe) and browser.draws_at == source.view.scale
        tabs = PageTabs(source, tools, origin, end, on_command=is_ready, steadily=steadily)
        stack.push_async_callback(tabs.close)
        yield tabs


@asynccontextmanager
async def open_page(
    source: PageSource,
    report: Report,
    browser: DebuggingPipe | str = "",
    end: int | None = None,
    *,
    on_command: bool = False,
    steadily: bool = False,
) -> AsyncIterator[Page]:
    """Show a page in a browser, with its time stopped before the first frame.

    Args:
        source: The page.
        report: Is called with each line for the log.
        browser: A browser that runs (see ``run_browser``); empty for one of its own.
        end: The frame after the last one that is wanted; ``None`` where that is not known.
        on_command: See ``open_tabs``.
        steadily: See ``open_tabs``.

    Raises:
        UserInputError: There is no such page, or no browser.
        HeliosError: The page does not load.
    """
    async with open_tabs(source, browser, end, on_command=on_command, steadily=steadily) as tabs:
        yield await tabs.open_page(report)


def check_view(view: View) -> None:
    """Refuse a size that no browser shows, and a language of which none has heard. Raises ``UserInputError``."""
    if not _LANGUAGE.fullmatch(view.language):
        raise UserInputError(
            tr("{language} is the name of no language.", language=view.language),
            tr("Use one such as {examples}.", examples="de, pt-BR, zh-Hant-TW"),
        )
    width, height = view.width * view.scale, view.height * view.scale
    if not (1 <= width <= _MOST_PIXELS and 1 <= height <= _MOST_PIXELS):  # so it is with a scale that is no number
        raise UserInputError(
            tr("A page cannot be shown at {width:g} × {height:g} pixels.", width=width, height=height),
            tr("Use 1 to {most} pixels each way.", most=_MOST_PIXELS),
        )
