"""Whatever tells the time or makes random numbers does so by the page's clock, in the page and in its workers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web import browser
from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View
from tests.unit.web.test_render import WritePage

TIMES = {
    "new Date().toISOString()": "2024-01-01T00:00:00.050Z",
    "new Date().getHours()": "0",
    "Date.now() - performance.timeOrigin - performance.now()": "0",
    "new Intl.DateTimeFormat('en', {timeStyle: 'full'}).format()": "12:00:00 AM Coordinated Universal Time",
    "new Intl.DateTimeFormat('en').formatToParts().map((part) => part.value).join('')": "1/1/2024",
    "new Intl.DateTimeFormat('en', {timeZone: 'UTC'}).format(0)": "1/1/1970",
    "globalThis.Temporal ? Temporal.Now.instant().toString() : '2024-01-01T00:00:00.05Z'": "2024-01-01T00:00:00.05Z",
    "globalThis.Temporal ? Temporal.Now.plainTimeISO().toString() : '00:00:00.05'": "00:00:00.05",
    "globalThis.Temporal ? Temporal.Now.zonedDateTimeISO('Asia/Tokyo').hour : 9": "9",
    "Math.round(new Event('x').timeStamp - performance.now())": "0",
    "Math.round(performance.mark('a').startTime - performance.now())": "0",
    "performance.measure('b').duration - performance.now()": "0",
    "performance.measure('c', 'a').duration": "0",
    "performance.measure('d', {start: 1, end: 3}).duration": "2",
    "/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(crypto.randomUUID())": "true",
}
WORDS = "[" + ",".join(f"String({expression})" for expression in TIMES) + "].join('|')"
CHANCE = "`${crypto.randomUUID()} ${Math.random()} ${crypto.getRandomValues(new Uint8Array(2))}`"


async def told(page: Path, frames: int, running: str = "") -> list[str]:
    lines: list[str] = []
    async with open_page(PageSource(page, View(64, 36), Fraction(20)), lines.append, running) as shown:
        await shown.pass_frames(0, frames)
    return lines


async def test_a_page_and_a_worker_read_their_clock(write_page: WritePage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    page = write_page(f"<script>setTimeout(()=>console.log({WORDS}),50);new Worker('w.js')</script>")
    (page.parent / "w.js").write_text(f"setTimeout(()=>console.log({WORDS}),50)", encoding="utf-8")
    expected = list(TIMES.values())
    assert [line.removeprefix("[page] ").split("|") for line in await told(page, 2)] == [expected, expected]


async def test_chance_is_the_same_in_every_run(write_page: WritePage, running: str) -> None:
    page = write_page(f"<script>console.log({CHANCE}, {CHANCE});new Worker('w.js')</script>")
    (page.parent / "w.js").write_text(f"console.log({CHANCE})", encoding="utf-8")
    lines = await told(page, 1, running)
    assert len(lines) == 2
    assert lines[0].split()[1] != lines[0].split()[4]
    assert await told(page, 1, running) == lines


async def test_a_signal_and_a_task_come_in_the_time_of_the_page(write_page: WritePage, running: str) -> None:
    page = write_page(
        "<script>const late=AbortSignal.timeout(75);"
        "late.onabort=()=>console.log(late.reason.name,Math.round(performance.now()));"
        "if(globalThis.scheduler?.postTask)scheduler.postTask(()=>console.log('task',Math.round(performance.now())),"
        "{priority:'background'});else console.log('task 0')</script>"
    )
    assert await told(page, 3, running) == ["[page] task 0", "[page] TimeoutError 75"]


async def test_the_wishes_of_the_person_at_this_machine_change_nothing(
    write_page: WritePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    wishes = ("--force-prefers-reduced-motion", "--force-dark-mode")
    monkeypatch.setattr(browser, "_SWITCHES", (*browser._SWITCHES, *wishes))
    asked = ["prefers-color-scheme: light", "prefers-reduced-motion: no-preference", "forced-colors: none"]
    asked += ["hover: hover", "pointer: fine"]
    page = write_page(f"<script>console.log(...{asked}.map((one)=>matchMedia(`(${{one}})`).matches))</script>")
    assert await told(page, 1) == ["[page] true true true true true"]
