"""What waits for a time without a timer waits for the page's time, in the page and in a worker."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View

WritePage = Callable[..., Path]
DELAYS = """
const tell = (words) => said(`${words} ${Math.round(performance.now())}`);
scheduler.postTask(() => tell("task"), {delay: 250});
scheduler.postTask(async () => { await new Promise((done) => setTimeout(done, 350)); tell("slow task"); });
const control = new TaskController();
scheduler.postTask(() => tell("never"), {delay: 200, signal: control.signal}).catch((error) => tell(error.name));
setTimeout(() => control.abort(), 150);
const aborted = AbortSignal.abort();
scheduler.postTask(() => tell("never"), {delay: 10, signal: aborted}).catch((error) => tell(`at once ${error.name}`));
AbortSignal.timeout(450).onabort = () => tell("abort");
scheduler.yield().then(() => tell("yielded"));
"""
SAID = ["at once AbortError 0", "yielded 0", "AbortError 150", "task 250", "slow task 350", "abort 450"]
PLACES = {
    "the page": f"<script>const said=(words)=>console.log(words);{DELAYS}</script>",
    "a worker": "<script>const text=`const said=(words)=>postMessage(words);${document.currentScript.dataset.text}`;"
    "new Worker(URL.createObjectURL(new Blob([text]))).onmessage=(event)=>console.log(event.data)</script>",
}


@pytest.mark.parametrize("where", PLACES)
async def test_it_comes_at_the_time_for_which_the_page_asks(where: str, write_page: WritePage, running: str) -> None:
    body = PLACES[where].replace("<script>", f"<script data-text='{DELAYS}'>")
    lines: list[str] = []
    async with open_page(PageSource(write_page(body), View(64, 36), Fraction(10)), lines.append, running) as shown:
        for frame in range(2):
            await shown.show(frame)
        assert sorted(lines) == [f"[page] {words}" for words in SAID[:2]]
        await shown.pass_frames(2, 4)
    assert lines[2:] == [f"[page] {words}" for words in SAID[2:]]
