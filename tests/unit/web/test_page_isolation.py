"""No browser makes up a mouse, a focus or an order of events for a page: they would be others in every run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page import Page
from helios_gui.web.page_tabs import PageSource, open_page, open_tabs
from helios_gui.web.view import View
from tests.unit.web.test_frame_capture import pixels

WritePage = Callable[..., Path]
FPS = Fraction(30)
SMALL = View(64, 36)
EVENTS = ["mousemove", "mouseover", "mouseenter", "pointermove", "pointerover", "pointerenter", "focus", "blur"]
WATCHED = f"""<p>Look</p><script>
const happened = [];
const note = (event) => happened.push(event.type);
for (const name of {EVENTS}) {{
  addEventListener(name, note);
  document.documentElement.addEventListener(name, note);
}}
if (!document.hasFocus()) happened.push("no focus");
window.told = () => happened.concat(document.hasFocus() ? [] : ["lost focus"]).join(" ");
</script>"""


@pytest.fixture(params=["chromium", "chromium-headless-shell", "on command"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Render with each browser of Debian that is installed, and with its shell on command as well."""
    kind: str = request.param
    name = "chromium-headless-shell" if kind == "on command" else kind
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    monkeypatch.setenv("HELIOS_BROWSER", found)
    monkeypatch.setenv("HELIOS_BROWSER_DRAWING", "" if kind == "on command" else "by-itself")
    return kind


async def told(page: Page) -> str:
    """Return what happened to a page, in its own words."""
    answer = await page._tools.send("Runtime.evaluate", expression="told()", returnByValue=True)
    return str(answer["result"]["value"])


async def test_nothing_happens_to_a_page_that_nobody_touches(kind: str, write_page: WritePage) -> None:
    source = PageSource(write_page(WATCHED, style="html:hover{background:red}"), SMALL, FPS)
    async with open_tabs(source, on_command=kind == "on command") as stage:
        page = await stage.open_page(print)
        first = [await page.capture(frame) for frame in range(3)]
        other = await stage.open_page(print)  # which a browser would give the focus
        second = [await other.capture(frame) for frame in range(3)]
        later = await page.capture(3)
        assert (await told(page), await told(other)) == ("", "")
        assert {pixels(one)[-3:] for one in (*first, *second, later)} == {b"\xff\xff\xff"}, "a mouse is over the page"


@pytest.mark.parametrize("when", ["at once", "in a timer"])
async def test_what_a_page_observes_is_told_before_its_first_frame(when: str, kind: str, write_page: WritePage) -> None:
    make = "new ResizeObserver(() => (sized = true)).observe(document.body)"
    make = make if when == "at once" else f"setTimeout(() => {make})"
    slow = ".many>i{position:absolute;inset:0;backdrop-filter:blur(9px)}"  # to paint, so that a frame takes long
    page = write_page(
        f"<div class=many>{'<i></i>' * 30}</div><script>let sized = false, seen = null; {make};"
        "requestAnimationFrame(() => (seen = sized)); window.told = () => seen</script>",
        style=slow,
    )
    async with open_page(PageSource(page, View(640, 360), FPS), print, on_command=kind == "on command") as shown:
        await shown.pass_frames(0, 1)
        assert await told(shown) == "True"
