"""The timeline: rows of what ran at the same time, zoom, selection by mouse and keys, and a job that runs."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from helios_gui.types import Attempt, AttemptState, JobState
from helios_gui.ui.theme import theme
from helios_gui.ui.timeline.axis import Axis
from helios_gui.ui.timeline.bars import Bars
from helios_gui.ui.timeline.view import TimelineView, _moment_text, bar_tooltip
from tests.gui.conftest import OpenWindow
from tests.gui.window_steps import Eventually, add_trusted, press_render, state

BEGAN = 1_000_000.0


def attempt(
    chunk: int,
    start: float,
    end: float | None,
    *,
    number: int = 1,
    state: AttemptState = AttemptState.SUCCEEDED,
    cause: str = "",
) -> Attempt:
    return Attempt(
        id=f"{chunk}-{number}",
        chunk_id=chunk,
        number=number,
        state=AttemptState.RUNNING if end is None else state,
        started_at=BEGAN + start,
        log_path=Path("x.log"),
        finished_at=None if end is None else BEGAN + end,
        cause=cause,
        profile="Local",
    )


@pytest.fixture
def view(qtbot: QtBot) -> TimelineView:
    view = TimelineView()
    qtbot.addWidget(view)
    view.resize(816, 300)
    view.show()
    return view


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=40))
def test_bars_of_a_row_do_not_overlap_and_rows_are_as_few_as_can_be(times: list[tuple[int, int]]) -> None:
    bars = Bars([attempt(index, start, start + length) for index, (start, length) in enumerate(times)])
    assert sorted(bar.attempt.chunk_id for bar in bars) == list(range(len(times)))
    for row in bars.rows:
        for before, after in itertools.pairwise(row):
            assert before.until(0) <= after.start
    # What lasts no time takes no place: it may share its moment with others.
    lasting = [(start, start + length) for start, length in times if length]
    at_once = max((sum(start <= moment < end for start, end in lasting) for moment in range(71)), default=0)
    assert at_once <= len(bars.rows) <= at_once + sum(length == 0 for _, length in times)


def test_a_stretch_of_time_finds_its_bars() -> None:
    bars = Bars([attempt(1, 0, 10), attempt(2, 10, 20), attempt(3, 20, 30), attempt(4, 5, None)])
    assert len(bars.rows) == 2
    assert bars.is_running
    assert [bar.attempt.chunk_id for bar in bars.between(0, 12, 15)] == [2]
    assert bars.length(100) == 100
    found = bars.at(0, 9.99, 100, 0.1)
    assert found is not None
    assert found.attempt.chunk_id == 1
    assert bars.at(0, 40, 100, 0.1) is None
    assert bars.at(7, 5, 100, 0.1) is None


def test_ticks_are_round_and_apart() -> None:
    for length in (0.5, 7, 100, 5000, 3_000_000):
        axis = Axis(length, 800)
        ticks = list(axis.ticks(90))
        assert 1 <= len(ticks) <= 10
        assert all(axis.x(after) - axis.x(before) >= 89 for before, after in itertools.pairwise(ticks))


def test_a_click_selects_the_chunk_and_a_double_click_opens_it(view: TimelineView, qtbot: QtBot) -> None:
    view.show_bars(Bars([attempt(1, 0, 10), attempt(2, 10, 20), attempt(3, 0, 15, state=AttemptState.FAILED)]))
    selected: list[int] = []
    opened: list[int] = []
    view.chunk_selected.connect(selected.append)
    view.chunk_activated.connect(opened.append)
    bars = {bar.attempt.chunk_id: bar for bar in view.bars}
    for chunk in (2, 3):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.bar_rect(bars[chunk]).center().toPoint())
    qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.bar_rect(bars[1]).center().toPoint())
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(400, 290))
    assert selected[:2] == [2, 3]
    assert opened == [1]
    picture = view.grab().toImage()
    ratio = picture.devicePixelRatio()

    def colour(chunk: int) -> str:
        point = view.bar_rect(bars[chunk]).topLeft().toPoint() + QPoint(4, 4)
        return picture.pixelColor(round(point.x() * ratio), round(point.y() * ratio)).name()

    assert colour(2) == theme().tokens.completed.name()
    assert colour(3) == theme().tokens.failed.name()


def test_zoom_keeps_the_moment_under_the_pointer_and_ends_at_everything(view: TimelineView, qtbot: QtBot) -> None:
    view.show_bars(Bars([attempt(number, number * 10, number * 10 + 9) for number in range(100)]))
    before = view.axis.seconds(300)
    for _ in range(12):
        view.zoom(1.25, 308)
    assert view.axis.seconds(300) == pytest.approx(before, abs=1 / view.axis.scale * 2)
    assert view.horizontalScrollBar().maximum() > 0
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.axis.zoom == 1
    assert view.horizontalScrollBar().maximum() == 0
    for _ in range(200):
        qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.axis.zoom == view.axis.most_zoom
    view.grab()


def test_a_drag_moves_what_is_shown(view: TimelineView, qtbot: QtBot) -> None:
    view.show_bars(Bars([attempt(number, number * 10, number * 10 + 9) for number in range(100)]))
    for _ in range(12):
        view.zoom(1.25)
    across, viewport = view.horizontalScrollBar(), view.viewport()
    before = across.value()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    qtbot.mouseMove(viewport, QPoint(250, 200))
    assert across.value() == before + 50
    assert viewport.cursor().shape() is Qt.CursorShape.ClosedHandCursor
    qtbot.mouseMove(viewport, QPoint(299, 200))  # and back, however near
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=QPoint(299, 200))
    qtbot.mouseMove(viewport, QPoint(100, 200))
    assert across.value() == before + 1
    assert viewport.cursor().shape() is Qt.CursorShape.ArrowCursor


def test_moments_between_seconds_look_alike(view: TimelineView) -> None:
    axis = Axis(3.0, 800)
    texts = [_moment_text(moment, has_tenths=axis.has_tenths(90)) for moment in axis.ticks(90)]
    assert texts[:4] == ["0:00.0", "0:00.5", "0:01.0", "0:01.5"]
    assert not Axis(30.0, 800).has_tenths(90)
    assert _moment_text(61.0, has_tenths=False) == "1:01"


def test_keys_go_from_attempt_to_attempt(view: TimelineView, qtbot: QtBot) -> None:
    view.show_bars(Bars([attempt(5, 0, 4), attempt(6, 1, 2), attempt(7, 3, 9)]))
    selected: list[int] = []
    opened: list[int] = []
    view.chunk_selected.connect(selected.append)
    view.chunk_activated.connect(opened.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left):
        qtbot.keyClick(view, key)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert selected == [5, 6, 7, 7, 6]
    assert opened == [6]


def test_a_tooltip_says_how_the_attempt_went(view: TimelineView) -> None:
    failed = attempt(4, 60, 72, number=2, state=AttemptState.FAILED, cause="no licence")
    view.show_bars(Bars([attempt(1, 0, 10), failed]))
    bar = next(bar for bar in view.bars if bar.attempt is failed)
    assert bar_tooltip(bar, 100) == ("Chunk 4 · Attempt 2 · failed\nbegan at 1:00, took 0:12\nLocal\nno licence")


def test_ten_thousand_attempts_are_painted_from_what_is_visible(view: TimelineView) -> None:
    view.show_bars(Bars([attempt(number, number // 64, number // 64 + 1) for number in range(10_000)]))
    assert len(view.bars.rows) == 64
    assert view.verticalScrollBar().maximum() > 0
    view.grab()


async def test_the_timeline_of_a_job_grows_while_it_is_on_show(
    qtbot: QtBot, open_window: OpenWindow, write_job: Callable[..., Path], eventually: Eventually
) -> None:
    async with open_window() as window:
        job_id = await add_trusted(window, write_job(chunks=4, broken=(2,), slow=0.2), eventually)
        view = window.job_view.timeline
        window.job_view.tabs.setCurrentWidget(view)
        assert view.bars.rows == []
        press_render(qtbot, window)
        await eventually(lambda: state(window, job_id) is JobState.FAILED)
        await eventually(lambda: view.isVisible() or window.job_view.tabs.setCurrentWidget(view))
        await eventually(lambda: sum(bar.attempt.state is AttemptState.SUCCEEDED for bar in view.bars) == 3)
        failed = next(bar for bar in view.bars if bar.attempt.state is AttemptState.FAILED)
        await eventually(lambda: not view.bars.is_running)
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.bar_rect(failed).center().toPoint())
        assert window.job_view.grid.selected_ids() == [failed.attempt.chunk_id]
        assert view.isVisible(), "a click looks, a double click opens the log"
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.bar_rect(failed).center().toPoint())
        await eventually(lambda: window.job_view.log.isVisible())


def test_running_attempts_end_now(view: TimelineView) -> None:
    running = Attempt(
        id="1",
        chunk_id=1,
        number=1,
        state=AttemptState.RUNNING,
        started_at=time.time() - 30,
        log_path=Path("x.log"),
    )
    view.show_bars(Bars([running]))
    assert view.axis.length == pytest.approx(30, abs=5)
    view.clear()
    assert view.axis.length == 0
