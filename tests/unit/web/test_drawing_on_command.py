"""``chrome-headless-shell`` draws frames when it is told to: they are the same in every run and in every chunk."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.web import frame_capture
from helios_gui.web.camera import DrawsByItselfError
from helios_gui.web.frame_capture import begin_capture
from helios_gui.web.page_tabs import PageSource, PageTabs, open_tabs
from helios_gui.web.render import render_pictures, render_still
from helios_gui.web.view import View
from tests.support.browsers import require_headless_shell
from tests.unit.web.test_frame_capture import MEMORY, pixels
from tests.unit.web.test_render import MOVING

WritePage = Callable[..., Path]
FPS = Fraction(30)
SMALL = View(320, 180)
KINDS = [*MOVING, "a video"]


@pytest.fixture(autouse=True)
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Render with Chromium's headless shell."""
    monkeypatch.setenv("HELIOS_BROWSER", require_headless_shell())


@pytest.mark.parametrize("what", KINDS)
async def test_a_frame_is_the_same_picture_in_every_run_and_in_every_chunk(what: str, write_page: WritePage) -> None:
    body, style = MOVING.get(what, ("<video src=film.mp4 autoplay muted loop></video>", ""))
    page = write_page(body, style=style)
    if what == "a video":
        film = "testsrc2=size=160x90:rate=30:duration=1"
        await ffmpeg("-f", "lavfi", "-i", film, "-c:v", "libx264", "-g", "5", str(page.parent / "film.mp4"))
    async with open_tabs(PageSource(page, SMALL, FPS), on_command=True) as tabs:
        whole = await captured(tabs, range(6))
        assert len(set(whole)) > 3, "the page does not move"
        assert await captured(tabs, range(6)) == whole
        assert await captured(tabs, range(4, 6)) == whole[4:]


@pytest.mark.parametrize("transparent", [False, True], ids=["opaque", "transparent"])
async def test_a_filter_of_svg_that_changes_and_keeps_its_size_is_seen(
    transparent: bool, write_page: WritePage
) -> None:
    page = write_page(
        "<svg width=64 height=36><filter id=filter><feColorMatrix id=matrix type=saturate values=1 /></filter>"
        "<rect width=64 height=36 fill=red filter=url(#filter) /></svg>"
        "<script>let n=1;(function next(){matrix.setAttribute('values',n-=0.1);requestAnimationFrame(next)})()</script>"
    )
    view = View(64, 36, transparent=transparent)
    async with open_tabs(PageSource(page, view, FPS), on_command=True) as tabs:
        shown = await tabs.open_page(print)
        assert len({pixels(await shown.capture(frame))[:3] for frame in range(8)}) == 8


async def test_a_video_that_the_page_brings_to_a_time_is_left_to_a_browser_that_draws_by_itself(
    write_page: WritePage, tmp_path: Path
) -> None:
    page = write_page(
        "<video id=film src=film.mp4 muted></video><script>film.onended=()=>{film.currentTime=0;film.play()};"
        "film.currentTime=0.7;film.play()</script>"
    )
    film = "testsrc2=size=160x90:rate=30:duration=1"
    await ffmpeg("-f", "lavfi", "-i", film, "-c:v", "libx264", "-g", "5", str(page.parent / "film.mp4"))
    source = PageSource(page, SMALL, FPS)
    async with open_tabs(source, on_command=True) as tabs:
        with pytest.raises(DrawsByItselfError):
            await captured(tabs, range(1))
    await render_pictures(source, tmp_path / "whole" / "##.png", range(20), print, lambda *_: None)
    await render_pictures(source, tmp_path / "chunk" / "##.png", range(15, 20), print, lambda *_: None)
    whole, chunk = ([file.read_bytes() for file in sorted((tmp_path / name).iterdir())] for name in ("whole", "chunk"))
    assert len(set(whole)) == 20
    assert chunk == whole[15:]


async def test_a_class_that_goes_when_a_screen_would_have_shown_the_page_begins_a_transition(
    write_page: WritePage,
) -> None:
    page = write_page(
        "<script>setTimeout(()=>{document.body.innerHTML='<p id=box class=new></p>';"
        "setTimeout(()=>box.className='',20)},110)</script>",
        style="#box{width:9px;height:9px;background:red;margin-left:30px;transition:margin-left 1s}#box.new{margin:0}",
    )
    async with open_tabs(PageSource(page, View(64, 36), Fraction(10)), on_command=True) as tabs:
        assert len(set((await captured(tabs, range(7)))[2:])) == 5


async def test_a_picture_is_of_its_frame_also_where_much_or_nothing_changes(write_page: WritePage) -> None:
    page = write_page(
        "<p></p><script>let n=0;(function next(){n++;document.body.style.background=`rgb(${n},${n>>3<<4},90)`;"
        "requestAnimationFrame(next)})()</script>"
    )
    async with open_tabs(PageSource(page, View(64, 36), FPS), on_command=True) as tabs:
        shown = await tabs.open_page(print)
        for frame in range(40):
            picture = await shown.capture(frame)
            number = frame + 2  # it is called once before the first frame
            assert pixels(picture)[:3] == bytes((number, number >> 3 << 4, 90)), frame
            assert await shown.screenshot(frame) == picture


@pytest.mark.parametrize("scale", [2.0, 1.15, 0.1])
async def test_a_still_has_the_pixels_of_its_scale(scale: float, write_page: WritePage, tmp_path: Path) -> None:
    view = View(99, 70, scale)
    await render_still(PageSource(write_page("<p>Sharp"), view, FPS), tmp_path / "still.png", 1, print)
    with av.open(tmp_path / "still.png") as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == view.pixels


async def test_a_transparent_background_is_kept(write_page: WritePage) -> None:
    page = write_page("<div style='width:32px;height:36px;background:rgba(255,0,0,.5)'></div>")
    async with open_tabs(PageSource(page, View(64, 36, transparent=True), FPS), on_command=True) as tabs:
        picture = await (await tabs.open_page(print)).capture(0)
    with av.open(io.BytesIO(picture)) as container:
        row = bytes(next(container.decode(video=0)).reformat(format="rgba").planes[0])
    assert abs(row[16 * 4 + 3] - 128) <= 1
    assert row[48 * 4 + 3] == 0


async def test_a_film_is_of_the_pictures_of_one_tab(write_page: WritePage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_capture, "_ALONE", 1)
    monkeypatch.setattr(frame_capture, "_is_worth_it", lambda *_: True)
    filmed: list[bytes] = []

    async def deliver(picture: bytes) -> None:
        filmed.append(picture)

    async with open_tabs(PageSource(write_page(MEMORY), SMALL, FPS), on_command=True) as tabs:
        film = await begin_capture(tabs, await tabs.open_page(print), range(40), reads_qoi=True)
        await film.run(deliver)
        assert [pixels(one) for one in filmed] == [pixels(one) for one in await captured(tabs, range(40))]


async def captured(tabs: PageTabs, frames: range) -> list[bytes]:
    """Return the pictures of frames, from a tab of their own."""
    page = await tabs.open_page(print)
    await page.pass_frames(0, frames.start)
    return [await page.capture(frame) for frame in frames]


async def ffmpeg(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(find_ffmpeg(), "-y", "-v", "error", *arguments)
    assert await process.wait() == 0
