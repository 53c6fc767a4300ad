"""Pictures of web pages, from one browser for many pages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from anyio.from_thread import start_blocking_portal

from helios_gui.web.browser import find_browser, run_browser
from helios_gui.web.page_tabs import PageSource, open_page


@contextmanager
def running_browser() -> Iterator[str]:
    """Run a browser beside the test and return the address of its web socket, for ``open_page``."""
    browser = run_browser(find_browser(), shared=True)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(browser) as address:
        yield str(address)


async def pictures(source: PageSource, frames: range, browser: str = "") -> list[str]:
    """Return the SHA-256 of the picture of each frame; without ``browser``, from a browser of its own."""
    async with open_page(source, print, browser) as page:
        await page.pass_frames(0, frames.start)
        return [hashlib.sha256(await page.capture(frame)).hexdigest() for frame in frames]
