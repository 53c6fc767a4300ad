"""Pages that show nothing, and pages that lack what would run their scripts: that is said."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.types import UserInputError
from helios_gui.web.page import PageError
from helios_gui.web.page_tabs import PageSource
from helios_gui.web.render import render_pictures, render_still, render_video
from helios_gui.web.view import View
from tests.support.pages import pictures

WritePage = Callable[..., Path]
NOTHING = "show one colour and nothing else"
PAGES = {
    "nothing": ("<div id=root></div>", True),
    "a canvas of one colour": (
        "<canvas id=c width=64 height=36 style='display:block'></canvas><script>const p=c.getContext('2d');"
        "(function next(){p.fillStyle='#123';p.fillRect(0,0,64,36);requestAnimationFrame(next)})()</script>",
        True,
    ),
    "something that stands still": ("<p>Text", False),
    "another colour in each frame": (
        "<script>setInterval(()=>document.body.style.background=`rgb(${performance.now()},0,0)`,1)</script>",
        False,
    ),
}


@pytest.mark.parametrize("what", PAGES)
async def test_frames_of_one_colour_are_said_to_be_so(what: str, write_page: WritePage, tmp_path: Path) -> None:
    body, is_said = PAGES[what]
    source = PageSource(write_page(body), View(64, 36), Fraction(30))
    lines: list[str] = []
    await render_video(source, tmp_path / "film.mov", 0, 3, "png", lines.append, lambda *_: None)
    assert [NOTHING in line for line in lines] == [True] * is_said


async def test_pictures_and_stills_of_one_colour_are_said_to_be_so(write_page: WritePage, tmp_path: Path) -> None:
    source = PageSource(write_page("<div></div>"), View(64, 36), Fraction(30))
    for_pictures: list[str] = []
    await render_pictures(source, tmp_path / "##.png", range(2), for_pictures.append, lambda *_: None)
    for_still: list[str] = []
    await render_still(source, tmp_path / "still.png", 1, for_still.append)
    assert [NOTHING in line for line in (*for_pictures, *for_still)] == [True, True]


async def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.touch()
    with pytest.raises(UserInputError, match=r"page\.html is empty"):
        await render_still(PageSource(page, View(64, 36), Fraction(30)), tmp_path / "still.png", 0, print)


@pytest.mark.parametrize(
    ("kind", "translator"),
    [
        ("text/babel", "Babel"),
        ("text/jsx", "Babel"),
        ("text/typescript", "TypeScript"),
        ("module-shim", "es-module-shims"),
    ],
)
async def test_a_script_that_nothing_translates_ends_the_render(
    kind: str, translator: str, write_page: WritePage, running: str
) -> None:
    page = write_page(f"<b id=Babel>Text</b><script type='{kind}'>document.body.style.background='blue'</script>")
    with pytest.raises(PageError, match=rf"{kind}, which no browser runs.*{translator}"):
        await pictures(PageSource(page, View(64, 36), Fraction(30)), range(1), running)


@pytest.mark.parametrize(
    "body",
    [
        "<script>window.Babel={}</script><script type='text/babel'>x</script><p>Text",
        "<script type='text/template'>x</script><script type='x-shader/x-vertex'>x</script><p>Text",
        "<script type='application/json'>1</script><script type=module>1</script><script type=importmap>{}</script>",
    ],
)
async def test_scripts_that_are_data_or_translated_are_taken(body: str, write_page: WritePage, running: str) -> None:
    assert await pictures(PageSource(write_page(body), View(64, 36), Fraction(30)), range(1), running)


async def test_a_page_that_is_xml_is_shown(tmp_path: Path, running: str) -> None:
    page = tmp_path / "page.xhtml"
    page.write_text(
        "<html xmlns='http://www.w3.org/1999/xhtml'><head><title>Page</title><style>p{animation:move 1s}"
        "@keyframes move{to{margin-left:50px}}</style></head><body><p>Text</p></body></html>",
        encoding="utf-8",
    )
    assert len(set(await pictures(PageSource(page, View(120, 60), Fraction(10)), range(3), running))) == 3
