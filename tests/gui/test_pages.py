"""Web pages dropped on the window: read by a real browser, made into a job, rendered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

import helios_gui
from helios_gui.jobfile.job_files import load_job
from helios_gui.profiles.review import review_job
from helios_gui.types import JobState
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.submit.source_reader import DurationSheet
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


def sheet(window: MainWindow) -> DurationSheet | None:
    return next((one for one in window.findChildren(DurationSheet) if one.isVisible()), None)


def told(window: MainWindow) -> str:
    return "\n".join(notice.text for notice in window.notices.notices())


async def test_a_dropped_page_is_read_planned_selected_and_rendered(
    page: Path, open_window: OpenWindow, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_browser()
    monkeypatch.setenv("PYTHONPATH", str(Path(helios_gui.__file__).parents[1]))
    gaps: list[float] = []
    async with open_window() as window:
        assert drop(window, page)
        await eventually(lambda: "Reading Größe 1.html" in told(window))
        last = asyncio.get_running_loop().time()
        while not window.queue.model.jobs():
            await asyncio.sleep(0.01)
            now = asyncio.get_running_loop().time()
            gaps.append(now - last)
            last = now
        assert "Reading" not in told(window)
        assert len(gaps) > 10, "the window waited for the page"
        (job,) = window.queue.model.jobs()
        assert (job.name, job.state, job.chunks_total) == ("Größe 1", JobState.PENDING, 1)
        await eventually(lambda: window.job_view.header.name.text() == "Größe 1")
        job_file = page.with_name("Größe 1.helios.json")
        assert job.source == job_file

        assert drop(window, page)
        await eventually(lambda: "Reading" in told(window))
        await eventually(lambda: "Reading" not in told(window))
        assert len(window.queue.model.jobs()) == 1

        review = review_job(load_job(job_file), job_file.parent, job_file)
        window.engine.trust.remember(review)
        window.queue.actions_of_jobs.triggered.emit(JobAction.RENDER)
        await eventually(lambda: window.queue.model.jobs()[0].state.is_finished)
        assert window.queue.model.jobs()[0].state is JobState.COMPLETED
        assert page.with_name("Größe 1.mp4").exists()
        assert len(await window.engine.manager.attempts(job.id)) == 1


async def test_a_page_without_a_length_asks_for_one(
    page: Path, open_window: OpenWindow, eventually: Eventually, qtbot: QtBot
) -> None:
    require_browser()
    page.write_text(SILENT)
    async with open_window() as window:
        drop(window, page)
        await eventually(lambda: sheet(window))
        asked = sheet(window)
        assert asked is not None
        assert asked.length.value() == 10
        qtbot.mouseClick(asked.no, Qt.MouseButton.LeftButton)
        await eventually(lambda: sheet(window) is None)
        assert [path.name for path in page.parent.iterdir()] == [page.name]

        drop(window, page)
        await eventually(lambda: sheet(window))
        asked = sheet(window)
        assert asked is not None
        qtbot.keyClicks(asked.length, "2.5")
        qtbot.keyClick(asked.length, Qt.Key.Key_Return)
        await eventually(lambda: window.queue.model.jobs())
        spec = load_job(page.with_name("Größe 1.helios.json"))
        assert (spec.metadata.total_frames, spec.metadata.width, spec.metadata.rate) == (75, 1920, 30)


async def test_another_job_in_its_place_is_left_alone(
    page: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    require_browser()
    other = page.with_name("Größe 1.helios.json")
    other.write_text("mine")
    async with open_window() as window:
        drop(window, page)
        await eventually(lambda: window.queue.model.jobs())
        assert other.read_text() == "mine"
        assert window.queue.model.jobs()[0].source == page.with_name("Größe 1 2.helios.json")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<script>throw new Error('the layer is missing')</script>", "the layer is missing"),
        ("<script>window.helios = {width: 63, height: 36, duration: 1}</script>", "even width"),
        ("<img src=gone.png>", "gone.png"),
    ],
)
async def test_a_page_that_cannot_be_rendered_says_why_and_adds_nothing(
    page: Path, open_window: OpenWindow, eventually: Eventually, text: str, words: str
) -> None:
    require_browser()
    page.write_text(text)
    async with open_window() as window:
        drop(window, page)
        await eventually(lambda: words in told(window))
        assert "helios-gui new" in told(window)
        assert "Reading" not in told(window)
        assert not window.queue.model.jobs()
        assert [path.name for path in page.parent.iterdir()] == [page.name]


async def test_without_a_browser_it_says_so(
    page: Path, open_window: OpenWindow, eventually: Eventually, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HELIOS_BROWSER", str(page.with_name("no-browser")))
    async with open_window() as window:
        drop(window, page)
        await eventually(lambda: "There is no browser at" in told(window))
        assert not window.queue.model.jobs()


async def test_the_window_closes_while_a_page_is_read(
    page: Path, open_window: OpenWindow, eventually: Eventually
) -> None:
    require_browser()
    page.write_text("<script>for (;;);</script>")
    async with open_window() as window:
        drop(window, page)
        await eventually(lambda: "Reading" in told(window))
    assert [path.name for path in page.parent.iterdir()] == [page.name]
