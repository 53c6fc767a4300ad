"""Animated pictures are at the time of each frame, wherever a page shows them."""

from __future__ import annotations

import base64
import io
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View

WritePage = Callable[..., Path]
FPS = Fraction(30)
VIEW = View(64, 240)
COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))
ENCODERS = {
    "p.gif": ("-c:v", "gif", "-loop", "0", "-f", "gif"),
    "p.webp": ("-c:v", "libwebp_anim", "-lossless", "1", "-loop", "0", "-f", "webp"),
    "p.png": ("-c:v", "apng", "-plays", "0", "-f", "apng"),
}
ONCE = ("-c:v", "gif", "-loop", "-1", "-f", "gif")


def write_picture(path: Path, options: tuple[str, ...], count: int = len(COLOURS)) -> None:
    """Write a picture of 64 × 40 pixels that shows each colour for a tenth of a second."""
    raw = b"".join(bytes(colour) * (64 * 40) for colour in COLOURS[:count])
    command = [
        str(find_ffmpeg()),
        "-v",
        "error",
        "-y",
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-s",
        "64x40",
        "-r",
        "10",
    ]
    subprocess.run([*command, "-i", "-", *options, str(path)], input=raw, check=True, timeout=60)


async def colours(page: Path, browser: str, frames: range, places: int = 1) -> list[list[int]]:
    """Return for each place, one below the other, the number of the colour at each frame; -1 for none of them."""
    source = PageSource(page, VIEW, FPS)
    found: list[list[int]] = [[] for _ in range(places)]
    async with open_page(source, print, browser) as shown:
        await shown.pass_frames(0, frames.start)
        for frame in frames:
            with av.open(io.BytesIO(await shown.capture(frame))) as container:
                plane = next(container.decode(video=0)).reformat(format="rgb24").planes[0]
            for place, numbers in enumerate(found):
                start = (place * 40 + 20) * plane.line_size + 32 * 3
                numbers.append(number_of(bytes(plane)[start : start + 3]))
    return found


def number_of(pixel: bytes) -> int:
    """Return the number of a colour, which a palette may have changed a little."""
    near = [max(abs(a - b) for a, b in zip(pixel, colour, strict=True)) < 32 for colour in COLOURS]
    return near.index(True) if any(near) else -1


def at(frames: range, begin: int = 0) -> list[int]:
    """Return the number of the colour at each frame, of a picture that begins at frame ``begin``."""
    return [(frame - begin) // 3 % len(COLOURS) for frame in frames]


@pytest.mark.parametrize("name", ENCODERS)
async def test_it_is_at_the_time_of_each_frame_wherever_it_is_shown(
    name: str, write_page: WritePage, running: str
) -> None:
    box = "width:64px;height:40px;display:block"
    page = write_page(
        f"<img src={name}><div id=sheet></div><div id=before></div><div style='{box};background:url({name})'></div>"
        f"<svg width=64 height=40><image href={name} /></svg>"
        f"<iframe srcdoc='<style>body{{margin:0}}img{{display:block}}</style><img src={name}>'></iframe>",
        style=f"img,svg{{display:block}}#sheet{{{box};background:no-repeat url('{name}')}}"
        f"@media all{{#before::before{{content:'';{box};background:url({name})}}}}iframe{{{box};border:0}}",
    )
    write_picture(page.parent / name, ENCODERS[name])
    whole = range(14)
    assert await colours(page, running, whole, 6) == [at(whole)] * 6
    later = range(8, 11)
    assert await colours(page, running, later, 6) == [at(later)] * 6


@pytest.mark.parametrize("change", ["src='p.gif'", "srcset='p.gif 2x, p.gif?1 1x'", "style.background='url(p.gif)'"])
async def test_it_begins_when_it_is_shown_first(change: str, write_page: WritePage, running: str) -> None:
    page = write_page(
        f"<img id=a style=display:block;width:64px;height:40px><script>setTimeout(()=>(a.{change}),165);"
        "setTimeout(()=>{a.removeAttribute('srcset');a.src='still.gif'},420)</script>"
    )
    write_picture(page.parent / "p.gif", ENCODERS["p.gif"])
    write_picture(page.parent / "still.gif", ENCODERS["p.gif"], 1)
    expected = [*at(range(5, 13), 5), 0, 0]
    assert await colours(page, running, range(15)) == [[-1] * 5 + expected]
    assert await colours(page, running, range(7, 15)) == [expected[2:]]


async def test_one_that_plays_once_stays_at_its_end(write_page: WritePage, running: str) -> None:
    page = write_page("<img src=p.gif style=display:block>")
    write_picture(page.parent / "p.gif", ONCE)
    assert await colours(page, running, range(10, 16)) == [[3] * 6]


async def test_one_inside_the_page(write_page: WritePage, tmp_path: Path, running: str) -> None:
    write_picture(tmp_path / "p.gif", ENCODERS["p.gif"])
    data = base64.b64encode((tmp_path / "p.gif").read_bytes()).decode()
    page = write_page(f"<img style=display:block src=data:image/gif;base64,{data}>")
    assert await colours(page, running, range(7)) == [at(range(7))]


async def test_on_a_canvas_it_is_its_first_frame(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<canvas id=c width=64 height=40 style=display:block></canvas><img id=a src=p.gif><script>"
        "(function draw(){c.getContext('2d').drawImage(a,0,0);requestAnimationFrame(draw)})()</script>"
    )
    write_picture(page.parent / "p.gif", ENCODERS["p.gif"])
    assert await colours(page, running, range(5, 9)) == [[0] * 4]


async def test_the_page_finds_its_own_addresses(write_page: WritePage, running: str) -> None:
    page = write_page("<img id=a src=p.gif><script>setTimeout(()=>console.log(a.src, a.naturalWidth),200)</script>")
    write_picture(page.parent / "p.gif", ENCODERS["p.gif"])
    lines: list[str] = []
    async with open_page(PageSource(page, VIEW, FPS), lines.append, running) as shown:
        for frame in range(8):
            await shown.capture(frame)
    assert lines == ["[page] http://helios.localhost/p.gif 64"]


async def test_a_browser_that_cannot_decode_them_says_so(write_page: WritePage, running: str) -> None:
    page = write_page("<script>delete window.ImageDecoder</script><img src=p.gif>")
    write_picture(page.parent / "p.gif", ENCODERS["p.gif"])
    with pytest.raises(PageError, match=r"/p\.gif, an animated picture"):
        await colours(page, running, range(1))


@pytest.mark.parametrize(
    "inside", ["<animate attributeName='x' dur='1s' to='9'/>", "<style>@keyframes a{to{x:9px}}</style>"]
)
async def test_an_svg_file_that_moves_is_refused_and_another_is_not(
    inside: str, write_page: WritePage, running: str
) -> None:
    page = write_page("<img src=p.svg style=display:block>")
    size = "width='64' height='40'"
    text = f"<svg xmlns='http://www.w3.org/2000/svg' {size}><rect {size} fill='red'>{{}}</rect></svg>"
    (page.parent / "p.svg").write_text(text.format(""))
    assert await colours(page, running, range(1)) == [[0]]
    (page.parent / "p.svg").write_text(text.format(inside))
    with pytest.raises(PageError, match=r"/p\.svg, an animated picture.* <svg> element"):
        await colours(page, running, range(1))
