"""The sound of pages in a real Chromium: each sample is where it belongs, in one run as in chunks."""

from __future__ import annotations

import subprocess
from array import array
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.web.encoding import Sound
from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.render import render_video
from helios_gui.web.sound import has_sound, mix_sound
from tests.support.cli import run_cli
from tests.support.page_sounds import FPS, FRAMES, NOISE, NTSC, RATE, SMALL, between, hear, louder, placed, write_wave

WritePage = Callable[..., Path]


@pytest.fixture
def sounding(write_page: WritePage) -> Callable[..., Path]:
    """Write a page with ``noise.wav`` beside it."""

    def write(body: str, **options: str) -> Path:
        page = write_page(body, **options)
        write_wave(page.parent / "noise.wav")
        return page

    return write


SCRIPT = "<script>const a=new Audio('noise.wav');const at=(t,f)=>setTimeout(f,t);{}</script>"
HEARD: dict[str, tuple[str, list[int]]] = {
    "autoplay": ("<audio src=noise.wav autoplay></audio>", placed((0, NOISE))),
    "a source element": ("<audio autoplay><source src=noise.wav></audio>", placed((0, NOISE))),
    "played at a time": (SCRIPT.format("at(250,()=>a.play())"), placed((0.25, NOISE))),
    "a time between samples": (SCRIPT.format("at(100.006,()=>a.play())"), placed((0.100006, NOISE))),
    "trimmed by a script": (
        SCRIPT.format("a.currentTime=.2;a.play();at(150,()=>a.pause())"),
        placed((0, between(0.2, 0.35))),
    ),
    "trimmed by its address": ("<audio src=noise.wav#t=0.1,0.3 autoplay></audio>", placed((0, between(0.1, 0.3)))),
    "paused and played on": (
        SCRIPT.format("a.play();at(200,()=>a.pause());at(500,()=>a.play())"),
        placed((0, between(0, 0.2)), (0.5, between(0.2, 0.5))),
    ),
    "sought while it plays": (
        SCRIPT.format("a.play();at(300,()=>(a.currentTime=.1))"),
        placed((0, between(0, 0.3)), (0.3, between(0.1, 0.5))),
    ),
    "played again after its end": (SCRIPT.format("a.play();at(600,()=>a.play())"), placed((0, NOISE), (0.6, NOISE))),
    "at half its volume": (SCRIPT.format("a.volume=.5;a.play()"), placed((0, louder(NOISE, 0.5)))),
    "another volume later": (
        SCRIPT.format("a.play();at(100,()=>(a.volume=.25))"),
        placed((0, between(0, 0.1)), (0.1, louder(between(0.1, 0.5), 0.25))),
    ),
    "muted for a while": (
        SCRIPT.format("a.play();at(100,()=>(a.muted=true));at(300,()=>(a.muted=false))"),
        placed((0, between(0, 0.1)), (0.3, between(0.3, 0.5))),
    ),
    "a loop": ("<audio src=noise.wav autoplay loop></audio>", placed((0, NOISE), (0.5, NOISE))),
    "a loop from a time on": (
        SCRIPT.format("a.loop=true;a.currentTime=.3;a.play()"),
        placed((0, between(0.3, 0.5)), (0.2, NOISE), (0.7, NOISE)),
    ),
    "one after the other": (
        SCRIPT.format("a.onended=()=>new Audio('noise.wav').play();a.currentTime=.3;a.play()"),
        placed((0, between(0.3, 0.5)), (0.2, NOISE)),
    ),
    "two at a time": (
        "<audio src=noise.wav autoplay></audio><audio src=noise.wav#t=0.25 autoplay></audio>",
        placed((0, NOISE), (0, between(0.25, 0.5))),
    ),
    "another source": (
        SCRIPT.format("a.play();at(200,()=>{a.src='noise.wav#t=.1';a.play()})"),
        placed((0, between(0, 0.2)), (0.2, between(0.1, 0.5))),
    ),
    "removed from the page": (
        "<audio id=a src=noise.wav autoplay></audio><script>setTimeout(()=>a.remove(),200)</script>",
        placed((0, between(0, 0.2))),
    ),
    "as soon as it is there": (
        SCRIPT.format("at(100,()=>{a.oncanplaythrough=()=>a.play();a.load()})"),
        placed((0.1, NOISE)),
    ),
    "in a frame inside the page": (
        '<iframe srcdoc="<script>const a=new Audio(\'noise.wav\');setTimeout(()=>a.play(),100)</script>"></iframe>',
        placed((0.1, NOISE)),
    ),
    "a blob that is revoked": (
        "<script>fetch('noise.wav').then((answer)=>answer.blob()).then((blob)=>{const u=URL.createObjectURL(blob);"
        "const a=new Audio(u);a.play();a.onloadeddata=()=>URL.revokeObjectURL(u)})</script>",
        placed((0, NOISE)),
    ),
    "inside the page": (
        "<script>fetch('noise.wav').then((answer)=>answer.blob()).then((blob)=>{const f=new FileReader();"
        "f.onload=()=>new Audio(f.result.replace('audio/x-wav','audio/wav')).play();f.readAsDataURL(blob)})</script>",
        placed((0, NOISE)),
    ),
    "in a shadow root": (
        "<div id=d></div><script>"
        "d.attachShadow({mode:'closed'}).innerHTML='<audio src=noise.wav autoplay></audio>'</script>",
        placed((0, NOISE)),
    ),
    "data-helios-offset and -seek": (
        "<audio src=noise.wav data-helios-offset=0.31 data-helios-seek=0.2></audio>",
        placed((0.31, between(0.2, 0.5))),
    ),
    "of a composition that is sought": (
        "<audio src=noise.wav></audio><video src=noise.wav data-helios-no-audio></video>"
        "<script>window.helios={fps:30,duration:1,seek(){}}</script>",
        placed((0, NOISE)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", HEARD)
async def test_each_sample_is_at_its_time(
    what: str, sounding: Callable[..., Path], tmp_path: Path, running: str
) -> None:
    body, expected = HEARD[what]
    page = sounding(body)
    assert await hear(page, tmp_path / "whole", running) == expected
    later = range(11, FRAMES)
    assert await hear(page, tmp_path / "part", running, later) == expected[11 * RATE // 30 :], "in a later chunk"


@pytest.mark.parametrize("fps", [FPS, NTSC])
async def test_chunks_of_any_size_join_without_a_seam(
    fps: Fraction, sounding: Callable[..., Path], tmp_path: Path, running: str
) -> None:
    page = sounding(SCRIPT.format("a.loop=true;a.volume=.7;at(123,()=>a.play());at(900,()=>(a.playbackRate=1.5))"))
    whole = await hear(page, tmp_path / "whole", running, fps=fps)
    assert len(whole) == round(FRAMES * RATE / fps)
    joined: list[int] = []
    for start, end in pairwise((0, 1, 8, 9, 22, FRAMES)):
        joined += await hear(page, tmp_path / "part", running, range(start, end), fps=fps)
    assert joined == whole
    assert (
        whole[: round(0.9 * RATE)]
        == placed(*((0.123 + n / 2, louder(NOISE, 0.7)) for n in (0, 1)), fps=fps)[: round(0.9 * RATE)]
    )


@pytest.mark.parametrize(("name", "options"), [
    ("tone.wav", ("-ar", "44100", "-ac", "1")),
    ("tone.flac", ("-ar", "22050", "-ac", "1")),
    ("tone.mp3", ("-ar", "44100", "-ac", "1")),
    ("tone.m4a", ("-c:a", "aac")),
    ("tone.webm", ("-c:a", "libopus")),
    ("tone.ogg", ("-c:a", "libvorbis", "-ac", "2")),
])  # fmt: skip
async def test_other_rates_and_codecs_are_decoded_as_ffmpeg_does(
    name: str, options: tuple[str, ...], write_page: WritePage, tmp_path: Path, running: str
) -> None:
    page = write_page(f"<audio src={name} autoplay></audio>")
    file = page.parent / name
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=500:duration=0.7", *options, str(file))
    both = array(
        "h",
        ffmpeg(
            "-i", str(file), "-af", "aresample=48000:async=1:first_pts=0,pan=stereo|c0=c0|c1=c0", "-f", "s16le", "-"
        ),
    )
    whole = await hear(page, tmp_path / "whole", running)
    exact = round(0.7 * RATE)  # codecs fill their last block
    assert max(abs(one - other) for one, other in zip(whole[:exact], both[::2][:exact], strict=True)) <= 1, (
        "rounded from floats"
    )
    assert max(whole) > 1000
    assert await hear(page, tmp_path / "part", running, range(13, FRAMES)) == whole[13 * RATE // 30 :]


@pytest.mark.parametrize(("keeps_pitch", "frequency"), [("true", 400), ("false", 800)])
async def test_another_rate_ends_sooner_and_keeps_the_pitch_if_it_should(
    keeps_pitch: str, frequency: int, write_page: WritePage, tmp_path: Path, running: str
) -> None:
    script = f"a.playbackRate=2;a.preservesPitch={keeps_pitch};at(100,()=>a.play())"
    page = write_page(SCRIPT.format(script))
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=400:sample_rate=48000:duration=1", str(page.parent / "noise.wav"))
    whole = await hear(page, tmp_path / "whole", running)
    loud = [place for place, value in enumerate(whole) if abs(value) > 500]
    assert abs(loud[0] - 0.1 * RATE) < 0.01 * RATE
    assert abs(loud[-1] - 0.6 * RATE) < 0.03 * RATE
    middle = whole[int(0.2 * RATE) : int(0.5 * RATE)]
    crossings = sum(one < 0 <= other for one, other in pairwise(middle))
    assert abs(crossings / 0.3 - frequency) < 0.03 * frequency
    assert await hear(page, tmp_path / "part", running, range(7, FRAMES)) == whole[7 * RATE // 30 :]


async def test_fades_and_volumes_that_go_frame_by_frame_are_steady(
    sounding: Callable[..., Path], tmp_path: Path, running: str
) -> None:
    full = 8000
    rising = [full * place // (RATE // 5) for place in range(RATE // 5)]
    level = [full] * (RATE // 2)
    faded = sounding("<audio src=level.wav data-helios-fade-in=.2 data-helios-fade-out=.1></audio>")
    write_wave(faded.parent / "level.wav", level)
    whole = await hear(faded, tmp_path / "faded", running)
    falling = [round(full * (1 - place / (RATE // 10))) for place in range(RATE // 10)]
    assert near(whole, placed((0, rising), (0.2, level[: RATE // 5]), (0.4, falling)))
    assert await hear(faded, tmp_path / "part", running, range(5, 14)) == whole[5 * RATE // 30 : 14 * RATE // 30]
    seek = "seek(f){a.volume=Math.min(1,f/6)}"  # as the driver of Helios does with a fade
    for script in (
        f"window.helios={{fps:30,duration:1,{seek}}}",
        "(function f(t){a.volume=Math.min(1,t/200);requestAnimationFrame(f)})(0)",
    ):
        driven = sounding(
            f"<audio id=a src=level.wav autoplay data-helios-fade-in=.2></audio><script>{script}</script>"
        )
        if script.startswith("("):
            driven = sounding(f"<audio id=a src=level.wav autoplay></audio><script>{script}</script>")
        whole = await hear(driven, tmp_path / "driven", running)
        assert near(whole, placed((0, rising), (0.2, level[RATE // 5 :]))), script
        assert await hear(driven, tmp_path / "part", running, range(3, 5)) == whole[3 * RATE // 30 : 5 * RATE // 30]


async def test_a_video_is_heard_where_it_is_sought(write_page: WritePage, tmp_path: Path, running: str) -> None:
    page = write_page(
        "<video id=v src=film.mov autoplay></video><script>setTimeout(()=>(v.currentTime=.1),400)</script>"
    )
    write_wave(tmp_path / "noise.wav")
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=30:duration=0.5", "-i", str(tmp_path / "noise.wav"),
        "-c:v", "libx264", "-c:a", "pcm_s16le", str(page.parent / "film.mov"),
    )  # fmt: skip
    assert await hear(page, tmp_path / "whole", running) == placed((0, between(0, 0.4)), (0.4, between(0.1, 0.5)))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<audio src=gone.wav autoplay></audio>", "needs /gone.wav, which is not in its folder"),
        ("<script>new Audio('gone.mp3').play()</script>", "needs /gone.mp3, which is not in its folder"),
        ("<audio src=page.html autoplay></audio>", "cannot play http://helios.localhost/page.html"),
        (
            "<audio src=https://example.org/x.mp3 autoplay></audio>",
            "needs https://example.org/x.mp3, outside its folder",
        ),
        (
            "<audio id=a></audio><script>a.srcObject=new AudioContext()"
            ".createMediaStreamDestination().stream;a.play()</script>",
            "a sound that a script makes",
        ),
    ],
)
async def test_a_sound_that_cannot_be_had_is_named(
    body: str, words: str, write_page: WritePage, tmp_path: Path, running: str
) -> None:
    with pytest.raises(PageError, match=words):
        await hear(write_page(body), tmp_path / "none", running, range(2))


async def test_a_script_that_feeds_an_element_itself_is_refused(
    write_page: WritePage, tmp_path: Path, running: str
) -> None:
    page = write_page(
        "<script>const m=new MediaSource();const a=new Audio(URL.createObjectURL(m));m.onsourceopen=async()=>{"
        "const b=m.addSourceBuffer('audio/webm; codecs=opus');"
        "b.appendBuffer(await(await fetch('tone.webm')).arrayBuffer())};a.play()</script>"
    )
    ffmpeg("-f", "lavfi", "-i", "sine=duration=0.7", "-c:a", "libopus", str(page.parent / "tone.webm"))
    with pytest.raises(PageError, match="a sound that a script makes"):
        await hear(page, tmp_path / "none", running, range(2))


async def test_sound_of_another_host_is_heard_if_the_page_may_reach_it(
    write_page: WritePage, tmp_path: Path, running: str
) -> None:
    class Server(SimpleHTTPRequestHandler):
        def __init__(self, *values: Any) -> None:
            super().__init__(*values, directory=str(tmp_path))

        def log_message(self, *_: Any) -> None: ...

    write_wave(tmp_path / "noise.wav")
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        page = write_page(f"<audio src=http://127.0.0.1:{server.server_port}/noise.wav autoplay></audio>")
        source = PageSource(page, SMALL, FPS)
        async with open_page(replace(source, hosts=("127.0.0.1",)), print, running) as shown:
            await shown.pass_frames(0, 20)
            assert await mix_sound(shown, Sound.AUTO, 0, 20, tmp_path / "mix")
        server.shutdown()
    with pytest.raises(PageError, match=r"noise\.wav, outside its folder"):
        async with open_page(source, print, running) as shown:
            await shown.pass_frames(0, 2)
    samples = array("h", (tmp_path / "mix").read_bytes())[::2].tolist()
    assert samples == placed((0, NOISE), frames=20)


@pytest.mark.parametrize(
    ("body", "sounds"),
    [
        ("<audio src=noise.wav autoplay></audio>", True),
        ("<audio src=noise.wav autoplay muted></audio>", False),
        ("<audio src=noise.wav></audio>", False),
        ("<video src=silent.mp4 autoplay></video>", False),
        (SCRIPT.format("at(500,()=>a.play())"), True),
        (SCRIPT.format("at(1500,()=>a.play())"), False),
        ("<p>Nothing", False),
    ],
)
async def test_whether_frames_have_sound_is_known_beforehand_and_as_they_are_rendered(
    body: str, sounds: bool, sounding: Callable[..., Path], tmp_path: Path, running: str
) -> None:
    page = sounding(body)
    ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x36:rate=30:duration=0.2", str(page.parent / "silent.mp4"))
    source = PageSource(page, SMALL, FPS)
    async with open_page(source, print, running) as shown:
        assert await has_sound(shown, FRAMES) is sounds
        assert await mix_sound(shown, Sound.AUTO, 0, FRAMES, tmp_path / "mix") is sounds
        assert await mix_sound(shown, Sound.ON, 0, FRAMES, tmp_path / "mix")
        assert any((tmp_path / "mix").read_bytes()) is sounds
        assert not await mix_sound(shown, Sound.OFF, 0, FRAMES, tmp_path / "mix")
    async with open_page(source, print, running) as shown:
        assert await has_sound(shown, 1_000_000, seconds=0.0) is None


async def test_sounds_that_are_too_loud_together_are_said(
    sounding: Callable[..., Path], tmp_path: Path, running: str
) -> None:
    page = sounding("<audio src=noise.wav autoplay></audio>" * 5)
    lines: list[str] = []
    async with open_page(PageSource(page, SMALL, FPS), lines.append, running) as shown:
        await shown.pass_frames(0, 3)
        assert await mix_sound(shown, Sound.ON, 0, 3, tmp_path / "mix")
    assert lines == ["The page's sounds are too loud together, and are cut off at the loudest."]
    values = array("h", (tmp_path / "mix").read_bytes())
    assert (min(values), max(values)) == (-32768, 32767)


@pytest.mark.parametrize("name", ["film.mov", "film.mkv", "film.mp4", "film.webm"])
async def test_the_sound_is_in_the_video(name: str, sounding: Callable[..., Path], tmp_path: Path) -> None:
    page = sounding("<audio src=noise.wav autoplay></audio>")
    output = tmp_path / name
    view = replace(SMALL, transparent=name in ("film.mov", "film.webm"))
    await render_video(PageSource(page, view, FPS), output, 3, 6, "", print, lambda *_: None)
    with av.open(output) as container:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert (sound.codec_context.sample_rate, sound.codec_context.channels) == (RATE, 2)
        assert (video.codec_context.color_primaries, video.codec_context.colorspace) == (1, 1)
        assert len(list(container.decode(video=0))) == 6
        assert name != "film.webm" or "1" in (video.metadata.get("ALPHA_MODE"), video.metadata.get("alpha_mode"))
        assert name != "film.mov" or "a" in video.codec_context.pix_fmt
    if name in ("film.mov", "film.mkv"):
        samples = array("h", ffmpeg("-i", str(output), "-f", "s16le", "-"))
        assert samples[::2].tolist() == between(0.1, 0.3)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [name]


@pytest.mark.parametrize("name", ["film.mov", "film.mp4"])
def test_a_rendered_job_has_the_sound_without_a_seam(name: str, sounding: Callable[..., Path], tmp_path: Path) -> None:
    page = sounding(SCRIPT.format("a.loop=true;at(321,()=>a.play())"))
    size = ("--width", "64", "--height", "36", "--fps", "24000/1001")
    done = run_cli(
        tmp_path, "new", page, "--frames", "24", "--chunk-size", "13", *size, "-o", name, "--render", "--trust"
    )
    assert done.returncode == 0, done.stderr
    samples = array("h", ffmpeg("-i", str(page.parent / name), "-f", "s16le", "-"))[::2].tolist()
    expected = placed((0.321, NOISE), (0.821, NOISE), frames=24, fps=NTSC)
    if name == "film.mov":
        assert samples == expected
    else:  # AAC is near enough to see that nothing is shifted
        assert abs(len(samples) - len(expected)) <= 1024
        assert correlation(samples[20000:40000], expected[20000:40000]) > 0.7


def correlation(one: list[int], other: list[int]) -> float:
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return float(product / (sum(a * a for a in one) * sum(b * b for b in other)) ** 0.5)


def near(found: list[int], expected: list[int]) -> bool:
    return max(abs(one - other) for one, other in zip(found, expected, strict=True)) <= 2


def ffmpeg(*arguments: str) -> bytes:
    command = [str(find_ffmpeg()), "-v", "error", "-y", *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=60).stdout
