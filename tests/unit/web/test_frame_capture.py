"""How the pictures of many frames are taken: read from a canvas, or by two tabs in turns. They are the screenshots'."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.web import frame_capture
from helios_gui.web.frame_capture import FrameCapture, begin_capture
from helios_gui.web.page import Page, Report
from helios_gui.web.page_tabs import PageSource, PageTabs, open_page, open_tabs
from helios_gui.web.view import View

WritePage = Callable[..., Path]
FPS = Fraction(30)
SMALL = View(160, 90)
PNG = b"\x89PNG"

CANVAS = "<canvas id=c width=160 height=90></canvas>"
DRAWING = (
    "<script>const pen=c.getContext('2d');let n=0;function draw(t){n++;const sky=pen.createLinearGradient(0,0,0,90);"
    "sky.addColorStop(0,`hsl(${t/5} 80% 40%)`);sky.addColorStop(1,'#fd8');pen.fillStyle=sky;pen.fillRect(0,0,160,90);"
    "for(let i=0;i<40;i++){pen.fillStyle=`rgba(${i*6},${255-i*6},${n*9%255},.7)`;"
    "pen.fillRect(Math.random()*160,Math.random()*90,9,9)}pen.fillStyle='#000';pen.fillText(`${n}`,5,80);"
    "requestAnimationFrame(draw)}requestAnimationFrame(draw)</script>"
)
PLAIN = "canvas{display:block}"
DIALOGUE = "<dialog>Now</dialog><script>document.querySelector('dialog').showModal()</script>"
SELECTION = "<script>setTimeout(() => getSelection().selectAllChildren(document.body))</script>"
SHADOW = "<script>host.attachShadow({mode:'open'}).innerHTML='<slot></slot><i>i</i>'</script>"
SURE = {
    "the canvas alone": (CANVAS, PLAIN),
    "centred in what wraps it": (f"<main><div>{CANVAS}</div></main>", "main{display:grid}" + PLAIN),
    "fixed": (CANVAS, "canvas{position:fixed;inset:0}"),
    "beside what is hidden": (f"<p style='display:none'>controls</p>{CANVAS}", PLAIN),
}  # fmt: skip
UNSURE = {
    "a word beside it": (f"{CANVAS}<b style='position:fixed;left:9px;top:9px'>9</b>", PLAIN),
    "words in the body": (f"now{CANVAS}", PLAIN + "body{font-size:0}"),
    "something drawn over it by style": (CANVAS, PLAIN + "body::after{content:'!';position:fixed;inset:9px}"),
    "a filter": (CANVAS, PLAIN + "canvas{filter:invert(1)}"),
    "a see-through page": (CANVAS, PLAIN + "body{opacity:.5}"),
    "a smaller canvas": ("<canvas id=c width=80 height=45></canvas>", PLAIN + "canvas{width:160px;height:90px}"),
    "a turned canvas": (f"<div>{CANVAS}</div>", PLAIN + "div{rotate:180deg}"),
    "a moved canvas": (CANVAS, PLAIN + "body{padding-left:3px}"),
    "a canvas that is cut": (f"<div>{CANVAS}</div>", PLAIN + "div{width:90px;overflow:hidden}"),
    "a clipped canvas": (CANVAS, PLAIN + "canvas{clip-path:circle(30px)}"),
    "round corners": (CANVAS, PLAIN + "canvas{border-radius:20px}"),
    "an outline inside": (CANVAS, PLAIN + "canvas{outline:4px solid red;outline-offset:-9px}"),
    "mixed with the page": (f"<div>{CANVAS}</div>", PLAIN + "div{background:red}canvas{mix-blend-mode:screen}"),
    "mirrored": (CANVAS, PLAIN + "body{-webkit-box-reflect:below -60px}"),
    "a frame beside it": (f"{CANVAS}<iframe hidden></iframe>", PLAIN),
    "a dialogue over it": (CANVAS + DIALOGUE, PLAIN),
    "another canvas over it": (f"{CANVAS}<canvas width=9 height=9 style='position:fixed;left:0'></canvas>", PLAIN),
    "a selection": (CANVAS + SELECTION, PLAIN),
    "a shadow root": (f"<div id=host>{CANVAS}</div>{SHADOW}", PLAIN),
}  # fmt: skip


@pytest.mark.parametrize("how", SURE)
async def test_a_page_that_is_one_canvas_is_read_and_looks_as_it_is_shown(
    how: str, write_page: WritePage, running: str
) -> None:
    body, style = SURE[how]
    source = PageSource(write_page(body + DRAWING, style=style), SMALL, FPS)
    async with open_page(source, print, running) as page:
        for frame in range(3):
            drawn = await (await page.draw(frame))
            assert drawn.startswith(b"qoif"), how
            assert pixels(drawn) == pixels(await page.screenshot(frame))


@pytest.mark.parametrize("how", UNSURE)
async def test_a_page_that_is_more_than_its_canvas_is_not_read(how: str, write_page: WritePage, running: str) -> None:
    body, style = UNSURE[how]
    async with open_page(PageSource(write_page(body + DRAWING, style=style), SMALL, FPS), print, running) as page:
        assert (await (await page.draw(0))).startswith(PNG)


@pytest.mark.parametrize(
    "script",
    [
        "c.getContext('2d').fillRect(0, 0, 160, 89)",  # the last row is transparent
        "c.getContext('2d', {colorSpace: 'display-p3'}).fillRect(0, 0, 160, 90)",
        "const gl = c.getContext('webgl'); gl.clearColor(1, 0, 0, 1); gl.clear(gl.COLOR_BUFFER_BIT)",
    ],
)
async def test_a_canvas_whose_pixels_may_be_shown_otherwise_is_not_read(
    script: str, write_page: WritePage, running: str
) -> None:
    page_path = write_page(f"{CANVAS}<script>{script}</script>", style=PLAIN)
    async with open_page(PageSource(page_path, SMALL, FPS), print, running) as page:
        assert (await (await page.draw(0))).startswith(PNG)


async def test_what_lies_over_a_canvas_for_a_while_is_in_its_film(write_page: WritePage, running: str) -> None:
    title = (
        "<h1 hidden>Title</h1><script>setTimeout(() => (document.querySelector('h1').hidden = false), 60);"
        "setTimeout(() => (document.querySelector('h1').hidden = true), 130)</script>"
    )
    page = write_page(CANVAS + title + DRAWING, style=PLAIN + "h1{position:fixed;top:0;margin:0;background:#fff}")
    source = PageSource(page, SMALL, FPS)
    filmed, film = await take(source, range(6), running)
    assert film.codec == "qoi"
    assert all(picture.startswith(b"qoif") for picture in filmed)
    assert [pixels(picture) for picture in filmed] == await screenshots(source, range(6), running)


async def test_without_a_decoder_or_with_transparency_a_canvas_is_not_read(write_page: WritePage, running: str) -> None:
    page = write_page(CANVAS + DRAWING, style=PLAIN)
    _, film = await take(PageSource(page, SMALL, FPS), range(1), running, reads_qoi=False)
    assert film.codec == "png"
    _, film = await take(PageSource(page, View(160, 90, transparent=True), FPS), range(1), running)
    assert film.codec == "png"


MEMORY = (
    "<p id=p></p><script>let n=0;(function count(t){p.textContent=`${n++} ${Math.random()}`;"
    "p.style.marginLeft=`${n}px`;requestAnimationFrame(count)})()</script>"
)


@pytest.mark.parametrize("start", [0, 7])
async def test_two_tabs_by_turns_take_the_pictures_that_one_would_take(
    start: int, write_page: WritePage, running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_capture, "_ALONE", 1)
    monkeypatch.setattr(frame_capture, "_is_worth_it", lambda *_: True)
    source = PageSource(write_page(MEMORY), SMALL, FPS)
    shared = 0
    for _ in range(3):  # on a slow machine the second tab may come too late
        frames = range(start, start + 60)
        opened: list[Page] = []
        filmed, _film = await take(source, frames, running, opened=opened)
        shared += len(opened) == 2
        assert [pixels(picture) for picture in filmed] == await screenshots(source, frames, running)
        if shared:
            break
    assert shared


async def test_a_second_tab_that_shows_something_else_takes_no_picture(
    write_page: WritePage, running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_capture, "_ALONE", 1)
    monkeypatch.setattr(frame_capture, "_is_worth_it", lambda *_: True)
    other = PageSource(write_page(MEMORY.replace("n++", "n++ + 0.5"), name="other.html"), SMALL, FPS)
    source = PageSource(write_page(MEMORY), SMALL, FPS)
    filmed, _film = await take(source, range(40), running, other=other)
    assert [pixels(picture) for picture in filmed] == await screenshots(source, range(40), running)


async def take(
    source: PageSource,
    frames: range,
    browser: str,
    *,
    reads_qoi: bool = True,
    other: PageSource | None = None,
    opened: list[Page] | None = None,
) -> tuple[list[bytes], FrameCapture]:
    """Return the pictures of a film; ``other`` is what its second tab shows instead."""
    filmed: list[bytes] = []

    async def deliver(picture: bytes) -> None:
        filmed.append(picture)

    async with open_tabs(source, browser) as stage:
        page = await stage.open_page(print)
        await page.pass_frames(0, frames.start)
        film = await begin_capture(_Stage(stage, other, opened), page, frames, reads_qoi=reads_qoi)
        if opened is not None:
            opened.append(page)
        await film.run(deliver)
    return filmed, film


class _Stage(PageTabs):
    """A stage that shows another page in its second tab, and tells which ones it opened."""

    def __init__(self, stage: PageTabs, other: PageSource | None, opened: list[Page] | None) -> None:
        vars(self).update(vars(stage))
        self.source = other or stage.source
        self._opened = opened

    async def open_page(self, report: Report) -> Page:
        page = await super().open_page(report)
        if self._opened is not None:
            self._opened.append(page)
        return page


async def screenshots(source: PageSource, frames: range, browser: str) -> list[bytes]:
    """Return the pixels of frames as one tab alone shows them."""
    async with open_page(source, print, browser) as page:
        await page.pass_frames(0, frames.start)
        return [pixels(await page.capture(frame)) for frame in frames]


def pixels(picture: bytes) -> bytes:
    """Return a picture's red, green and blue."""
    with av.open(io.BytesIO(picture)) as container:
        return bytes(next(container.decode(video=0)).reformat(format="rgb24").planes[0])
