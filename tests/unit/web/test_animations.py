"""Animations that a page or its style stops, turns round and sets: they are where they would be in any browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from helios_gui.web.page import Page
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View

WritePage = Callable[..., Path]
TEN_A_SECOND = Fraction(10)
STYLE = "#box{width:9px;height:9px;background:red}@keyframes move{from{translate:0 0}to{translate:100px 0}}"
BOX = "<div id=box></div>"
PLAYED = (
    f"{BOX}<script>const a=box.animate([{{translate:'0 0'}},{{translate:'100px 0'}}],{{duration:1000,fill:'both'}});"
)
WAYS: dict[str, tuple[str, str, list[float]]] = {
    "its style stops it and lets it go on": (
        f"{BOX}<script>setTimeout(()=>box.className='stopped',200);setTimeout(()=>box.className='',400)</script>",
        "#box{animation:move 1s linear}.stopped{animation-play-state:paused!important}",
        [0, 10, 20, 20, 20, 30, 40],
    ),
    "it is stopped until a class is gone": (
        f"{BOX}<script>box.className='stopped';setTimeout(()=>box.className='',200)</script>",
        "#box{animation:move 1s linear}.stopped{animation-play-state:paused!important}",
        [0, 0, 0, 10, 20, 30],
    ),
    "a script plays it against its style": (
        f"{BOX}<script>setTimeout(()=>box.getAnimations()[0].play(),200)</script>",
        "#box{animation:move 1s linear paused}",
        [0, 0, 0, 10, 20, 30],
    ),
    "a trigger fires": (
        "<div style='height:200px'></div><div id=box></div><div style='height:900px'></div>"
        "<script>setTimeout(()=>scrollTo(0,150),200)</script>",
        "body{overflow:visible}#box{animation:move 1s linear both;timeline-trigger:--t view();"
        "animation-trigger:--t play-forwards}",
        [0, 0, 0, 10, 20, 30],
    ),
    "it began before": (f"{PLAYED}a.startTime=document.timeline.currentTime-300</script>", "", [30, 40, 50]),
    "it is put beside another one": (
        f"{PLAYED}let b;setTimeout(()=>{{b=box.animate([{{top:0}},{{top:0}}],1000);b.startTime=a.startTime;"
        "a.currentTime=b.currentTime-100},200)</script>",
        "",
        [0, 10, 10, 20, 30],
    ),
    "it is turned round": (f"{PLAYED}setTimeout(()=>a.reverse(),300)</script>", "", [0, 10, 20, 30, 20, 10, 0, 0]),
    "it is turned round and ends": (
        f"{PLAYED}setTimeout(()=>a.reverse(),200);a.onfinish=()=>box.style.translate='50px 0';"
        "a.finished.then(()=>a.effect.updateTiming({fill:'none'}))</script>",
        "",
        [0, 10, 20, 10, 50, 50],
    ),
    "it becomes faster": (
        f"{PLAYED}setTimeout(()=>a.updatePlaybackRate(3),200)</script>",
        "",
        [0, 10, 20, 50, 80, 100],
    ),
    "it becomes slower": (f"{PLAYED}setTimeout(()=>a.playbackRate=0.5,200)</script>", "", [0, 10, 20, 25, 30]),
    "its timeline begins later": (
        f"{PLAYED}a.cancel();const late=new Animation(a.effect,new DocumentTimeline({{originTime:200}}));"
        "late.startTime=0</script>",
        "",
        [0, 0, 0, 10, 20],
    ),
    "it is played again when it is ready": (
        f"{PLAYED}a.ready.then(()=>setTimeout(()=>a.currentTime=500,200))</script>",
        "",
        [0, 10, 50, 60],
    ),
}


async def evaluated(shown: Page, expression: str) -> Any:
    """Return the JSON value of an expression in the page."""
    answer = await shown._tools.send("Runtime.evaluate", expression=f"JSON.stringify({expression})", returnByValue=True)
    return json.loads(answer["result"]["value"])


@pytest.mark.parametrize("is_shown", [True, False], ids=["shown", "passed"])
@pytest.mark.parametrize("what", WAYS)
async def test_it_is_where_it_belongs_at_each_frame(
    what: str, is_shown: bool, write_page: WritePage, running: str
) -> None:
    body, style, places = WAYS[what]
    page = write_page(body, style=STYLE + style)
    said = []
    async with open_page(PageSource(page, View(320, 90), TEN_A_SECOND), print, running) as shown:
        for frame in range(len(places)):
            await (shown.show(frame) if is_shown else shown.pass_frames(frame, 1))
            said.append(await evaluated(shown, "parseFloat(getComputedStyle(box).translate)||0"))
    assert said == pytest.approx(places, abs=0.01)


async def test_what_a_script_reads_of_it_is_as_if_it_played(write_page: WritePage, running: str) -> None:
    page = write_page(
        f"{PLAYED}const late=new DocumentTimeline({{originTime:50}});const said=[[a.pending,a.startTime]];"
        "a.ready.then(()=>said.push('ready'));"
        "const tell=()=>said.push([a.pending,a.playState,a.startTime,a.currentTime,late.currentTime].map("
        "(one)=>typeof one==='number'?Math.round(one):one));"
        "setTimeout(tell,100);setTimeout(()=>(a.pause(),tell()),200);setTimeout(()=>(tell(),a.play()),300);"
        "setTimeout(tell,401)</script>",
        style=STYLE,
    )
    async with open_page(PageSource(page, View(320, 90), TEN_A_SECOND), print, running) as shown:
        for frame in range(6):
            await shown.show(frame)
        said = await evaluated(shown, "said")
    assert said == [
        [True, None],
        "ready",
        [False, "running", 0, 100, 50],
        [True, "paused", None, 200, 150],
        [False, "paused", None, 200, 250],
        [False, "running", 100, 301, 351],
    ]


async def test_a_frame_callback_finds_it_where_it_is_at_its_time(write_page: WritePage, running: str) -> None:
    page = write_page(
        f"{BOX}<script>const said=[];(function look(){{said.push(getComputedStyle(box).translate);"
        "requestAnimationFrame(look)})()</script>",
        style=STYLE + "#box{animation:move 1s linear}",
    )
    async with open_page(PageSource(page, View(320, 90), TEN_A_SECOND), print, running) as shown:
        for frame in range(3):
            await shown.show(frame)
        said = [round(float(one.partition("px")[0])) for one in await evaluated(shown, "said.slice(1)")]
    assert said == [0, 10, 20]
