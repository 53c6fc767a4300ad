"""Time that this machine takes is none of the page's."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.support.pages import pictures

WritePage = Callable[..., Path]


async def test_loading_and_drawing_take_none_and_what_the_page_notes_takes_its_own(
    write_page: WritePage, running: str
) -> None:
    page = write_page(
        "<img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='><script src=data:text/javascript,1></script><script>"
        "performance.mark('begin');setTimeout(()=>{performance.measure('whole','begin');"
        "const {timing}=performance;const all=performance.getEntries().map((one)=>one.toJSON());"
        "console.log(JSON.stringify([timing.loadEventEnd-timing.navigationStart,"
        "all.filter((one)=>/mark|measure/.test(one.entryType)).map((one)=>[one.name,one.startTime,one.duration]),"
        "all.filter((one)=>/navigation|resource|paint/.test(one.entryType)).map((one)=>"
        "[one.startTime,one.duration,one.responseEnd??0,one.domComplete??0])]))},100)</script>"
    )
    lines: list[str] = []
    async with open_page(PageSource(page, View(64, 36), Fraction(10)), lines.append, running) as shown:
        for frame in range(2):
            await shown.show(frame)
    loaded, noted, measured = json.loads(lines[-1].removeprefix("[page] "))
    assert loaded == 0
    assert noted == [["begin", 0, 0], ["whole", 0, 100]]
    assert measured
    assert {number for entry in measured for number in entry} == {0}


async def test_a_page_that_waits_within_a_script_goes_on_after_that_time(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<script>const wait=(long)=>{const from=Date.now();while(Date.now()-from<long);};wait(150);"
        "console.log(performance.now()>=150);requestAnimationFrame(function next(time){console.log(Math.round(time));"
        "requestAnimationFrame(next)})</script>"
    )
    lines: list[str] = []
    async with open_page(PageSource(page, View(64, 36), Fraction(10)), lines.append, running) as shown:
        for frame in range(4):
            await shown.show(frame)
    assert lines == ["[page] true", "[page] 150", "[page] 150", "[page] 200", "[page] 300"]


async def test_a_bar_that_moves_by_the_clock_of_the_browser_is_refused(write_page: WritePage, running: str) -> None:
    own = "progress.own{appearance:none}"
    page = write_page("<progress value=0.5></progress><progress class=own></progress><progress hidden>", style=own)
    assert await pictures(PageSource(page, View(320, 36), Fraction(10)), range(1), running)
    moving = write_page("<progress></progress>")
    with pytest.raises(PageError, match="<progress> without a value"):
        await pictures(PageSource(moving, View(320, 36), Fraction(10)), range(1), running)


async def test_a_stream_in_a_video_is_refused(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<canvas id=c></canvas><video id=v muted></video><script>c.getContext('2d').fillRect(0,0,9,9);"
        "v.srcObject=c.captureStream();v.play()</script>"
    )
    with pytest.raises(PageError, match=r"a stream in a <video>.*Show the canvas"):
        await pictures(PageSource(page, View(320, 180), Fraction(10)), range(2), running)
