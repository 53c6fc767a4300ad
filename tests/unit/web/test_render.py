"""Pages in a real Chromium: frame n is one and the same picture, and what is wrong with a page is said in words."""

from __future__ import annotations

import asyncio
import hashlib
import io
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.presets import read_presets
from helios_gui.types import HeliosError, UserInputError
from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.render import render_pictures, render_still, render_video
from helios_gui.web.view import View
from tests.support.pages import pictures
from tests.support.waiting import PATIENCE

WritePage = Callable[..., Path]
FPS = Fraction(30)
SMALL = View(320, 180)

MOVING = {
    "CSS keyframes": (
        "<div></div>",
        "div{width:60px;height:60px;background:#f60;animation:move 2s ease-in-out infinite alternate}"
        "@keyframes move{from{transform:none}to{transform:translate(200px,90px) rotate(200deg)}}",
    ),
    "a CSS transition": (
        "<div id=box></div><script>setTimeout(() => (box.style.left = '200px'), 40)</script>",
        "div{position:absolute;left:0;width:60px;height:60px;background:#06f;transition:left .4s}",
    ),
    "animations that begin when others end": (
        "<p id=p></p><i id=a class=x></i><i id=b></i><script>const tell=(e)=>(p.textContent+=` ${e.type[0]}"
        "${Math.round(performance.now())}`);a.onanimationiteration=tell;a.onanimationend=(e)=>{tell(e);"
        "a.className=a.className==='x'?'y':'x'};b.ontransitionend=(e)=>{tell(e);b.style.left=b.offsetLeft?0:'99px'};"
        "const play=()=>p.animate([{opacity:.2},{}],30).finished.then(play);play();"
        "b.offsetLeft;b.style.left='99px'</script>",
        "i{position:absolute;left:0;width:60px;height:60px;background:#f60;transition:left 30ms}.x{animation:x 15ms 2}"
        ".y{animation:y 30ms}@keyframes x{to{top:99px}}@keyframes y{from{top:99px}}",
    ),
    "what scrolls smoothly, and follows its events": (
        "<p id=p></p><i></i><script>let n=0;addEventListener('scroll',()=>(p.textContent=`${++n} ${scrollY|0}`));"
        "addEventListener('scrollend',()=>scrollTo({top:scrollY?0:1600,behavior:'smooth'}));"
        "scrollTo({top:1600,behavior:'smooth'})</script>",
        "body{overflow:visible!important;height:2000px;background:linear-gradient(red,blue)}p{position:fixed;left:99px}"
        "i{position:fixed;width:9px;height:9px;background:#fff;animation:x linear;animation-timeline:scroll()}"
        "@keyframes x{to{width:300px}}",
    ),
    "element.animate": (
        "<div id=box></div><script>"
        "box.animate([{opacity:1},{opacity:.1}],{duration:300,iterations:Infinity,direction:'alternate'})</script>",
        "div{width:90px;height:90px;background:#093}",
    ),
    "a canvas by requestAnimationFrame": (
        "<canvas id=c width=320 height=180></canvas><script>const pen=c.getContext('2d');let n=0;function draw(t){n++;"
        "pen.fillStyle=`hsl(${t/5} 90% 50%)`;pen.fillRect(Math.random()*300,Math.random()*160,20,20);"
        "pen.fillStyle='#000';pen.fillText(`${n} ${t.toFixed(1)} ${new Date().toISOString()}`,5,170);"
        "requestAnimationFrame(draw)}requestAnimationFrame(draw)</script>",
        "",
    ),
    "SVG": (
        "<svg width=320 height=180><circle cx=20 cy=90 r=15 fill=purple>"
        "<animate attributeName=cx from=20 to=300 dur=1s repeatCount=indefinite /></circle></svg>",
        "",
    ),
    "WebGL": (
        "<canvas id=c width=320 height=180></canvas><script>const gl=c.getContext('webgl');function draw(t){"
        "gl.clearColor((t/500)%1,.4,(t/1000)%1,1);gl.clear(gl.COLOR_BUFFER_BIT);requestAnimationFrame(draw)}"
        "requestAnimationFrame(draw)</script>",
        "",
    ),
    "WebGL whose program is asked whether it is ready": (
        "<canvas id=c width=320 height=180></canvas><script>const gl=c.getContext('webgl');"
        "const later=gl.getExtension('KHR_parallel_shader_compile');const program=gl.createProgram();"
        "for(const [kind,text] of [[gl.VERTEX_SHADER,'void main(){gl_Position=vec4(0,0,0,1);gl_PointSize=90.;}'],"
        "[gl.FRAGMENT_SHADER,'precision highp float;uniform float t;void main(){gl_FragColor=vec4(fract(t),.4,.2,1);}']"
        "])"
        "{const s=gl.createShader(kind);gl.shaderSource(s,text);"
        "gl.compileShader(s);gl.attachShader(program,s)}gl.linkProgram(program);function draw(t){"
        "if(!later||gl.getProgramParameter(program,later.COMPLETION_STATUS_KHR)){gl.useProgram(program);"
        "gl.uniform1f(gl.getUniformLocation(program,'t'),t/300);gl.drawArrays(gl.POINTS,0,1)}"
        "requestAnimationFrame(draw)}requestAnimationFrame(draw)</script>",
        "",
    ),
    "a frame inside the page": (
        '<iframe srcdoc="<script>setInterval(() => (document.body.textContent = new Date().getTime()), 40)</script>">'
        "</iframe>",
        "",
    ),
}


@pytest.mark.parametrize("what", MOVING)
async def test_a_frame_is_the_same_picture_in_every_run_and_in_every_chunk(
    what: str, write_page: WritePage, running: str
) -> None:
    body, style = MOVING[what]
    source = PageSource(write_page(body, style=style), SMALL, FPS)
    whole = await pictures(source, range(6), running)
    assert len(set(whole)) > 3, "the page does not move"
    assert await pictures(source, range(6), running) == whole
    assert await pictures(source, range(4, 6)) == whole[4:], "in a browser of its own"


DRAWN = "<canvas id=c width=320 height=180></canvas><script>const pen=c.getContext('2d');"
VIDEOS = {
    "shown": "<video src=film.mp4 autoplay muted loop></video>",
    "drawn on a canvas where it stays": (
        f"{DRAWN}const v=Object.assign(document.createElement('video'),{{src:'film.mp4'}});v.play();let x=0;"
        "(function draw(){pen.drawImage(v,x+=9,0);requestAnimationFrame(draw)})()</script>"
    ),
    "drawn frame by frame": (
        f"<video id=v src=film.mp4 autoplay></video>{DRAWN}let x=0;v.requestVideoFrameCallback(function draw(now,frame)"
        "{pen.drawImage(v,x+=9,0);pen.fillText([now,...Object.values(frame)].map((n)=>n.toFixed(2)),9,100+x);"
        "v.requestVideoFrameCallback(draw)})</script>"
    ),
}


@pytest.mark.parametrize("how", VIDEOS)
async def test_a_video_in_the_page_is_at_the_time_of_each_frame(
    how: str, write_page: WritePage, tmp_path: Path, add_file: Callable[[Path], None], running: str
) -> None:
    film = tmp_path / "film.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=30:duration=1", "-c:v", "libx264", "-g", "5", str(film))
    source = PageSource(write_page(VIDEOS[how]), SMALL, FPS)
    add_file(film)
    whole = await pictures(source, range(6), running)
    assert len(set(whole)) == 6
    assert await pictures(source, range(4, 6)) == whole[4:]


async def test_what_a_page_loads_on_its_way_to_a_chunk_is_there_at_the_same_frame(
    write_page: WritePage, tmp_path: Path, add_file: Callable[[Path], None], running: str
) -> None:
    page = write_page(
        "<p id=p></p><script>let n=0,since=0;function count(){n++;if(n===3){const image=new Image();"
        "image.onload=()=>(since=n);image.src='dot.png'}p.textContent=`${n} ${since}`;requestAnimationFrame(count)}"
        "requestAnimationFrame(count)</script>"
    )
    ffmpeg("-f", "lavfi", "-i", "color=red:size=9x9", "-frames:v", "1", str(tmp_path / "dot.png"))
    add_file(tmp_path / "dot.png")
    source = PageSource(page, SMALL, FPS)
    whole = await pictures(source, range(40), running)
    assert await pictures(source, range(30, 40), running) == whole[30:]


@pytest.mark.parametrize("kind", ["elements", "a canvas"])
async def test_colours_come_out_of_the_video_as_they_are_in_the_page(
    kind: str, write_page: WritePage, tmp_path: Path
) -> None:
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (18, 52, 86), (200, 180, 40), (255, 255, 255), (0, 0, 0)]
    bars = "".join(f"<div style='background:rgb{colour}'></div>" for colour in colours)
    if kind == "a canvas":
        fills = "".join(
            f"p.fillStyle='rgb{one}';p.fillRect({40 * place},0,40,180);" for place, one in enumerate(colours)
        )
        bars = f"<canvas id=c width=280 height=180></canvas><script>const p=c.getContext('2d');{fills}</script>"
    style = "body{display:flex}div{width:40px;height:180px}"
    source = PageSource(write_page(bars, style=style), View(280, 180), FPS)
    for name in ("film.mp4", "film.webm", "film.mov"):
        output = tmp_path / name
        await render_video(source, output, 0, 2, "prores" if name.endswith("mov") else "", print, lambda *_: None)
        with av.open(output) as container:
            context = container.streams.video[0].codec_context
            assert (context.color_primaries, context.colorspace, context.color_range) == (1, 1, 1), name
            frame = next(container.decode(video=0))  # a decoder believes the frames, not the container
            assert (frame.colorspace, frame.color_range) == (1, 1), name
        raw = ffmpeg(
            "-i", str(output), "-vf", "scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int",
            "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-",
        )  # fmt: skip
        for place, colour in enumerate(colours):
            start = (90 * 280 + place * 40 + 20) * 3
            found = tuple(raw[start : start + 3])
            assert max(abs(a - b) for a, b in zip(found, colour, strict=True)) <= 2, (name, colour, found)


@pytest.mark.parametrize("name", ["h264", "h265", "av1", "vp9", "prores"])
async def test_presets_encode_pages_with_their_colours(name: str, write_page: WritePage, tmp_path: Path) -> None:
    source = PageSource(write_page("<div style='height:90px;background:rgb(18,52,86)'></div>"), View(160, 90), FPS)
    preset = read_presets().get(name).preset
    output = tmp_path / f"film{preset.suffixes[0]}"
    await render_video(source, output, 0, 2, "", print, lambda *_: None, preset=preset)
    with av.open(output) as container:
        context = container.streams.video[0].codec_context
        assert (context.color_primaries, context.colorspace, context.color_range) == (1, 1, 1)
        assert context.pix_fmt == preset.encoding.pixel_formats[0]
    raw = ffmpeg("-i", str(output), "-vf", "scale=in_color_matrix=bt709:in_range=tv:flags=accurate_rnd+full_chroma_int",
                 "-frames:v", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "-")  # fmt: skip
    assert max(abs(a - b) for a, b in zip(raw[:3], (18, 52, 86), strict=True)) <= 2


async def test_a_transparent_background_is_kept(write_page: WritePage, tmp_path: Path) -> None:
    page = write_page("<div style='width:160px;height:180px;background:rgba(255,0,0,.5)'></div>")
    source = PageSource(page, View(320, 180, transparent=True), FPS)
    for name, decoder in (("film.mov", ()), ("film.webm", ("-c:v", "libvpx-vp9"))):
        output = tmp_path / name
        await render_video(source, output, 0, 1, "", print, lambda *_: None)
        with av.open(output) as container:
            assert next(container.decode(video=0)).colorspace == 1, name
        raw = ffmpeg(*decoder, "-i", str(output), "-frames:v", "1", "-pix_fmt", "rgba", "-f", "rawvideo", "-")
        left, right = raw[(90 * 320 + 80) * 4 + 3], raw[(90 * 320 + 240) * 4 + 3]
        assert abs(left - 128) <= 2, name
        assert right == 0, name
    with pytest.raises(UserInputError, match="keeps no transparency"):
        await render_video(source, tmp_path / "film.mp4", 0, 1, "h264", print, lambda *_: None)


@pytest.mark.parametrize("what", ["element.animate", "a canvas by requestAnimationFrame"])
async def test_frames_that_are_left_out_pass_all_the_same(
    what: str, write_page: WritePage, tmp_path: Path, running: str
) -> None:
    body, style = MOVING[what]
    source = PageSource(write_page(body, style=style), SMALL, FPS)
    wanted = await pictures(source, range(2, 12), running)
    film = tmp_path / "film.mov"
    await render_video(source, film, 2, 4, "png", print, lambda *_: None, step=3)
    done: list[tuple[int, int]] = []
    await render_pictures(source, tmp_path / "f" / "##.png", range(2, 12, 3), print, lambda *now: done.append(now))
    files = sorted((tmp_path / "f").iterdir())
    assert [file.name for file in files] == ["02.png", "05.png", "08.png", "11.png"]
    assert done == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert [hashlib.sha256(file.read_bytes()).hexdigest() for file in files] == wanted[::3]
    expected = [pixels(file.read_bytes()) for file in files]
    with av.open(str(film)) as container:
        assert [rgb(frame) for frame in container.decode(video=0)] == expected


def pixels(picture: bytes) -> bytes:
    with av.open(io.BytesIO(picture), "r") as container:
        return rgb(next(container.decode(video=0)))


def rgb(frame: av.VideoFrame) -> bytes:
    return bytes(frame.reformat(format="rgb24").planes[0])


async def test_scale_and_odd_sizes(write_page: WritePage, tmp_path: Path) -> None:
    page = write_page("<p>Sharp")
    output = tmp_path / "film.mp4"
    await render_video(PageSource(page, View(160, 90, 2.0), FPS), output, 0, 1, "", print, lambda *_: None)
    with av.open(output) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (320, 180)
    odd = PageSource(page, View(161, 91), FPS)
    with pytest.raises(UserInputError, match="even"):
        await render_video(odd, output, 0, 1, "", print, lambda *_: None)
    for scale in (0.0, -1.0, float("nan"), float("inf"), 1e9):
        with pytest.raises(UserInputError, match="cannot be shown at"):
            await render_video(PageSource(page, View(64, 36, scale), FPS), output, 0, 1, "", print, lambda *_: None)
    await render_still(odd, tmp_path / "still.png", 3, print)
    with av.open(tmp_path / "still.png") as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (161, 91)


@pytest.mark.parametrize(
    ("untold", "told"),
    [
        ("Grüße 日本".encode(), '<meta charset="utf-8">Grüße 日本'.encode()),
        ("Grüße".encode("latin-1"), '<meta charset="latin-1">Grüße'.encode("latin-1")),
        ("Grüße".encode("utf-16"), '<meta charset="utf-8">Grüße'.encode()),
    ],
    ids=["UTF-8", "Latin-1", "UTF-16"],
)
async def test_a_page_that_does_not_say_its_encoding_is_read_as_from_the_disk(
    tmp_path: Path, running: str, untold: bytes, told: bytes
) -> None:
    pictures = []
    for name, text in (("untold", untold), ("told", told)):
        page = tmp_path / f"{name}.html"
        page.write_bytes(text)
        async with open_page(PageSource(page, SMALL, FPS), lambda line: None, running) as shown:
            pictures.append(await shown.capture(0))
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize(("size", "scale"), [((101, 57), 0.5), ((50, 150), 2.01), ((99, 70), 1.15), ((45, 15), 0.1)])
async def test_pixels_are_counted_as_the_browser_does(
    size: tuple[int, int], scale: float, write_page: WritePage, running: str
) -> None:
    view = View(*size, scale)
    async with open_page(PageSource(write_page("<p>Small"), view, FPS), print, running) as shown:
        picture = await shown.capture(0)
    with av.open(io.BytesIO(picture), "r") as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == view.pixels


async def test_what_a_composition_says_of_itself_and_its_props(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<script>window.helios = {width: 640, height: 360, duration: 4, fps: 25, getState() { return this }};"
        "console.log('name', __HELIOS_PROPS__.name)</script>"
    )
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS, props={"name": "Größe"}), lines.append, running) as shown:
        said = await shown.composition()
    assert (said.width, said.height, said.duration, said.fps) == (640, 360, 4, 25)
    assert lines == ["[page] name Größe"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<script>undefinedName.call()</script>", r"undefinedName is not defined \(/page.html:1\)"),
        ("<script src=gone.js></script>", "needs /gone.js, which is not in its folder"),
        ("<img src=../secret.png>", "needs /secret.png, which is not in its folder"),
        ("<script src=http://127.0.0.1:9/x.js></script>", "needs http://127.0.0.1:9/x.js, outside its folder"),
        ("<script src=https://example.org/x.js></script>", "outside its folder.*--allow-host example.org"),
        ("<script>requestAnimationFrame(() => { throw new Error('late') })</script>", "late"),
        ("<script>Promise.reject(new Error('kept from nobody'))</script>", "kept from nobody"),
    ],
)
async def test_a_page_that_cannot_be_rendered_says_why(
    body: str, words: str, write_page: WritePage, running: str
) -> None:
    with pytest.raises(PageError, match=words):
        await pictures(PageSource(write_page(body), SMALL, FPS), range(2), running)


async def test_a_page_that_sets_one_timer_after_another_is_rendered(write_page: WritePage, running: str) -> None:
    page = write_page("<script>setTimeout(function again() { setTimeout(again, 0) })</script>")
    assert len(await pictures(PageSource(page, SMALL, FPS), range(2), running)) == 2


async def test_a_page_that_does_not_read_what_it_fetches_is_rendered(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<script>fetch('big.bin').then((answer) => console.log(answer.status));"
        "fetch('none.bin').catch(() => {}); fetch('big.bin').then((answer) => answer.arrayBuffer())"
        ".then((data) => console.log(data.byteLength))</script>"
    )
    (page.parent / "big.bin").write_bytes(bytes(3_000_000))
    lines: list[str] = []
    async with (
        asyncio.timeout(PATIENCE),
        open_page(PageSource(page, SMALL, FPS, forgiving=True), lines.append, running) as it,
    ):
        await it.capture(0)
    assert "[page] 200" in lines
    assert "[page] 3000000" in lines


async def test_a_page_reads_no_file_through_a_link_that_leads_out(
    write_page: WritePage, tmp_path: Path, running: str
) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    page = write_page("<script>fetch('link.txt').then((answer) => console.log(answer.status))</script>")
    (page.parent / "link.txt").symlink_to(tmp_path / "secret.txt")
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS, forgiving=True), lines.append, running) as shown:
        await shown.capture(0)
    assert "[page] 404" in lines


async def test_there_must_be_a_page_and_a_browser(
    write_page: WritePage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserInputError, match="There is no page"):
        await pictures(PageSource(tmp_path / "none.html", SMALL, FPS), range(1))
    monkeypatch.setenv("HELIOS_BROWSER", str(tmp_path / "no-browser"))
    with pytest.raises(UserInputError, match="no browser at"):
        await pictures(PageSource(write_page(""), SMALL, FPS), range(1))
    monkeypatch.setenv("HELIOS_BROWSER", "/bin/false")
    with pytest.raises(HeliosError, match="ended, with exit code 1"):
        await pictures(PageSource(write_page(""), SMALL, FPS), range(1))
    refuses = tmp_path / "browser"
    refuses.write_text("#!/bin/sh\necho 'FATAL:zygote_host_impl_linux.cc(128)] No usable sandbox!' >&2\nexit 133\n")
    refuses.chmod(0o755)
    monkeypatch.setenv("HELIOS_BROWSER", str(refuses))
    with pytest.raises(HeliosError, match="cannot make its sandbox"):
        await pictures(PageSource(write_page(""), SMALL, FPS), range(1))


def ffmpeg(*arguments: str) -> bytes:
    command = [str(find_ffmpeg()), "-v", "error", "-y", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout


async def test_what_a_page_prints_with_styles_is_one_plain_line(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<script>console.log('%cHi%c there','color:red','background:url(data:x)',2,'\\nmore',true,null,undefined)"
        "</script>"
    )
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS), lines.append, running):
        pass
    assert lines == ["[page] Hi there 2 more true null undefined"]


async def test_a_page_that_asks_is_answered_as_it_proposes(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<script>alert('Hi');console.log(confirm('No?'),prompt('Who?','Bob'),prompt('Why?')==='')</script>"
    )
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS), lines.append, running):
        pass
    assert lines[-1] == "[page] true Bob true"
