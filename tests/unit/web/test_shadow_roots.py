"""Shadow roots, also those that are written in HTML: what moves in them is at the time of each frame."""

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
    "<svg width=64 height=36><circle cy=9 r=5><animate attributeName=cx from=0 to=50 dur=1s repeatCount=indefinite />"
    "</circle></svg>"
)


def written(mode: str, inside: str, more: str = "") -> str:
    return f"<x-a><template shadowrootmode={mode} {more}>{inside}</template></x-a>"


PAGES = {
    "open": written("open", MOVING),
    "one in another": written("open", written("open", MOVING)),
    "closed, with internals": "<script>customElements.define('x-a',class extends HTMLElement{"
    "constructor(){super();this.attachInternals()}})</script>" + written("closed", MOVING),
    "set as HTML": f"<div id=a></div><script>setTimeout(()=>a.setHTMLUnsafe(`{written('open', MOVING)}`),30)</script>",
    "cloned": f"<div id=a></div><template id=t>{written('open', MOVING, 'shadowrootclonable')}</template>"
    "<script>setTimeout(()=>a.append(t.content.cloneNode(true)),30)</script>",
    "an SVG animation": written("open", PICTURE),
    "an SVG animation in one that is attached": "<p id=a></p><script>a.attachShadow({mode:'closed'}).innerHTML="
    f"`{PICTURE}`</script>",
}


@pytest.mark.parametrize("what", PAGES)
async def test_what_is_in_it_moves_in_the_time_of_the_page(what: str, write_page: WritePage, running: str) -> None:
    source = PageSource(write_page(PAGES[what]), View(64, 36), Fraction(25))
    whole = await pictures(source, range(8), running)
    assert len(set(whole[2:])) == 6
    assert await pictures(source, range(5, 8), running) == whole[5:]
