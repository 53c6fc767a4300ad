"""Characters that no font has are named, and no others."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View

WritePage = Callable[..., Path]

NONE = "\ue123"  # of nobody's

SHOWN = {
    "a text": f"<p>Hello {NONE}</p>",
    "in a shadow root": f"<div id=d></div><script>d.attachShadow({{mode:'open'}}).textContent='{NONE}'</script>",
    "by style": f"<style>p::before{{content:'{NONE}'}}</style><p>Hello",
}
FINE = {
    "words": "<p>Hello, Grüße — “…” ½ &nbsp; &shy; é e\u0301 \u200b</p>",
    "what is not shown": f"<p hidden>{NONE}</p><script>/* {NONE} */</script><p style='visibility:hidden'>{NONE}</p>",
    "nothing": "",
}


@pytest.mark.parametrize("what", SHOWN)
async def test_a_character_that_no_font_has_is_named_once(what: str, write_page: WritePage, running: str) -> None:
    lines = await reported(write_page(SHOWN[what]), running)
    assert len(lines) == 1
    assert lines[0].startswith(f"No font has {NONE}: ")


@pytest.mark.parametrize("what", FINE)
async def test_a_page_that_is_shown_whole_gives_no_word_about_fonts(
    what: str, write_page: WritePage, running: str
) -> None:
    assert await reported(write_page(FINE[what]), running) == []


async def reported(page: Path, running: str) -> list[str]:
    lines: list[str] = []
    async with open_page(PageSource(page, View(160, 90), Fraction(30)), lines.append, running) as shown:
        for frame in range(2):
            await shown.capture(frame)
            await shown.report_missing_glyphs()
    return lines
