"""Several web pages dropped on the window at once: read by a real browser, and made into jobs as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from helios_gui.jobfile.job_files import load_job
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.submit.source_reader import DurationSheet
from tests.gui.window_steps import notices_of
from tests.support.browsers import require_browser
from tests.support.drops import drop

Eventually = Callable[..., Awaitable[None]]
OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]

LONG = "<!doctype html><script>window.helios = {width: 64, height: 36, fps: 25, duration: 0.4}</script><p>Hello"
SILENT = "<!doctype html><p>It does not say how long it is"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    folder = tmp_path / "Seiten ü"
    folder.mkdir()
    path = folder / "Größe 1.html"
    path.write_text(LONG, encoding="utf-8")
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A page that is dropped with ``page``: a single one would open a sheet of its own."""
    folder = tmp_path / "other"
    folder.mkdir()
    path = folder / "b.html"
    path.write_text(LONG, encoding="utf-8")
    return path


def sheet(window: MainWindow) -> DurationSheet | None:
    return next((one for one in window.frame.findChildren(DurationSheet) if one.isVisible()), None)


async def test_dropped_pages_are_read_planned_and_selected(
    page: Path, other: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    require_browser()
    gaps: list[float] = []
    async with open_window() as window:
        assert drop(window, page, other)
        await eventually(lambda: "Reading Größe 1.html" in notices_of(window))
        assert "2 sources are added as they are" in notices_of(window)
        last = asyncio.get_running_loop().time()
        while len(window.queue.model.jobs()) < 2:
            await asyncio.sleep(0.01)
            now = asyncio.get_running_loop().time()
            gaps.append(now - last)
            last = now
        assert "Reading" not in notices_of(window)
        assert len(gaps) > 10, "the window waited for the pages"
        first = window.queue.model.jobs()[0]
        assert (first.name, first.state, first.chunks_total) == ("Größe 1", JobState.PENDING, 1)
        assert first.source == page.with_name("Größe 1.helios.json")

        assert drop(window, page, other)
        await eventually(lambda: "Reading" in notices_of(window))
        await eventually(lambda: "Reading" not in notices_of(window))
        assert len(window.queue.model.jobs()) == 2


async def test_a_page_without_a_length_asks_for_one(
    page: Path, other: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    require_browser()
    page.write_text(SILENT)
    async with open_window() as window:
        drop(window, page, other)
        await eventually(lambda: sheet(window))
        asked = sheet(window)
        assert asked is not None
        assert asked.length.value() == 10
        qtbot.mouseClick(asked.no, Qt.MouseButton.LeftButton)
        await eventually(lambda: sheet(window) is None)
        assert [path.name for path in page.parent.iterdir()] == [page.name]

        await eventually(lambda: window.queue.model.jobs())
        drop(window, page, other)
        await eventually(lambda: sheet(window))
        asked = sheet(window)
        assert asked is not None
        qtbot.keyClicks(asked.length, "2.5")
        qtbot.keyClick(asked.length, Qt.Key.Key_Return)
        await eventually(lambda: len(window.queue.model.jobs()) == 2)
        spec = load_job(page.with_name("Größe 1.helios.json"))
        assert (spec.metadata.total_frames, spec.metadata.width, spec.metadata.rate) == (75, 1920, 30)


async def test_another_job_in_its_place_is_left_alone(
    page: Path, other: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    require_browser()
    mine = page.with_name("Größe 1.helios.json")
    mine.write_text("mine")
    async with open_window() as window:
        drop(window, page, other)
        await eventually(lambda: window.queue.model.jobs())
        assert mine.read_text() == "mine"
        assert window.queue.model.jobs()[0].source == page.with_name("Größe 1 2.helios.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<script>throw new Error('the layer is missing')</script>", "the layer is missing"),
        ("<script>window.helios = {width: 63, height: 36, duration: 1}</script>", "even width"),
        ("<img src=gone.png>", "gone.png"),
    ],
)
async def test_a_page_that_cannot_be_rendered_says_why_and_the_other_is_added(
    page: Path, other: Path, open_window: OpenWindow, eventually: Eventually, text: str, words: str
) -> None:
    require_browser()
    page.write_text(text)
    async with open_window() as window:
        drop(window, page, other)
        await eventually(lambda: words in notices_of(window))
        assert "helios-gui new" in notices_of(window)
        await eventually(lambda: len(window.queue.model.jobs()) == 1)
        assert window.queue.model.jobs()[0].name == "b"
        assert "Reading" not in notices_of(window)
        assert [path.name for path in page.parent.iterdir()] == [page.name]


async def test_without_a_browser_it_says_so(
    page: Path, open_window: OpenWindow, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELIOS_BROWSER", str(page.with_name("no-browser")))
    async with open_window() as window:
        drop(window, page)
        await eventually(lambda: "There is no browser at" in notices_of(window))
        assert not window.queue.model.jobs()


async def test_the_window_closes_while_a_page_is_read(
    page: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    require_browser()
    page.write_text("<script>for (;;);</script>")
    async with open_window() as window:
        drop(window, page)
        await eventually(lambda: "Reading" in notices_of(window))
    assert [path.name for path in page.parent.iterdir()] == [page.name]
