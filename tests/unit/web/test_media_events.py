"""What a page hears of its media is the same whether pictures are taken or not, and whatever the machine's pace is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.support.pages import pictures

WritePage = Callable[..., Path]
TELL = "<script>const tell=(words)=>console.log(`${words} ${Math.round(performance.now())}`);"
NAMES = "seeking seeked timeupdate waiting canplay progress suspend stalled playing pause"
CUES = (
    "const t=v.addTextTrack('metadata');t.mode='hidden';const cue=new VTTCue(.2,.4,'a');t.addCue(cue);"
    "cue.onenter=()=>tell('in');cue.onexit=()=>tell('out');t.oncuechange=()=>tell(`${t.activeCues.length} cues`)"
    "</script>"
)
HEARD = {
    "a video that plays": (
        f"<video id=v src=film.mp4></video>{TELL}v.oncanplay=()=>{{for(const name of '{NAMES}'.split(' '))"
        "v.addEventListener(name,(event)=>tell(name))};setTimeout(()=>v.play(),200);setTimeout(()=>v.pause(),350)</script>",
        ["progress 0", "suspend 0", "playing 200", "timeupdate 200", "timeupdate 300", "pause 350"],
    ),
    "a video that is sought": (
        f"<video id=v src=film.mp4></video>{TELL}v.oncanplay=()=>{{for(const name of ['seeking','seeked'])"
        "v.addEventListener(name,()=>tell(`${name} ${v.currentTime}`))};setTimeout(()=>{v.currentTime=.5},120)"
        "</script>",
        ["seeking 0.5 120", "seeked 0.5 120"],
    ),
    "a video that is sought again and again": (
        f"<video id=v src=film.mp4></video>{TELL}v.onseeked=()=>{{tell(v.currentTime.toFixed(1));if(v.currentTime<.3)"
        "v.currentTime+=.1};setTimeout(()=>{v.currentTime=.1},120)</script>",
        ["0.1 120", "0.2 137", "0.3 153"],
    ),
    "cues of a video": (
        f"<video id=v src=film.mp4 autoplay muted></video>{TELL}{CUES}",
        ["in 200", "1 cues 200", "out 400", "0 cues 400"],
    ),
    "cues of a sound": (
        f"<audio id=v src=film.mp4 autoplay></audio>{TELL}{CUES}",
        ["in 200", "1 cues 200", "out 400", "0 cues 400"],
    ),
    "how far a video is there": (
        f"<video id=v src=film.mp4></video>{TELL}setTimeout(()=>tell([v.buffered.length,v.buffered.start(0),"
        "Math.round(v.buffered.end(0)),v.buffered instanceof TimeRanges]),120)</script>",
        ["1,0,1,true 120"],
    ),
}


@pytest.fixture
def write_media_page(write_page: WritePage) -> WritePage:
    def write(body: str) -> Path:
        page = write_page(body)
        film = str(page.parent / "film.mp4")
        inputs = ("-f", "lavfi", "-i", "testsrc2=size=64x36:rate=30:duration=1", "-f", "lavfi", "-i", "sine=duration=1")
        subprocess.run([find_ffmpeg(), "-v", "error", *inputs, "-c:v", "libx264", "-c:a", "aac", film], check=True)
        return page

    return write


@pytest.mark.parametrize("shown", [True, False], ids=["with pictures", "without pictures"])
@pytest.mark.parametrize("what", HEARD)
async def test_it_comes_in_the_time_of_the_page(
    what: str, shown: bool, write_media_page: WritePage, running: str
) -> None:
    body, heard = HEARD[what]
    lines: list[str] = []
    async with open_page(PageSource(write_media_page(body), View(64, 36), Fraction(10)), lines.append, running) as page:
        for frame in range(6):
            await (page.show(frame) if shown else page.pass_frames(frame, 1))
    assert lines == [f"[page] {line}" for line in heard]


async def test_controls_of_the_browser_show_where_a_sound_is(write_media_page: WritePage, running: str) -> None:
    page = write_media_page("<audio controls autoplay src=film.mp4 style='width:300px;height:60px'></audio>")
    source = PageSource(page, View(320, 64), Fraction(10))
    whole = await pictures(source, range(6), running)
    assert len(set(whole)) == 6
    assert await pictures(source, range(5, 6), running) == whole[5:]


async def test_what_a_page_has_recorded_is_not_played(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<canvas id=c></canvas><video id=v></video><script>c.getContext('2d').fillRect(0,0,9,9);let wish;"
        "const r=new MediaRecorder(c.captureStream(30));r.onstop=()=>wish();r.ondataavailable=(e)=>r.last=e.data;"
        "window.__helios_wait_until_stable=()=>new Promise((done)=>{if(r.state!=='inactive')return done();"
        "wish=()=>{v.src=URL.createObjectURL(new Blob([r.last]));done()};r.start();r.stop()})</script>"
    )
    lines: list[str] = []
    async with open_page(PageSource(page, View(64, 36), Fraction(10)), lines.append, running) as shown:
        with pytest.raises(PageError, match=r"recorded with MediaRecorder.*Show the canvas"):
            await shown.pass_frames(0, 2)
    assert any("at the pace of this machine" in line for line in lines)


async def test_a_service_worker_is_not_run_and_said(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<script>navigator.serviceWorker.register('worker.js').then(()=>console.log('installed'));"
        "fetch('worker.js').then((answer)=>answer.text()).then((text)=>console.log(text))</script>"
    )
    (page.parent / "worker.js").write_text("onfetch=(event)=>event.respondWith(new Response('of the worker'))")
    lines: list[str] = []
    async with open_page(PageSource(page, View(64, 36), Fraction(10)), lines.append, running) as shown:
        for frame in range(3):
            await shown.show(frame)
    assert [line for line in lines if line.startswith("[page]")] == [
        "[page] onfetch=(event)=>event.respondWith(new Response('of the worker'))"
    ]
    assert any("wants a service worker, which is not run" in line for line in lines)
