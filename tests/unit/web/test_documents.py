"""Pages that go elsewhere, or are loaded again: the next document comes at its frame, and its time begins then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.render import render_pictures
from helios_gui.web.view import View
from tests.support.pages import pictures
from tests.unit.web.test_frame_capture import pixels

WritePage = Callable[..., Path]
FPS = Fraction(25)
SMALL = View(64, 36)
# At 110 ms it leaves for what is green until it is 200 ms old, and blue then.
GOING = "<p></p><script>document.body.style.background='#f00';setTimeout(()=>{%s},110)</script>"
THERE = (
    "<p></p><script>document.body.style.background='#0f0';"
    "setTimeout(()=>document.body.style.background='#00f',200)</script>"
)
AGAIN = (
    "<p></p><script>const color=sessionStorage.color??'#f00';document.body.style.background=color;"
    "if(color=='#f00')setTimeout(()=>{sessionStorage.color='#0f0';location.reload()},110);"
    "else setTimeout(()=>document.body.style.background='#00f',200)</script>"
)
WAYS = {
    "an address": GOING % "location.href='there.html'",
    "a link": "<a id=a href=there.html>go</a>" + GOING % "a.click()",
    "a form": "<form id=f action=there.html></form>" + GOING % "f.submit()",
    "loaded again": AGAIN,
}


@pytest.mark.parametrize("way", WAYS)
async def test_the_next_document_comes_at_its_frame_and_begins_there(
    way: str, write_page: WritePage, running: str
) -> None:
    write_page(THERE, name="there.html")
    source = PageSource(write_page(WAYS[way]), SMALL, FPS)
    colors = []
    async with open_page(source, print, running) as page:
        for frame in range(10):
            colors.append(pixels(await page.capture(frame))[-3:])
    red, green, blue = b"\xff\0\0", b"\0\xff\0", b"\0\0\xff"
    assert colors == [red] * 3 + [green] * 5 + [blue] * 2


REFRESHED = (
    "<p></p><script>document.body.style.background=sessionStorage.color??'#f00';sessionStorage.color='#0f0'</script>"
)


@pytest.mark.parametrize("content", ["1;url=there.html", "1.9, 'there.html'", "1"])
async def test_a_page_that_is_to_be_refreshed_after_a_second_is_so_at_its_frame(
    content: str, write_page: WritePage, running: str
) -> None:
    write_page(REFRESHED, name="there.html")
    meta = f'<meta http-equiv="Refresh" content="{content}">'
    source = PageSource(write_page(meta + REFRESHED), SMALL, FPS)
    colors = []
    async with open_page(source, print, running) as page:
        for frame in range(0, 120, 6):
            colors.append(pixels(await page.capture(frame))[-3:])
            await asyncio.sleep(0.08)  # it takes more than a second of the browser's time to come to the 15th
    red, green = b"\xff\0\0", b"\0\xff\0"
    assert colors == [red] * 5 + [green] * 15


async def test_a_chunk_that_begins_behind_it_has_the_frames_of_the_whole(write_page: WritePage, running: str) -> None:
    style = "b{animation:move 1s linear infinite}@keyframes move{to{margin-left:40px}}"
    write_page("<b>two</b>", style=style, name="there.html")
    source = PageSource(write_page("<b>one</b>" + GOING % "location='there.html'", style=style), SMALL, FPS)
    whole = await pictures(source, range(10), running)
    assert len(set(whole)) == 10
    assert await pictures(source, range(6, 10), running) == whole[6:]


async def test_a_page_that_stays_after_all_goes_on(write_page: WritePage, running: str) -> None:
    stays = (
        "<p></p><script>let n=0;setInterval(()=>document.body.style.background=`rgb(${n+=20},0,0)`,40);"
        "navigation.addEventListener('navigate',event=>event.preventDefault());"
        "setTimeout(()=>location.href='there.html',50)</script>"
    )
    source = PageSource(write_page(stays), SMALL, FPS)
    assert len(set(await pictures(source, range(6), running))) == 6


@pytest.mark.parametrize("what", ["view transition", "ordinary"])
async def test_a_view_transition_across_documents_is_rendered(what: str, write_page: WritePage, tmp_path: Path) -> None:
    style = "i{display:block;width:20px;height:20px;view-transition-name:i}"
    style += "@view-transition{navigation:auto}" if what == "view transition" else ""
    write_page("<i style='background:#00f;margin-left:40px'></i>", style=style, name="there.html")
    source = PageSource(
        write_page("<i style='background:#f00'></i>" + GOING % "location='there.html'", style=style), SMALL, FPS
    )
    whole, chunk = tmp_path / "whole", tmp_path / "chunk"
    await render_pictures(source, whole / "##.png", range(12), print, lambda *_: None)
    await render_pictures(source, chunk / "##.png", range(5, 12), print, lambda *_: None)
    frames = [(whole / f"{frame:02}.png").read_bytes() for frame in range(12)]
    assert [(chunk / f"{frame:02}.png").read_bytes() for frame in range(5, 12)] == frames[5:]
    assert (len(set(frames)) > 5) == (what == "view transition")
    assert frames[0] == frames[2]
    assert frames[10] == frames[11]
