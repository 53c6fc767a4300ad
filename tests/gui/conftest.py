"""GUI tests leave no window and no running timer behind, and get jobs, an engine and a window to work with."""

from __future__ import annotations

import gc
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partialmethod
from pathlib import Path
from weakref import WeakSet

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from helios_gui.engine import open_engine
from helios_gui.types import ChunkState, JobState, JobSummary
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.preview.panel import PreviewPanel
from helios_gui.ui.theme import theme
from helios_gui.utils.folders import AppFolders
from tests.gui.preview_media import FRAMES, frame_number, make_media
from tests.support import waiting


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What Qt remarks about a computer without window manager, sound server or graphics card is no fault of ours."""
    remarks = ("This plugin does not support", "PulseAudioService", "No RHI backend")
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore(*remarks, extend=True))


_blamed: WeakSet[QTimer] = WeakSet()  # timers that failed an earlier test already


def _windows() -> set[QWidget]:
    return {widget for widget in QApplication.topLevelWidgets() if isValid(widget)}


def running_timers() -> list[QTimer]:
    # Their types first, of which there are few: asking a hundred thousand objects would take longer than most tests.
    # Not isinstance: that asks a weak proxy for the class of what it stands for, which may be gone.
    things = gc.get_objects()
    kinds = {kind for kind in set(map(type, things)) if issubclass(kind, QTimer)}
    timers = [thing for thing in things if type(thing) in kinds] if kinds else []
    return [timer for timer in timers if isValid(timer) and timer.isActive() and timer not in _blamed]


@pytest.fixture(autouse=True)
def nothing_on_screen(qapp: QApplication) -> Iterator[None]:
    """A test that leaves a top-level widget or a running timer has failed. (Widgets of ``qtbot`` are closed before.)"""
    if theme().mode != "dark" or not qapp.styleSheet():
        theme().apply(qapp, "dark")
    windows = _windows()
    yield
    for _ in range(3):  # deleting one widget may ask for the deletion of another
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        qapp.processEvents()
    left, running = _windows() - windows, running_timers()
    if left or running:
        left, running = set(), []
        gc.collect()  # slow, and seldom needed: what is left may only wait to be collected
        left, running = _windows() - windows, running_timers()
    assert not left, f"top-level widgets left: {left}"
    _blamed.update(running)
    assert not running, f"timers left running: {[(timer, timer.parent()) for timer in running]}"


class PatientBot(QtBot):
    """Waits as long for what happens in the window as other tests wait for other things: a busy machine is slow."""


for _name in ("waitUntil", "waitSignal", "waitSignals", "waitExposed", "waitActive"):
    setattr(PatientBot, _name, partialmethod(getattr(QtBot, _name), timeout=round(waiting.PATIENCE * 1000)))


@pytest.fixture
def screen_reader(qapp: QApplication) -> Iterator[None]:
    """Have Qt tell assistive technologies of everything, and stop that again: other tests count what is looked at."""
    QAccessible.setActive(True)
    yield
    QAccessible.setActive(False)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    """pytest-qt's robot, but a patient one."""
    return PatientBot(request)


@pytest.fixture
def eventually() -> Callable[..., Awaitable[None]]:
    """``await eventually(check)``: until ``check()`` is true, letting the loop run; fails when it never is."""
    return waiting.eventually


@pytest.fixture
def make_summary() -> Callable[..., JobSummary]:
    """A queue row: ``make_summary(3, name="…", state=…, counts={…})``."""

    def make(place: int, **changes: object) -> JobSummary:
        values: dict[str, object] = {
            "id": f"job-{place}",
            "name": f"Job {place}",
            "state": JobState.PENDING,
            "profile": "Local",
            "job_dir": Path("/jobs") / str(place),
            "output": Path("/jobs") / str(place) / "out.mp4",
            "frames_total": 100,
            "chunks_total": 10,
            "added_at": 1_700_000_000.0 + place,
            "position": place,
            "counts": {ChunkState.PENDING: 10},
        }
        return JobSummary(**{**values, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def write_job(tmp_path: Path) -> Callable[..., Path]:
    """A real job file in a folder of its own: a few small chunks that ffmpeg renders.

    ``broken`` chunks fail, ``slow`` gives each chunk that many seconds of real time.
    """

    def write(name: str = "Test card", *, chunks: int = 3, broken: tuple[int, ...] = (), slow: float = 0) -> Path:
        folder = tmp_path / name.replace(" ", "-").lower()
        (folder / "out").mkdir(parents=True)
        document = {
            "name": name,
            "metadata": {"totalFrames": chunks * 5, "fps": 25, "width": 64, "height": 36},
            "chunks": [_chunk(number, number in broken, slow) for number in range(chunks)],
            "outputFile": "film.mp4",
        }
        path = folder / "job.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return write


def _chunk(number: int, broken: bool, slow: float) -> dict[str, object]:
    source = "nothing" if broken else "testsrc2=size=64x36:rate=25"
    if slow:
        source += f",realtime=speed={0.2 / slow:.4f}"  # five frames are 0.2 seconds of video
    output = f"out/{number}.mp4"
    return {
        "id": number,
        "startFrame": number * 5,
        "frameCount": 5,
        "outputFile": output,
        "command": f"ffmpeg -y -f lavfi -i {source} -frames:v 5 -c:v libx264 -preset ultrafast {output}",
    }


OpenWindow = Callable[..., AbstractAsyncContextManager[MainWindow]]


@pytest.fixture
def open_window(tmp_path: Path) -> OpenWindow:
    """``async with open_window() as window``: the main window on a real engine, shut down properly after."""

    @asynccontextmanager
    async def opened(root: Path | None = None) -> AsyncIterator[MainWindow]:
        async with open_engine(AppFolders.at(root or tmp_path / "home")) as engine:
            window = MainWindow(engine)
            window.frame.show()
            try:
                yield window
            finally:
                await window.shut_down()
                window.frame.deleteLater()

    return opened


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the videos of ``make_media``, each made when it is first needed."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[PreviewPanel]:
    """The preview, with nothing in it."""
    panel = PreviewPanel()
    qtbot.addWidget(panel)
    panel.resize(640, 420)
    panel.show()
    yield panel
    panel.release()


@pytest.fixture
def paused(panel: PreviewPanel, media: Path, qtbot: QtBot) -> Callable[[str], PreviewPanel]:
    """Opens a file by name, without playing it, and waits for its first frame."""

    def show(name: str) -> PreviewPanel:
        panel.open(make_media(media, name), autoplay=False)
        qtbot.waitUntil(lambda: panel.frame_count == FRAMES and frame_number(panel.image()) == 0)
        return panel

    return show
