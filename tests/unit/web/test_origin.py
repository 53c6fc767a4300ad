"""The page's folder is open to the browser that renders it, and to nobody else on the machine."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import aiohttp
import psutil
import pytest

from helios_gui.web.origin import HOST
from helios_gui.web.origin_server import serve_folder
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View

WritePage = Callable[..., Path]

LOADS = """
<script>const add = name => console.log(name); add(`at ${location.href}`)</script>
<img src="a.svg" onload="add('img')"><img src="a.svg?2" crossorigin="anonymous" onload="add('anonymous img')">
<script src="plain.js"></script>
<script type="module">import "./module.mjs"; add("module")</script>
<iframe src="inner.html"></iframe><iframe sandbox="allow-scripts" src="sandboxed.html"></iframe>
<script>
window.addEventListener("message", event => add(event.data));
fetch("a.svg").then(answer => answer.text()).then(text => text.includes("rect") && add("fetch"));
const work = `fetch("${new URL("a.svg", location)}").then(answer => answer.text()).then(() => postMessage("worker"))`;
new Worker(URL.createObjectURL(new Blob([work]))).onmessage = event => add(event.data);
</script>
"""
FILES = {
    "a.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8"/></svg>',
    "plain.js": "add('script')",
    "module.mjs": "console.log('imported')",
    "inner.html": "<script>parent.postMessage('frame', '*')</script>",
    "sandboxed.html": "<script src='sandboxed.js'></script>",
    "sandboxed.js": "parent.postMessage('frame in a sandbox', '*')",
}
EVERYTHING = {"img", "anonymous img", "script", "module", "frame", "frame in a sandbox", "fetch", "worker", "imported"}


async def test_a_page_loads_all_that_is_in_its_folder_as_before(write_page: WritePage, running: str) -> None:
    page = write_page(LOADS)
    for name, content in FILES.items():
        (page.parent / name).write_text(content, encoding="utf-8")
    lines: list[str] = []
    async with open_page(PageSource(page, View(64, 48), Fraction(10), forgiving=True), lines.append, running) as shown:
        for frame in range(5):
            await shown.capture(frame)
    assert {line.removeprefix("[page] ") for line in lines} == {*EVERYTHING, "at http://helios.localhost/page.html"}


async def test_nobody_else_is_given_the_files_of_a_page(tmp_path: Path) -> None:
    (tmp_path / "secret.blend").write_text("secret")
    async with serve_folder(tmp_path) as served, aiohttp.ClientSession() as session:
        wrong = {"Proxy-Authorization": "Basic " + base64.b64encode(b"helios:guessed").decode()}
        right = {"Proxy-Authorization": served.authorization}
        for headers, status in (({}, 407), (wrong, 407), ({"Proxy-Authorization": "Basic guessed"}, 407), (right, 200)):
            asked = session.get(f"{served.proxy}/secret.blend", headers={"Host": HOST, **headers})
            async with asked as answer:
                assert (answer.status, await answer.text() == "secret") == (status, status == 200)
        async with serve_folder(tmp_path) as another:
            assert another.password != served.password


async def test_stopping_while_it_begins_leaves_no_socket(tmp_path: Path) -> None:
    async def serve() -> None:
        async with serve_folder(tmp_path):
            await asyncio.sleep(60)

    def listening() -> list[tuple[str, int]]:
        return [one.laddr for one in psutil.Process().net_connections() if one.status == psutil.CONN_LISTEN]

    before = listening()
    for turns in range(8):
        task = asyncio.create_task(serve())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert listening() == before, turns
