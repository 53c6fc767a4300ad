"""Which of the browsers of a machine renders pages."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from helios_gui.types import UserInputError
from helios_gui.web.browser import find_browser

pytestmark = pytest.mark.skipif(os.name == "nt", reason="programs are known by their mode")


@pytest.mark.parametrize(
    ("installed", "found"),
    [
        (["brave-browser", "chromium"], "chromium"),
        (["chromium", "google-chrome", "chrome-headless-shell"], "chrome-headless-shell"),
        (["chromium", "chromium-headless-shell"], "chromium-headless-shell"),
    ],
)
def test_the_headless_shell_comes_before_other_browsers(installed: list[str], found: str, tmp_path: Path) -> None:
    for name in installed:
        (tmp_path / name).touch(0o755)
    assert find_browser({"PATH": str(tmp_path)}) == tmp_path / found


def test_the_browser_that_is_named_comes_before_those_that_are_found(tmp_path: Path) -> None:
    (tmp_path / "chrome-headless-shell").touch(0o755)
    named = tmp_path / "mine"
    named.touch(0o755)
    assert find_browser({"PATH": str(tmp_path), "HELIOS_BROWSER": str(named)}) == named
    with pytest.raises(UserInputError, match="no browser at"):
        find_browser({"PATH": str(tmp_path), "HELIOS_BROWSER": str(tmp_path / "missing")})


@pytest.mark.skipif(sys.platform == "darwin", reason="browsers are outside PATH, too")
def test_no_browser_is_said_with_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="Chrome, Chromium, Edge or Brave"):
        find_browser({"PATH": str(tmp_path)})
