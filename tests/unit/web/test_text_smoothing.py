"""Letters look the same whatever a person's desktop prefers, and in every browser."""

from __future__ import annotations

import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page_tabs import PageSource
from helios_gui.web.text_smoothing import smoothing_variables
from helios_gui.web.view import View
from tests.support.browsers import require_headless_shell
from tests.support.pages import pictures

pytestmark = pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="letters are not drawn by Fontconfig")

WritePage = Callable[..., Path]
DESKTOP = (
    '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><include>fonts.conf</include>'
    '<match target="pattern"><edit name="hinting" mode="assign"><bool>true</bool></edit>'
    '<edit name="hintstyle" mode="assign"><const>hintfull</const></edit>'
    '<edit name="antialias" mode="assign"><bool>{antialias}</bool></edit>'
    '<edit name="rgba" mode="assign"><const>rgb</const></edit></match></fontconfig>'
)


@pytest.fixture
def page(write_page: WritePage) -> PageSource:
    body = "<p style='font:15px serif'>Hamburgefonts 1704067200</p><p>Grüße</p>"
    return PageSource(write_page(body), View(200, 90), Fraction(30))


@pytest.mark.parametrize("antialias", ["true", "false"])
async def test_letters_are_those_of_any_desktop(
    antialias: str, page: PageSource, running: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = await pictures(page, range(1), running)
    desktop = tmp_path / "their & fonts.conf"
    desktop.write_text(DESKTOP.format(antialias=antialias))
    monkeypatch.setenv("FONTCONFIG_FILE", str(desktop))
    assert await pictures(page, range(1)) == usual


async def test_letters_are_those_of_the_headless_shell(
    page: PageSource, running: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = require_headless_shell()
    usual = await pictures(page, range(1), running)
    monkeypatch.setenv("HELIOS_BROWSER", shell)
    assert await pictures(page, range(1)) == usual


def test_settings_of_a_person_are_read_before_ours(tmp_path: Path) -> None:
    variables = smoothing_variables(tmp_path, {"FONTCONFIG_FILE": "/home/a<b/fonts.conf"})
    assert variables == {"FONTCONFIG_FILE": str(tmp_path / "fonts.conf")}
    assert ">/home/a&lt;b/fonts.conf</include><match " in (tmp_path / "fonts.conf").read_text(encoding="utf-8")
