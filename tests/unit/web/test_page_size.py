"""A page that has a size of its own says it, and one that fits any window does not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.sources.page import PageKind, PageRequest
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.unit.web.test_render import WritePage

STAGE = "width:400px;height:301px;position:relative;overflow:hidden"
SIZES = {
    "the body": ("<p>Hello</p>", "body{width:1080px;height:1920px}", (1080, 1920)),
    "the view that it asks for": ("<meta name=viewport content='width=720, height=1280'><p>Hello</p>", "", (720, 1280)),
    "one canvas": ("<main><canvas width=400 height=300></canvas></main><script></script>", "", (400, 300)),
    "one picture": ("<svg width=320 height=90><circle r=9 /></svg>", "", (320, 90)),
    "a stage, rounded up": (f"<div style='{STAGE}'><p>Hello</p><p>there</p></div>", "", (400, 302)),
    "none, for a phone": ("<meta name=viewport content='width=device-width'><p>Hello</p>", "", None),
    "none, for a canvas that fills the window": ("<canvas></canvas>", "canvas{width:100vw;height:100vh}", None),
    "none, for a column": ("<p>Hello</p>", "body{width:600px}", None),
    "none, for one thing that moves": ("<div></div>", "div{width:90px;height:90px;background:red}", None),
    "none, for a canvas beside a text": ("<canvas width=400 height=300></canvas>Hello", "", None),
}


@pytest.mark.parametrize("what", SIZES)
async def test_it_is_found(what: str, write_page: WritePage, running: str) -> None:
    body, style, expected = SIZES[what]
    source = PageSource(write_page(body, style=style), View(640, 360), Fraction(30))
    async with open_page(source, print, running) as page:
        assert await page.own_size() == expected
        answer = await page._tools.send(
            "Runtime.evaluate", expression="`${innerWidth} ${innerHeight} ${devicePixelRatio}`"
        )
        assert answer["result"]["value"] == "640 360 1"


async def test_it_is_what_a_job_has_that_is_given_none(write_page: WritePage, tmp_path: Path) -> None:
    page = write_page("<p>\ue123</p>", style="body{width:200px;height:100px}")
    request = PageRequest(source=page, seconds=Fraction(1))
    facts = await PageKind().read(request, print)
    assert (facts.width, facts.height) == (200, 100)
    assert [note.split(":")[0] for note in facts.notes] == ["No font has \ue123"]
    job = tmp_path / "site/page.helios.json"
    metadata = PageKind().plan(request, facts, job).metadata
    assert (metadata.width, metadata.height) == (200, 100)
