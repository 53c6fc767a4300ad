"""Canvases that a page gives away with ``transferControlToOffscreen`` show at each frame what was drawn for it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource, open_page, open_tabs
from helios_gui.web.view import View
from tests.support.browsers import require_headless_shell
from tests.support.pages import pictures
from tests.unit.web.test_frame_capture import pixels

WritePage = Callable[..., Path]
FPS = Fraction(30)
SMALL = View(160, 90)
CANVAS = "<canvas id=c width=160 height=90></canvas>"
STYLE = "canvas{display:block}"
AWAY = "c.transferControlToOffscreen()"
IN_2D = (
    "const pen=canvas.getContext('2d');let n=0;(function draw(){n++;pen.fillStyle=`rgb(${n*20},0,99)`;"
    "pen.fillRect(0,0,160,90);requestAnimationFrame(draw)})()"
)
IN_WEBGL = (
    "const gl=canvas.getContext('webgl');let n=0;(function draw(){n++;gl.clearColor(n*20/255,0,99/255,1);"
    "gl.clear(gl.COLOR_BUFFER_BIT);requestAnimationFrame(draw)})()"
)
ROW_BY_ROW = (  # each frame draws a row and clears nothing; one in three draws nothing at all
    "const gl=canvas.getContext('webgl',{preserveDrawingBuffer:%s});let n=0;gl.enable(gl.SCISSOR_TEST);"
    "(function draw(){n++;if(n%%3){gl.scissor(0,n*10,160,10);gl.clearColor(1,0,0,1);gl.clear(gl.COLOR_BUFFER_BIT)}"
    "requestAnimationFrame(draw)})()"
)
IN_A_FRAMEBUFFER = (  # the second frame draws into a texture only
    "const gl=canvas.getContext('webgl2');let n=0;const t=gl.createTexture(),f=gl.createFramebuffer();"
    "gl.bindTexture(gl.TEXTURE_2D,t);gl.texStorage2D(gl.TEXTURE_2D,1,gl.RGBA8,8,8);"
    "(function draw(){n++;gl.bindFramebuffer(gl.FRAMEBUFFER,n==2?f:null);"
    "if(n==2)gl.framebufferTexture2D(gl.FRAMEBUFFER,gl.COLOR_ATTACHMENT0,gl.TEXTURE_2D,t,0);"
    "gl.clearColor(n==2?0:n*20/255,0,99/255,1);gl.clear(gl.COLOR_BUFFER_BIT);requestAnimationFrame(draw)})()"
)
SEE_THROUGH = (
    "const pen=canvas.getContext('2d');let n=0;(function draw(){n++;pen.clearRect(0,0,160,90);"
    "pen.fillStyle='rgba(255,0,0,.5)';pen.beginPath();pen.arc(80,45,30+n*3,0,7);pen.fill();requestAnimationFrame(draw)})()"
)
BITMAPS = (
    "const pen=canvas.getContext('bitmaprenderer');let n=0;(function draw(){n++;const o=new OffscreenCanvas(160,90);"
    "const p=o.getContext('2d');p.fillStyle=`rgb(${n*20},0,99)`;p.fillRect(0,0,160,90);"
    "pen.transferFromImageBitmap(o.transferToImageBitmap());requestAnimationFrame(draw)})()"
)
KINDS = {
    "2d": IN_2D,
    "webgl": IN_WEBGL,
    "row by row": ROW_BY_ROW % "false",
    "row by row, kept": ROW_BY_ROW % "true",
    "a framebuffer": IN_A_FRAMEBUFFER,
    "see-through": SEE_THROUGH,
    "bitmaps": BITMAPS,
}


@pytest.fixture
def site(write_page: WritePage) -> Callable[[str, str], Path]:
    """Write a page on which something is drawn: on its ``canvas``, by ``the page`` itself or by ``a worker``."""

    def make(script: str, who: str) -> Path:
        send = f"const o={AWAY};new Worker('w.js').postMessage({{canvas:o}},[o])"
        canvas = {"the canvas": "c", "the page": AWAY}
        page = write_page(
            f"{CANVAS}<script>{send if who == 'a worker' else f'const canvas={canvas[who]};{script}'}</script>",
            style=STYLE,
        )
        (page.parent / "w.js").write_text(f"onmessage=({{data:{{canvas}}}})=>{{{script}}}", encoding="utf-8")
        return page

    return make


@pytest.mark.parametrize("who", ["the page", "a worker"])
@pytest.mark.parametrize("kind", KINDS)
async def test_it_shows_what_an_ordinary_canvas_would(
    kind: str, who: str, site: Callable[[str, str], Path], running: str
) -> None:
    whole = await captured(PageSource(site(KINDS[kind], who), SMALL, FPS), running)
    assert len(set(whole)) >= 4, "nothing is drawn"
    ordinary = await captured(PageSource(site(KINDS[kind], "the canvas"), SMALL, FPS), running)
    # A worker draws its first picture when it gets its canvas, and the next at the first frame.
    late = 1 if who == "a worker" else 0
    assert whole[: 8 - late] == ordinary[late:] or whole == ordinary


@pytest.mark.parametrize("who", ["the page", "a worker"])
async def test_it_is_the_same_where_frames_are_drawn_on_command(
    who: str, site: Callable[[str, str], Path], running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = PageSource(site(ROW_BY_ROW % "false", who), SMALL, FPS)
    whole = await captured(source, running)
    monkeypatch.setenv("HELIOS_BROWSER", require_headless_shell())
    async with open_tabs(source, on_command=True) as tabs:
        assert tabs.draws_on_command
        page = await tabs.open_page(print)
        assert [pixels(await page.capture(frame)) for frame in range(8)] == whole


@pytest.mark.parametrize("who", ["the page", "a worker"])
async def test_a_chunk_has_the_frames_of_the_whole(who: str, site: Callable[[str, str], Path], running: str) -> None:
    source = PageSource(site(ROW_BY_ROW % "true", who), SMALL, FPS)
    whole = await pictures(source, range(8), running)
    assert len(set(whole)) >= 4
    assert await pictures(source, range(5, 8), running) == whole[5:]


async def test_canvases_of_one_message_are_told_apart_and_take_their_size(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<canvas id=a width=9 height=9></canvas><canvas id=b width=9 height=9></canvas><script>"
        "const [x,y]=[a,b].map((one)=>one.transferControlToOffscreen());const m=new Map([['y',[y]]]);"
        "new Worker('w.js').postMessage({ports:new Set([m]),x},[x,y])</script>",
        style=STYLE,
    )
    (page.parent / "w.js").write_text(
        "onmessage=({data})=>{const y=[...data.ports][0].get('y')[0];[y.width,y.height]=[160,45];data.x.width=80;"
        "data.x.height=45;[[y,'#f00'],[data.x,'#00f']].forEach(([one,color])=>{const pen=one.getContext('2d');"
        "pen.fillStyle=color;pen.fillRect(0,0,999,999)})}",
        encoding="utf-8",
    )
    async with open_page(PageSource(page, SMALL, FPS), print, running) as shown:
        picture = pixels(await shown.capture(0))
    colors = [pixel(picture, *place) for place in ((20, 20), (120, 20), (20, 70), (150, 70))]
    assert colors == [(0, 0, 255), (255, 255, 255), (255, 0, 0), (255, 0, 0)]


async def test_a_canvas_that_was_given_away_is_no_longer_the_pages(write_page: WritePage, running: str) -> None:
    page = write_page(
        f"{CANVAS}<canvas id=d></canvas><script>d.getContext('2d');c.transferControlToOffscreen();"
        "const attempts=[()=>c.getContext('2d'),()=>c.transferControlToOffscreen(),()=>(c.width=3),"
        "()=>d.transferControlToOffscreen()];"
        "for(const one of attempts)try{one();console.log('no error')}catch(error){console.log(error.name)}</script>"
    )
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS), lines.append, running):
        pass
    assert lines == ["[page] InvalidStateError"] * 4


@pytest.mark.parametrize(
    "send",
    [
        "new MessageChannel().port1.postMessage(o,[o])",
        "structuredClone(o,{transfer:[o]})",
        "class Box{o=o};new Worker('w.js').postMessage(new Box,[o])",
        "new Worker('on.js').postMessage(o,[o])",
    ],
    ids=["a channel", "a copy", "an object of a class", "on to another worker"],
)
async def test_a_canvas_that_is_sent_where_nobody_looks_is_refused(
    send: str, write_page: WritePage, running: str
) -> None:
    page = write_page(f"{CANVAS}<script>const o={AWAY};{send}</script>")
    (page.parent / "w.js").write_text("", encoding="utf-8")
    (page.parent / "on.js").write_text("onmessage=(e)=>new Worker('w.js').postMessage(e.data,[e.data])")
    async with open_page(PageSource(page, SMALL, FPS), print, running) as shown:
        with pytest.raises(PageError, match="sends an OffscreenCanvas"):
            await shown.pass_frames(0, 2)


async def captured(source: PageSource, browser: str) -> list[bytes]:
    """Return the pixels of the first eight frames."""
    async with open_page(source, print, browser) as page:
        return [pixels(await page.capture(frame)) for frame in range(8)]


def pixel(picture: bytes, column: int, row: int) -> tuple[int, ...]:
    start = row * (len(picture) // SMALL.height) + column * 3  # a row may have some bytes more at its end
    return tuple(picture[start : start + 3])
