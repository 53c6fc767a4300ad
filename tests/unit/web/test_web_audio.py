"""Web Audio in the page's time: a context of the page is rendered up to each frame, and heard sample by sample."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from helios_gui.web.encoding import Sound
from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.sound import has_sound, mix_sound
from helios_gui.web.view import View
from tests.support.page_sounds import FRAMES, NOISE, RATE, between, hear, louder, placed, write_wave
from tests.support.pages import pictures

WritePage = Callable[..., Path]
NTSC = Fraction(24000, 1001)

CONTEXT = (
    "<script>const c=new AudioContext();const at=(t,f)=>setTimeout(f,t);"
    "const load=async()=>c.decodeAudioData(await(await fetch('noise.wav')).arrayBuffer());"
    "const play=(buffer,...v)=>{{const s=new AudioBufferSourceNode(c,{{buffer}});s.connect(c.destination);"
    "s.start(...v);return s}};"
    "{}</script>"
)
HEARD: dict[str, tuple[str, list[int]]] = {
    "planned for a time": ("load().then((b)=>play(b,.25))", placed((0.25, NOISE))),
    "started now": ("load().then((b)=>at(250.006,()=>play(b)))", placed((0.250006, NOISE))),
    "a part, stopped now": (
        "load().then((b)=>{const s=play(b,.1,.2);at(250,()=>s.stop())})",
        placed((0.1, between(0.2, 0.35))),
    ),
    "a volume that is set for a time": (
        "const g=c.createGain();g.connect(c.destination);g.gain.setValueAtTime(.5,.1);load().then((buffer)=>{"
        "const s=new AudioBufferSourceNode(c,{buffer});s.connect(g);s.start()})",
        placed((0, between(0, 0.1)), (0.1, louder(between(0.1, 0.5), 0.5))),
    ),
    "suspended for a while": (
        "load().then((b)=>play(b,.1));at(200,()=>c.suspend());at(500,()=>c.resume())",
        placed((0.1, between(0, 0.1)), (0.5, between(0.1, 0.5))),
    ),
    "a context that is made later": (
        "load().then((buffer)=>at(300,()=>{const d=new AudioContext();const s=d.createBufferSource();s.buffer=buffer;"
        "s.connect(d.destination);s.start(.1)}))",
        placed((0.4, NOISE)),
    ),
    "an element through a graph": (
        "const a=new Audio('noise.wav');const g=new GainNode(c,{gain:.5});c.createMediaElementSource(a).connect(g)"
        ".connect(c.destination);at(100,()=>a.play());at(300,()=>a.pause());at(400,()=>{a.volume=.5;a.play()})",
        placed((0.1, louder(between(0, 0.2), 0.5)), (0.4, louder(between(0.2, 0.5), 0.25))),
    ),
    "timed by a worker": (
        "const t='(function tick(){setTimeout(tick,275);postMessage(0)})()';"
        "const w=new Worker(URL.createObjectURL(new Blob([t])));let n=0,b;w.onmessage=()=>n++&&play(b,0,.3);"
        "load().then((buffer)=>(b=buffer))",
        placed((0.275, between(0.3, 0.5)), (0.55, between(0.3, 0.5)), (0.825, between(0.3, 0.5))),
    ),
    "beside an element": (
        "const a=new Audio('noise.wav');at(100,()=>a.play());load().then((b)=>play(b,.6))",
        placed((0.1, NOISE), (0.6, NOISE)),
    ),
}  # fmt: skip


@pytest.fixture
def sounding(write_page: WritePage) -> Callable[[str], Path]:
    """Write a page whose script has a context ``c``, with ``noise.wav`` beside it."""

    def write(script: str) -> Path:
        page = write_page(CONTEXT.format(script))
        write_wave(page.parent / "noise.wav")
        return page

    return write


@pytest.mark.parametrize("what", HEARD)
async def test_each_sample_is_at_its_time(
    what: str, sounding: Callable[[str], Path], tmp_path: Path, running: str
) -> None:
    script, expected = HEARD[what]
    page = sounding(script)
    assert near(await hear(page, tmp_path / "whole", running), expected)
    assert near(await hear(page, tmp_path / "part", running, range(11, FRAMES)), expected[11 * RATE // 30 :])


SYNTHESIS = (
    "const o=c.createOscillator();o.frequency.setValueAtTime(300,0);o.frequency.exponentialRampToValueAtTime(3000,1);"
    "const f=c.createBiquadFilter();f.frequency.value=900;const d=c.createDelay();d.delayTime.value=.07;"
    "o.connect(f).connect(d).connect(c.destination);f.connect(c.destination);at(90,()=>o.start());"
    "at(400,()=>(f.frequency.value=2000));at(700,()=>d.disconnect());"
)
WORKLET = (
    "const code=`registerProcessor('noise',class extends AudioWorkletProcessor{process(_,[out]){"
    "for(const side of out)for(let n=0;n<128;n++)side[n]=Math.random()-.5;return true}})`;"
    "c.audioWorklet.addModule(URL.createObjectURL(new Blob([code],{type:'text/javascript'})))"
    ".then(()=>new AudioWorkletNode(c,'noise').connect(c.destination));"
)


@pytest.mark.parametrize("script", [SYNTHESIS, WORKLET])
async def test_chunks_of_any_size_join_without_a_seam(
    script: str, sounding: Callable[[str], Path], tmp_path: Path, running: str
) -> None:
    page = sounding(script)
    whole = await hear(page, tmp_path / "whole", running, fps=NTSC)
    assert max(whole) > 1000
    joined: list[int] = []
    for start, end in pairwise((0, 1, 10, FRAMES)):
        joined += await hear(page, tmp_path / "part", running, range(start, end), fps=NTSC)
    assert joined == whole


async def test_what_an_analyser_draws_is_the_same_picture_in_every_run_and_in_every_chunk(
    sounding: Callable[[str], Path], running: str
) -> None:
    page = sounding(
        "const a=new Audio('noise.wav');const n=c.createAnalyser();n.fftSize=256;"
        "c.createMediaElementSource(a).connect(n);n.connect(c.destination);a.loop=true;a.play();"
        "const x=Object.assign(document.createElement('canvas'),{width:128,height:64});"
        "document.documentElement.append(x);const p=x.getContext('2d');const v=new Uint8Array(128);(function draw(){"
        "n.getByteFrequencyData(v);p.clearRect(0,0,128,64);v.forEach((value,place)=>p.fillRect(place,64-value/4,1,64));"
        "requestAnimationFrame(draw)})()"
    )
    source = PageSource(page, View(128, 64), Fraction(30))
    whole = await pictures(source, range(8), running)
    assert len(set(whole)) > 5
    assert await pictures(source, range(8), running) == whole
    assert await pictures(source, range(5, 8), running) == whole[5:]


async def test_a_context_that_is_silent_is_no_sound(
    sounding: Callable[[str], Path], tmp_path: Path, running: str
) -> None:
    source = PageSource(sounding("at(100,()=>c.createOscillator().start())"), View(64, 36), Fraction(30))
    async with open_page(source, print, running, end=FRAMES) as shown:
        assert await has_sound(shown, FRAMES) is None
        assert not await mix_sound(shown, Sound.AUTO, 0, FRAMES, tmp_path / "mix")


async def test_a_context_is_no_offline_one_to_libraries(sounding: Callable[[str], Path], running: str) -> None:
    page = sounding(
        "console.log(c instanceof AudioContext, c instanceof OfflineAudioContext, c instanceof BaseAudioContext,"
        "new OfflineAudioContext(1, 1, 48000) instanceof OfflineAudioContext)"
    )
    lines: list[str] = []
    async with open_page(PageSource(page, View(64, 36), Fraction(30)), lines.append, running, end=1):
        pass
    assert lines == ["[page] true false true true"]


async def test_a_page_that_is_too_long_for_it_is_refused(sounding: Callable[[str], Path], running: str) -> None:
    source = PageSource(sounding(""), View(64, 36), Fraction(30))
    with pytest.raises(PageError, match="Web Audio, which is rendered up to 30 min"):
        async with open_page(source, print, running, end=30 * 60 * 31) as shown:
            await shown.pass_frames(0, 1)


def near(found: list[int], expected: list[int]) -> bool:
    return max(abs(one - other) for one, other in zip(found, expected, strict=True)) <= 1
