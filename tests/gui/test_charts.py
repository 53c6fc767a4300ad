"""The charts of a job: what they show of its attempts, and what is said of a value."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from helios_gui.types import Attempt, AttemptState
from helios_gui.ui.charts.axis import time_ticks, value_ticks
from helios_gui.ui.charts.figures import STEPS, JobFigures, job_figures
from helios_gui.ui.charts.panel import ChartsPanel
from helios_gui.ui.theme import theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

DONE, FAILED, RUNNING = AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.RUNNING


def attempt(chunk: int, start: float, end: float | None, state: AttemptState = DONE, frames: int = 10) -> Attempt:
    seconds = None if end is None else end - start
    finished = None if end is None else 1000 + end
    return Attempt(
        f"{chunk}-{start}", chunk, 1, state, 1000 + start, Path("x"), finished, profile="farm", frames=frames,
        seconds=seconds,
    )  # fmt: skip


def price(profile: str, seconds: float) -> float:
    return seconds * (0.1 if profile == "farm" else 0)


SPANS = st.lists(
    st.tuples(st.integers(0, 500), st.integers(1, 200), st.integers(1, 50)), min_size=1, max_size=20
)  # start, length, frames


@given(SPANS)
def test_the_speed_adds_up_to_all_frames(spans: list[tuple[int, int, int]]) -> None:
    attempts = [
        attempt(place, start, start + length, frames=frames) for place, (start, length, frames) in enumerate(spans)
    ]
    speed = job_figures(attempts, price).speed
    step = speed.times[0]
    assert sum(speed.values) * step == pytest.approx(sum(frames for _, _, frames in spans))
    assert len(speed.values) == STEPS


@given(SPANS)
def test_the_histogram_has_every_frame_once(spans: list[tuple[int, int, int]]) -> None:
    attempts = [
        attempt(place, start, start + length, frames=frames) for place, (start, length, frames) in enumerate(spans)
    ]
    histogram = job_figures(attempts, price).frame_times
    assert sum(histogram.frames) == sum(frames for _, _, frames in spans)
    assert histogram.edges[0] <= histogram.median <= histogram.edges[-1] + 1e-9


def test_two_workers_are_twice_as_fast() -> None:
    speed = job_figures([attempt(0, 0, 100), attempt(1, 50, 150)], price).speed
    assert speed.values[STEPS // 2] == pytest.approx(0.2)
    assert speed.values[5] == pytest.approx(0.1)


def test_the_speed_does_not_fall_where_attempts_are_still_running() -> None:
    ended = [attempt(place, 10 * (place // 2), 10 * (place // 2) + 10) for place in range(10)]  # two at a time
    ahead = attempt(10, 50, 59)
    speed = job_figures([*ended, ahead, attempt(11, 50, None, RUNNING), attempt(12, 59, None, RUNNING)], price).speed
    assert speed.values == pytest.approx([2.0] * STEPS)
    assert speed.times[-1] == pytest.approx(50.0)
    straggler = attempt(13, 0, None, RUNNING)
    speed = job_figures([*ended, straggler], price).speed
    assert speed.times[-1] == pytest.approx(40.0), "one that takes long hides little of what the others did"


def test_failed_attempts_cost_and_render_nothing() -> None:
    figures = job_figures([attempt(0, 0, 10, FAILED), attempt(0, 10, 30), attempt(1, 5, None)], price)
    assert figures.cost.times == (0.0, 10.0, 30.0)
    assert figures.cost.values == pytest.approx((0.0, 1.0, 3.0))
    assert sum(figures.frame_times.frames) == 10


def test_a_job_that_has_not_begun_has_no_charts(qtbot: QtBot) -> None:
    assert job_figures([], price) == job_figures([attempt(0, 0, None)], price) == JobFigures()
    panel = ChartsPanel()
    qtbot.addWidget(panel)
    panel.show()
    assert not any(chart.isVisible() for chart in (panel.speed, panel.frame_times, panel.cost))
    panel.show_figures(job_figures([attempt(0, 0, 10)], lambda *_: 0.0))
    assert panel.speed.isVisible()
    assert not panel.cost.isVisible(), "what costs nothing has no chart of its cost"


def test_the_value_under_the_pointer_is_said(qtbot: QtBot) -> None:
    panel = ChartsPanel()
    qtbot.addWidget(panel)
    panel.resize(1000, 220)
    panel.show_figures(job_figures([attempt(place, place * 10, place * 10 + 10) for place in range(4)], price))
    panel.show()
    qtbot.waitExposed(panel)
    assert panel.speed.geometry().top() == panel.cost.geometry().top(), "side by side where there is room"
    assert panel.cost.accessibleName() == "Cost"
    assert panel.cost.accessibleDescription() == "$4.00 at today's prices"
    point = QPointF(panel.cost.width() - 20, 100)
    button, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    place = panel.cost.mapToGlobal(point)
    QApplication.sendEvent(panel.cost, QMouseEvent(QEvent.Type.MouseMove, point, place, button, button, keys))
    assert panel.cost.tip == "$4.00 until 0:40"
    QApplication.sendEvent(panel.cost, QEvent(QEvent.Type.Leave))
    assert panel.cost.tip == ""
    panel.frame_times.setFocus()
    qtbot.keyClick(panel.frame_times, Qt.Key.Key_Right)
    assert panel.frame_times.tip == "40 frames took about 1 s"
    assert panel.frame_times.accessibleDescription() == panel.frame_times.tip
    qtbot.keyClick(panel.speed, Qt.Key.Key_End)
    assert panel.speed.tip == "1 frames/s at 0:40"
    panel.resize(400, 640)
    qtbot.waitUntil(lambda: panel.speed.geometry().top() < panel.cost.geometry().top())


def test_they_are_painted_in_the_colours_of_the_theme(qtbot: QtBot) -> None:
    panel = ChartsPanel()
    qtbot.addWidget(panel)
    panel.resize(1000, 220)
    panel.show_figures(job_figures([attempt(place, 0, 5 + place * 3) for place in range(30)], price))
    panel.show()
    image = panel.frame_times.grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, image.width(), 2) for y in range(40, image.height(), 2)}
    assert theme().tokens.completed.name() in colours


@given(st.floats(1e-4, 1e9))
def test_lines_stand_at_round_values_up_to_the_highest(highest: float) -> None:
    ticks = value_ticks(highest, 3)
    assert ticks[0] == 0
    assert ticks[-1] >= highest * (1 - 1e-6)
    assert 2 <= len(ticks) <= 6


@given(st.floats(0.5, 1e6), st.integers(1, 12))
def test_times_stand_within_the_chart(length: float, lines: int) -> None:
    ticks = time_ticks(length, lines)
    assert ticks[0] == 0
    assert ticks[-1] <= length
    assert len(ticks) <= 2 * lines + 2
