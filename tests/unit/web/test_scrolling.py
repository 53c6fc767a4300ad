"""What scrolls smoothly does so in the page's time, and says where it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View

WritePage = Callable[..., Path]
PIXELS = 324
"""For which Chromium takes 18 sixtieths of a second, as many as the square root of it."""
LONG = f"<p style='margin:0;height:{PIXELS}px'></p><b style='display:block;height:999px'>Look</b>"
WAYS = {
    "the page": (f"scrollTo({{top:{PIXELS},behavior:'smooth'}})", ""),
    "the page by some pixels": (f"scrollBy({{top:{PIXELS},behavior:'smooth'}})", ""),
    "the page as its style says": (f"scrollTo(0,{PIXELS})", "html{scroll-behavior:smooth}"),
    "an element": (f"box.scroll({{top:{PIXELS},behavior:'smooth'}})", "#box{height:90px;overflow:auto}"),
    "an element as its style says": (
        f"box.scrollTop={PIXELS}",
        "#box{height:90px;overflow:auto;scroll-behavior:smooth}",
    ),
    "to what an element snaps to": (
        "box.scroll({top:300,behavior:'smooth'})",
        "#box{height:90px;overflow:auto;scroll-snap-type:y mandatory}p,b{scroll-snap-align:start}",
    ),
    "to what the page snaps to": (
        f"scrollTo({{top:{PIXELS},behavior:'smooth'}})",
        "html{scroll-snap-type:y mandatory}p,b{scroll-snap-align:start}",
    ),
    "to what is in an element": (
        "box.querySelector('b').scrollIntoView({behavior:'smooth'})",
        "#box{height:90px;overflow:auto}",
    ),
}


@pytest.mark.parametrize("what", WAYS)
async def test_it_is_where_it_belongs_at_each_frame(what: str, write_page: WritePage, running: str) -> None:
    scroll, style = WAYS[what]
    page = write_page(
        f"<div id=box>{LONG}</div><script>const place=()=>box.scrollTop||scrollY;let [events,ends]=[0,0];"
        "addEventListener('scroll',()=>events++,true);addEventListener('scrollend',()=>ends++,true);"
        f"setTimeout(()=>{{{scroll}}},100);window.told=()=>[Math.round(place()),events,ends]</script>",
        style=f"body{{overflow:visible}}{style}",
    )
    said = []
    async with open_page(PageSource(page, View(320, 90), Fraction(30)), print, running) as shown:
        await shown.pass_frames(0, 3)
        for frame in range(3, 15):
            await shown.pass_frames(frame, 1)
            answer = await shown._tools.send(
                "Runtime.evaluate", expression="JSON.stringify(told())", returnByValue=True
            )
            said.append(json.loads(answer["result"]["value"]))
    places = [place for place, _, _ in said]
    steps = [later - earlier for earlier, later in pairwise(places)]
    assert places[0] == 0
    assert places[9:] == [PIXELS] * 3
    assert [a + b for a, b in zip(places[:10], places[9::-1], strict=True)] == pytest.approx([PIXELS] * 10, abs=1)
    assert steps[:4] == sorted(steps[:4]), "it begins slowly"
    assert steps[0] < steps[3] / 2
    assert [one for _, one, _ in said[1:10]] == list(range(said[1][1], said[1][1] + 9)), "each step is told"
    assert [one for _, _, one in said][::11] == [0, 1], "the end is told once"


async def test_what_scrolls_between_two_timers_is_told_after_them(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<p id=one style='margin:0;height:3000px'></p><p id=two>Down</p><script>const told=[];"
        "addEventListener('scroll',(event)=>told.push(event.target===document?'scroll':'?'));"
        "new IntersectionObserver((seen)=>told.push(seen.at(-1).isIntersecting?'seen':'unseen')).observe(two);"
        "new ResizeObserver(()=>told.push('resized')).observe(one);"
        # Of this a clock waits for each, so that a browser that draws by itself draws frames before the next timer.
        "const load=async()=>{for(let i=0;i<9;i++)await(await fetch('?'+i)).text()};"
        "const next=()=>{told.length=0;scrollTo(0,9999);one.style.height='2999px';load();told.push('one')};"
        "setTimeout(next,100);setTimeout(()=>told.push('two'),100);"
        "setTimeout(()=>console.log(...told),200)</script>",
        style="body{overflow:visible}",
    )
    lines: list[str] = []
    async with open_page(PageSource(page, View(320, 90), Fraction(20)), lines.append, running) as shown:
        await shown.pass_frames(0, 6)
    (line,) = lines
    assert line.split()[:3] == ["[page]", "one", "two"]
    assert sorted(line.split()[3:]) == ["resized", "scroll", "seen"]
