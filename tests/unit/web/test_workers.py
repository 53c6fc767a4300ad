"""Workers of a page have its time: what they draw, count and answer is the same in every run."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.support.pages import pictures

WritePage = Callable[..., Path]
FPS = Fraction(30)
SMALL = View(160, 90)
LOOK = "<p id=p>-</p><script type=module>const say=(e)=>(p.textContent=JSON.stringify(e.data));"
COUNT = "let n=0;setInterval(()=>postMessage([n++,Date.now(),performance.now(),Math.random(),self.name]),20)"

WORKERS = {
    "a file": (LOOK + "new Worker('w.js',{name:'mine'}).onmessage=say</script>", COUNT),
    "a module with an import": (
        LOOK + "new Worker('w.js',{type:'module'}).onmessage=say</script>",
        "import {start} from './part.js';let n=start;setTimeout(function next(){postMessage(n++);setTimeout(next,25)})",
    ),
    "text of the page": (
        f"{LOOK}const b=new Blob([{COUNT!r}]);new Worker(URL.createObjectURL(b)).onmessage=say</script>",
        "",
    ),
    "an address with its text": (
        f"{LOOK}new Worker('data:text/javascript,'+encodeURIComponent({COUNT!r})).onmessage=say</script>",
        "",
    ),
    "questions and answers": (
        LOOK + "const w=new Worker('w.js');let n=0;w.onmessage=(e)=>{say(e);if(e.data[0]%3)w.postMessage(e.data[0])};"
        "(function ask(){w.postMessage(n+=10);requestAnimationFrame(ask)})()</script>",
        "onmessage=async(e)=>{const text=await(await fetch('part.js')).text();"
        "for(let i=0;i<2e6;i++);postMessage([e.data+1,text.length,Date.now()])}",
    ),
    "a canvas": (
        "<canvas id=c width=160 height=90></canvas><script>const o=c.transferControlToOffscreen();"
        "new Worker('w.js').postMessage(o,[o])</script>",
        "onmessage=(e)=>{const pen=e.data.getContext('2d');let n=0;(function draw(t){n++;"
        "pen.fillStyle=`hsl(${n*40} 90% 50%)`;pen.fillRect(0,0,160,90);pen.fillStyle='#000';"
        "pen.fillText(`${n} ${t}`,9,40);requestAnimationFrame(draw)})()}",
    ),
}  # fmt: skip


@pytest.fixture
def site(write_page: WritePage) -> Callable[[str], Path]:
    """Write the page of a name, and what its worker is made of."""

    def make(name: str) -> Path:
        body, script = WORKERS[name]
        page = write_page(body)
        (page.parent / "w.js").write_text(script, encoding="utf-8")
        (page.parent / "part.js").write_text("export const start = 7;", encoding="utf-8")
        return page

    return make


@pytest.mark.parametrize("name", WORKERS)
async def test_what_a_worker_does_is_at_the_same_frame_in_every_run(
    name: str, site: Callable[[str], Path], running: str
) -> None:
    source = PageSource(site(name), SMALL, FPS)
    whole = await pictures(source, range(8), running)
    assert len(set(whole)) >= 5, "the worker does nothing"
    assert await pictures(source, range(8), running) == whole
    assert await pictures(source, range(6, 8)) == whole[6:], "in a browser of its own"


async def test_a_worker_sees_its_name_and_the_time_of_the_page(write_page: WritePage, running: str) -> None:
    page = write_page("<script>setTimeout(()=>new Worker('w.js',{name:'mine'}),50)</script>")
    (page.parent / "w.js").write_text(
        "console.log(name, new Date().toISOString(), performance.now())", encoding="utf-8"
    )
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS), lines.append, running) as shown:
        await shown.pass_frames(0, 4)
    assert lines == ["[page] mine 2024-01-01T00:00:00.050Z 0"]


async def test_workers_that_end_or_never_begin_keep_nobody_waiting(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<script>new Worker('missing.js');new Worker('closing.js');const w=new Worker('w.js');"
        "setTimeout(()=>w.terminate(),40)</script>"
    )
    (page.parent / "closing.js").write_text("setTimeout(()=>close(),30)", encoding="utf-8")
    (page.parent / "w.js").write_text("setInterval(()=>0,10)", encoding="utf-8")
    async with open_page(PageSource(page, SMALL, FPS, forgiving=True), print, running) as shown:
        await shown.pass_frames(0, 6)


@pytest.mark.parametrize(
    "script",
    ["new SharedWorker('shared.js')", "new Worker('parent.js')"],
    ids=["a shared worker", "a worker of a worker"],
)
async def test_a_worker_that_keeps_its_own_time_is_named(script: str, write_page: WritePage, running: str) -> None:
    page = write_page(f"<script>{script}</script>")
    (page.parent / "shared.js").write_text("", encoding="utf-8")
    (page.parent / "parent.js").write_text("new Worker('shared.js')", encoding="utf-8")
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS), lines.append, running) as shown:
        await shown.pass_frames(0, 3)
    assert [line.split(":")[0] for line in lines] == ["The page has a worker that keeps its own time"]
