"""Pages for a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helios_gui.web.browser import BROWSER_VARIABLE
from tests.support.browsers import require_browser
from tests.support.pages import running_browser


@pytest.fixture(autouse=True, scope="session")
def browser() -> Iterator[Path]:
    """The browser of this machine; without one the tests are skipped, except in CI, where that is a failure.

    It is Chromium where that is installed: its headless shell has tests of its own, test_drawing_on_command.py.
    """
    with pytest.MonkeyPatch.context() as patch:
        if BROWSER_VARIABLE not in os.environ and (chromium := shutil.which("chromium")):
            patch.setenv(BROWSER_VARIABLE, chromium)
        yield require_browser()


@pytest.fixture(scope="session")
def running(browser: Path) -> Iterator[str]:
    """The DevTools of one browser for many tests; each page has a storage and a cache of its own."""
    with running_browser() as address:
        yield address


@pytest.fixture
def write_page(tmp_path: Path) -> Callable[..., Path]:
    """Write a page with this body into a folder of its own: ``write_page("<p>Hello", style="…")``."""

    def write(body: str, *, style: str = "", name: str = "page.html") -> Path:
        folder = tmp_path / "site"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_text(
            f"<!doctype html><meta charset=utf-8><style>body{{margin:0;overflow:hidden}}{style}</style>{body}",
            encoding="utf-8",
        )
        return path

    return write


@pytest.fixture
def add_file(tmp_path: Path) -> Callable[[Path], None]:
    """Put a copy of a file beside the page."""

    def add(file: Path) -> None:
        shutil.copy(file, tmp_path / "site")

    return add
