"""Pages that others wrote, for people who look at them: demos out of npm packages, rendered without a change to them.

``tests/benchmarks/bench_foreign_pages.py`` renders more of them.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource
from helios_gui.web.view import View
from tests.support.pages import pictures

pytestmark = [pytest.mark.npm, pytest.mark.timeout(300)]


@pytest.mark.parametrize("page", ["vivus/index.html", "particles.js/demo/index.html"])
async def test_a_demo_moves_and_each_chunk_has_the_frames_of_the_whole(page: str, foreign_modules: Path) -> None:
    source = demo(foreign_modules, page)
    whole = await pictures(source, range(8))
    assert len(set(whole)) == 8
    assert await pictures(source, range(6, 8)) == whole[6:]


async def test_a_demo_that_needs_the_network_says_what_it_needs(foreign_modules: Path) -> None:
    with pytest.raises(PageError, match=r"allow it with --allow-host fonts\.googleapis\.com"):
        await pictures(demo(foreign_modules, "granim/docs/examples.html"), range(1))


def demo(modules: Path, page: str) -> PageSource:
    """Return a package's page, which may load what is in its package."""
    path = modules / page
    assert path.is_file()
    return PageSource(path, View(320, 180), Fraction(30), folder=modules / Path(page).parts[0])
