"""Frames inside a page that may do less than the page."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource
from helios_gui.web.view import View
from tests.support.pages import pictures

WritePage = Callable[..., Path]

MOVING = (
    "<style>b{display:block;width:9px;height:9px;background:red;animation:move 1s linear infinite}"
    "@keyframes move{to{margin-left:50px}}</style><b></b>"
)
PICTURE = (
    "<svg width=64 height=20><circle cy=9 r=5><animate attributeName=cx from=0 to=50 dur=1s repeatCount=indefinite />"
    "</circle></svg>"
)


@pytest.mark.parametrize("how", ["sandbox", "sandbox=allow-scripts", "sandbox=allow-same-origin", ""])
@pytest.mark.parametrize("what", [MOVING, PICTURE], ids=["style", "picture"])
async def test_they_move_in_the_time_of_the_page(how: str, what: str, write_page: WritePage, running: str) -> None:
    write_page(what, name="inner.html")
    page = write_page(f"<iframe {how} src=inner.html width=64 height=36 frameborder=0></iframe>")
    source = PageSource(page, View(64, 36), Fraction(25))
    whole = await pictures(source, range(6), running)
    assert len(set(whole)) == 6
    assert await pictures(source, range(3, 6), running) == whole[3:]
