"""Elements that the browser builds of others, which pages animate by pseudo-elements, such as ``::details-content``."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource
from helios_gui.web.view import View
from tests.support.pages import pictures

WritePage = Callable[..., Path]
OPENED = (
    ":root{interpolate-size:allow-keywords}"
    "details::details-content{height:0;overflow:clip;transition:height .3s,content-visibility .3s allow-discrete}"
    "details[open]::details-content{height:auto}"
)
BAR = (
    "progress{appearance:none;width:60px}progress::-webkit-progress-value{background:red;transition:width .3s}"
    "progress::-webkit-progress-bar{background:#ccc}"
)
THUMB = (
    "input{appearance:none}input::-webkit-slider-thumb{appearance:none;width:9px;height:9px;background:red;"
    "animation:move 1s linear infinite}@keyframes move{to{translate:30px}}"
)
DETAILS = "<details id=box><summary>Box</summary><p>Text</details>"
MOVING = {
    "what is opened": (f"{DETAILS}<script>setTimeout(()=>box.open=true,100)</script>", OPENED),
    "what is put into the page and opened": (
        f"<script>setTimeout(()=>document.body.innerHTML='{DETAILS}',50);setTimeout(()=>box.open=true,100)</script>",
        OPENED,
    ),
    "what is in a shadow root": (
        "<p id=host></p><script>const root=host.attachShadow({mode:'closed'});"
        f"root.innerHTML='<style>{OPENED.replace(':root', ':host')}</style>{DETAILS}';"
        "setTimeout(()=>root.querySelector('details').open=true,100)</script>",
        "",
    ),
    "a bar": ("<progress id=bar value=0></progress><script>setTimeout(()=>bar.value=1,100)</script>", BAR),
    "a thumb": ("<input type=range value=0>", THUMB),
    "a marquee": ("<marquee scrollamount=9>Hello</marquee>", ""),
}


@pytest.mark.parametrize("what", MOVING)
async def test_it_moves_and_each_chunk_has_the_frames_of_the_whole(
    what: str, write_page: WritePage, running: str
) -> None:
    body, style = MOVING[what]
    source = PageSource(write_page(body, style=style), View(120, 80), Fraction(20))
    whole = await pictures(source, range(10), running)
    assert len(set(whole)) >= 6, "it does not move"
    assert await pictures(source, range(5, 10), running) == whole[5:]
