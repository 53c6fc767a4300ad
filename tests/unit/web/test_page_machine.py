"""A page and its workers find the same machine everywhere, and the language that was chosen for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource, open_page
from helios_gui.web.view import View

LOOK = """JSON.stringify([
  navigator.language, navigator.languages, (1234.5).toLocaleString(), Intl.DateTimeFormat().resolvedOptions().timeZone,
  navigator.hardwareConcurrency, navigator.deviceMemory, navigator.platform, navigator.connection?.effectiveType,
  navigator.connection?.downlink, /Linux x86_64/.test(navigator.userAgent), /Headless/.test(navigator.userAgent),
  navigator.userAgentData.platform, "gpu" in navigator])"""
SHOWN = """JSON.stringify([screen.width, screen.height, outerWidth, outerHeight, screenX, devicePixelRatio,
  matchMedia("(prefers-color-scheme: light)").matches, matchMedia("(hover: hover)").matches])"""


@pytest.mark.parametrize(("language", "number"), [("en-US", "1,234.5"), ("de", "1.234,5")])
async def test_page_and_worker_find_the_usual_machine(
    language: str, number: str, write_page: Callable[..., Path], running: str
) -> None:
    page = write_page(f"<script>console.log({LOOK});console.log({SHOWN});new Worker('w.js')</script>")
    (page.parent / "w.js").write_text(f"console.log({LOOK})", encoding="utf-8")
    lines: list[str] = []
    view = View(320, 90, 2.0, language=language)
    async with open_page(PageSource(page, view, Fraction(30)), lines.append, running) as shown:
        await shown.pass_frames(0, 1)
    said, seen, by_worker = [json.loads(line.removeprefix("[page] ")) for line in lines]
    languages = [language] if len(language) == 2 else [language, language[:2]]
    usual = [4, 8, "Linux x86_64", "4g", 10, True, False, "Linux", False]
    assert said == by_worker == [language, languages, number, "UTC", *usual]
    assert seen == [320, 90, 320, 90, 0, 2, True, True]
