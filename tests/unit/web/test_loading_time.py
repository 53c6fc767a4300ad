"""What a page waits for takes none of its time: nothing in it moves meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.support.pages import pictures

WritePage = Callable[..., Path]
MOVING = """i{position:absolute;left:0;width:20px;height:20px;background:#06f;animation:move .2s}
@keyframes move{from{left:200px}}"""
LONG = (
    "crypto.subtle.importKey('raw',new Uint8Array(9),'PBKDF2',false,['deriveBits'])"
    ".then((key)=>crypto.subtle.deriveBits({name:'PBKDF2',"
    "hash:'SHA-256',salt:new Uint8Array(9),iterations:400000},key,256))"
)
"""A promise that a computer needs some tenths of a second for."""
PAGE = f"""<i></i><i id=moved style="top:30px;animation:none;transition:left .2s"></i>
<i id=played style="top:60px;animation:none"></i>
<svg style="position:absolute;top:90px"><rect width=20 height=20>
<animate id=begun attributeName=x from=200 to=0 dur=.2s begin=indefinite /></rect></svg>
<iframe style="position:absolute;top:120px;border:0" srcdoc="<style>{MOVING}</style><i></i>"></iframe>
<pre id=told></pre><script>
const tell = (what) => (told.textContent += `${{what}} at ${{Math.round(performance.now())}} `);
for (const name of ["animationend", "transitionend"]) addEventListener(name, (event) => tell(name));
begun.addEventListener("endEvent", () => tell("endEvent"));
played.animate([{{left: "200px"}}, {{left: 0}}], 200).finished.then(() => tell("finished"));
moved.getBoundingClientRect();
BEFORE.then(() => {{
  moved.style.left = "200px";
  begun.beginElement();
  document.querySelector("svg").insertAdjacentHTML("afterend", `<svg style="position:absolute;top:120px;left:99px"><rect
    width=20 height=20><animate attributeName=x from=99 to=0 dur=.2s /></rect></svg>`);
}}).then(() => AFTER);
</script>"""


@pytest.mark.parametrize("place", ["BEFORE", "AFTER"])
async def test_nothing_moves_while_a_page_waits(place: str, write_page: WritePage, running: str) -> None:
    def source(page: str) -> PageSource:
        page = page.replace("BEFORE", "Promise.resolve()").replace("AFTER", "null")
        return PageSource(write_page(page, style=MOVING, name=f"{len(page)}.html"), View(320, 240), Fraction(30))

    at_once = await pictures(source(PAGE), range(7), running)
    assert len(set(at_once)) == 7
    assert await pictures(source(PAGE.replace(place, LONG)), range(7), running) == at_once


ENCODED = """(async () => {
  const canvas = new OffscreenCanvas(640, 360);
  canvas.getContext("2d").fillRect(9, 9, 99, 99);
  const chunks = [];
  const encoder = new VideoEncoder({ output: (chunk) => chunks.push(chunk), error: console.log });
  encoder.configure({ codec: "vp8", width: 640, height: 360 });
  for (let index = 0; index < 40; index++) encoder.encode(new VideoFrame(canvas, { timestamp: index * 1000 }));
  await encoder.flush();
  const decoder = new VideoDecoder({ output: (frame) => frame.close(), error: console.log });
  decoder.configure({ codec: "vp8" });
  for (const chunk of chunks) decoder.decode(chunk);
  await decoder.flush();
})()"""
READ = """new Promise((resolve) => {
  const reader = new FileReader();
  reader.onload = resolve;
  reader.readAsDataURL(new Blob([new Uint8Array(40_000_000)]));
})"""
DECODED = """(async () => {
  const canvas = new OffscreenCanvas(4000, 3000);
  canvas.getContext("2d").fillRect(9, 9, 999, 999);
  const image = new Image();
  image.src = URL.createObjectURL(await canvas.convertToBlob());
  await image.decode();
})()"""
WRITTEN = """new Promise((resolve) => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 4000, height: 3000 });
  canvas.getContext("2d").fillRect(9, 9, 999, 999);
  canvas.toBlob(resolve);
})"""


STORED = """(async () => {
  const answer = (asked, event = "success") =>
    new Promise((resolve) => asked.addEventListener(event, () => resolve(asked.result)));
  const opened = indexedDB.open("pictures", 1);
  opened.onupgradeneeded = () => opened.result.createObjectStore("all", { autoIncrement: true });
  const database = await answer(opened);
  const writing = database.transaction("all", "readwrite");
  for (let index = 0; index < 300; index++) writing.objectStore("all").add(new Uint8Array(50_000));
  await answer(writing, "complete");
  const reading = database.transaction("all").objectStore("all").openCursor();
  let count = 0;
  await new Promise((resolve) => {
    reading.onsuccess = () => (reading.result ? (count++, reading.result.continue()) : resolve());
  });
  if (count !== 300) throw new Error(`${count} of 300`);
})()"""
KEPT = """(async () => {
  const cache = await caches.open("mine");
  for (let index = 0; index < 20; index++) await cache.put(`/kept/${index}`, new Response(new Uint8Array(2_000_000)));
  await (await cache.match("/kept/7")).arrayBuffer();
})()"""
FILED = """(async () => {
  const file = await (await navigator.storage.getDirectory()).getFileHandle("a", { create: true });
  const writer = await file.createWritable();
  for (let index = 0; index < 20; index++) await writer.write(new Uint8Array(2_000_000));
  await writer.close();
  await (await file.getFile()).arrayBuffer();
})()"""
WORK = {
    "WebCodecs": ENCODED,
    "FileReader": READ,
    "decode": DECODED,
    "toBlob": WRITTEN,
    "IndexedDB": STORED,
    "Cache": KEPT,
    "files": FILED,
}


@pytest.mark.parametrize("where", ["the page", "a worker"])
@pytest.mark.parametrize("work", WORK)
async def test_work_of_the_browser_takes_none_of_its_time(
    work: str, where: str, write_page: WritePage, running: str
) -> None:
    if where == "a worker" and work in ("decode", "toBlob"):
        pytest.skip("a worker has no such thing")
    lines: list[str] = []
    script = f"{WORK[work]}.then(() => console.log(performance.now()))"
    page = write_page(f"<script>{script if where == 'the page' else 'new Worker(`w.js`)'}</script>")
    (page.parent / "w.js").write_text(script, encoding="utf-8")
    async with open_page(PageSource(page, View(64, 36), Fraction(30)), lines.append, running) as shown:
        await shown.pass_frames(0, 4)
    assert lines == ["[page] 0"]


@pytest.mark.parametrize("where", ["the page", "a worker"])
@pytest.mark.parametrize("flushes", [True, False])
async def test_work_that_a_page_does_not_wait_for_is_named(
    flushes: bool, where: str, write_page: WritePage, running: str
) -> None:
    script = ENCODED if flushes else ENCODED.replace("await decoder.flush();", "")
    page = write_page(f"<script>{script if where == 'the page' else 'new Worker(`w.js`)'}</script>")
    (page.parent / "w.js").write_text(script, encoding="utf-8")
    lines: list[str] = []
    async with open_page(PageSource(page, View(64, 36), Fraction(30)), lines.append, running) as shown:
        await shown.pass_frames(0, 4)
    assert [line[:43] for line in lines] == ([] if flushes else ["The page decodes or encodes with WebCodecs "])
