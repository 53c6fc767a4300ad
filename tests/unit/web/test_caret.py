"""The caret of a field that has the focus, which blinks in a browser."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View

WritePage = Callable[..., Path]


async def test_it_is_steady_however_long_a_frame_takes(write_page: WritePage, running: str) -> None:
    page = write_page("<input id=field autofocus><script>field.focus()</script>")
    said: set[str] = set()
    async with open_page(PageSource(page, View(160, 40), Fraction(25)), print, running) as shown:
        until = asyncio.get_running_loop().time() + 1.3  # longer than it is seen, and than it is not
        while asyncio.get_running_loop().time() < until:
            said.add(hashlib.sha256(await shown.capture(0)).hexdigest())
    assert len(said) == 1
