"""Ways to look at the grid: colours that stand for something else, a filter, nearer and farther, many at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QToolTip, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from helios_gui.types import Attempt, AttemptState, ChunkState, ChunkStatus
from helios_gui.ui.chunks.bar import GridBar
from helios_gui.ui.chunks.cells import Cells
from helios_gui.ui.chunks.grid import ChunkGrid
from helios_gui.ui.chunks.heat import NO_VALUE, AttemptFacts, attempt_facts, scale_for
from helios_gui.ui.chunks.heat_mode import HeatMode
from helios_gui.ui.chunks.layout import Density
from helios_gui.ui.chunks.overview import OverviewSource, sum_up
from helios_gui.ui.chunks.palette import cell_colours, contrast_ratio, heat_colours
from helios_gui.ui.theme import ThemeMode, theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier
PENDING, DONE, FAILED, RUNNING = ChunkState.PENDING, ChunkState.COMPLETED, ChunkState.FAILED, ChunkState.RUNNING


def chunk(index: int, state: ChunkState = PENDING, **facts: object) -> ChunkStatus:
    return replace(ChunkStatus(index, index, index * 10, 10, state), **facts)


def took(index: int, seconds: float, attempts: int = 1) -> ChunkStatus:
    return chunk(index, DONE, started_at=1000.0, finished_at=1000.0 + seconds, attempts=attempts)


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    page = QWidget()
    qtbot.addWidget(page)
    QVBoxLayout(page)
    page.resize(660, 250)
    page.show()
    qtbot.waitExposed(page)
    page.activateWindow()
    return page


@pytest.fixture
def grid(page: QWidget) -> ChunkGrid:
    grid = ChunkGrid()
    layout = page.layout()
    assert layout is not None
    layout.addWidget(grid)
    grid.setFocus()
    return grid


@pytest.fixture
def bar(grid: ChunkGrid) -> GridBar:
    bar = GridBar(grid)
    layout = grid.window().layout()
    assert layout is not None
    layout.addWidget(bar)
    return bar


def colour_of(grid: ChunkGrid, index: int) -> QColor:
    rect = grid.visual_rect(index)
    return grid.viewport().grab().toImage().pixelColor(rect.left() + 2, rect.center().y() - rect.height() // 3)


def colours_in(widget: QWidget) -> set[str]:
    image = widget.grab().toImage()
    return {image.pixelColor(x, image.height() // 2).name() for x in range(image.width())}


def drag(qtbot: QtBot, grid: ChunkGrid, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = NONE) -> None:
    """Draw a rectangle with real events (``mouseMove`` of qtbot carries no buttons)."""
    viewport = grid.viewport()
    qtbot.mousePress(viewport, LEFT, keys, start)
    for point in (start + (end - start) / 2, end):
        move = event_at(grid, point, keys)
        QApplication.sendEvent(viewport, move)
    qtbot.mouseRelease(viewport, LEFT, keys, end)


def event_at(grid: ChunkGrid, point: QPoint, keys: Qt.KeyboardModifier) -> QMouseEvent:
    place = QPointF(grid.viewport().mapToGlobal(point))
    return QMouseEvent(QEvent.Type.MouseMove, QPointF(point), place, Qt.MouseButton.NoButton, LEFT, keys)


def turn(grid: ChunkGrid, notches: int, point: QPoint) -> None:
    place = QPointF(grid.viewport().mapToGlobal(point))
    wheel = QWheelEvent(
        QPointF(point),
        place,
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        CONTROL,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(grid.viewport(), wheel)


class TestColours:
    def test_they_can_stand_for_the_duration(self, grid: ChunkGrid, bar: GridBar, qtbot: QtBot) -> None:
        grid.set_chunks([took(0, 1), took(1, 5), took(2, 9), chunk(3)])
        bar.mode_actions[HeatMode.DURATION].trigger()
        colours = heat_colours(HeatMode.DURATION)
        assert [colour_of(grid, index) for index in (0, 2)] == [colours[0], colours[-1]]
        assert list(grid.cells.heat or b"")[3] == NO_VALUE
        assert bar.scale.accessibleName() == "Time of the last attempt: 1.0 s to 9.0 s"
        assert bar.modes.accessibleName() == "Colour: Duration"
        qtbot.waitUntil(lambda: bar.scale.width() >= bar.scale.sizeHint().width())
        shades = [QColor(name).lightness() for name in colours_in(bar.scale)]
        assert min(shades) <= colours[0].lightness() + 5
        assert max(shades) >= colours[-1].lightness() - 5
        bar.mode_actions[HeatMode.STATE].trigger()
        assert colour_of(grid, 0) == cell_colours(DONE).full
        assert bar.scale.isHidden()

    def test_they_follow_what_happens(self, grid: ChunkGrid) -> None:
        grid.set_chunks([took(0, 1, 1), chunk(1, RUNNING, attempts=1, started_at=1000.0), took(2, 9, 4)])
        grid.set_mode(HeatMode.ATTEMPTS)
        assert list(grid.cells.heat or b"") == [0, 0, 15]
        grid.update_chunks([chunk(1, ChunkState.RETRYING, attempts=4, started_at=1000.0)])
        assert list(grid.cells.heat or b"") == [0, 15, 15]

    def test_cost_and_worker_come_from_the_attempts(self, grid: ChunkGrid, bar: GridBar, qtbot: QtBot) -> None:
        def attempt(chunk_id: int, number: int, start: float, end: float) -> Attempt:
            name, state = f"{chunk_id}-{number}", AttemptState.SUCCEEDED
            return Attempt(name, chunk_id, number, state, start, Path("x"), end, profile="farm", seconds=end - start)

        attempts = [attempt(0, 1, 0, 10), attempt(1, 1, 2, 4), attempt(1, 2, 5, 7), attempt(2, 1, 11, 20)]
        facts = attempt_facts(attempts, lambda profile, seconds: seconds * (0.5 if profile == "farm" else 0))
        assert facts == AttemptFacts({0: 5.0, 1: 2.0, 2: 4.5}, {0: 0, 1: 1, 2: 0})
        grid.set_chunks([chunk(index, DONE) for index in range(4)])
        with qtbot.waitSignal(grid.attempts_wanted):
            grid.set_mode(HeatMode.WORKER)
        grid.set_facts(facts)
        colours = heat_colours(HeatMode.WORKER)
        assert [colour_of(grid, index) for index in range(3)] == [colours[0], colours[1], colours[0]]
        assert grid.heat_words(1) == "worker 2"
        assert bar.scale.accessibleName() == "2 workers"
        qtbot.waitUntil(lambda: {colour.name() for colour in colours[:2]} <= colours_in(bar.scale))
        grid.set_mode(HeatMode.COST)
        assert list(grid.cells.heat or b"")[:2] == [15, 0]
        assert grid.heat_words(0) == "$5.00"

    def test_workers_whose_names_are_known_have_a_colour_each(self, grid: ChunkGrid, bar: GridBar) -> None:
        def attempt(chunk_id: int, start: float, worker: str, number: int = 1) -> Attempt:
            name, state = f"{chunk_id}-{number}", AttemptState.SUCCEEDED
            return Attempt(name, chunk_id, number, state, start, Path("x"), start + 1, worker=worker)

        attempts = [attempt(0, 0, "GPU 12"), attempt(1, 0, "GPU 0"), attempt(2, 2, "GPU 0"), attempt(3, 2, "")]
        attempts += [attempt(4, 4, "GPU 0"), attempt(4, 6, "GPU 12", 2), attempt(5, 6, "")]
        facts = attempt_facts(attempts, lambda profile, seconds: 0)
        assert facts.worker_names == ("GPU 0", "GPU 12")
        assert facts.workers == {0: 1, 1: 0, 2: 0, 3: 2, 4: 1, 5: 2}
        grid.set_chunks([chunk(index, DONE) for index in range(7)])
        grid.set_mode(HeatMode.WORKER)
        grid.set_facts(facts)
        colours = heat_colours(HeatMode.WORKER)
        assert [colour_of(grid, index) for index in range(6)] == [colours[number] for number in (1, 0, 0, 2, 1, 2)]
        assert [grid.heat_words(index) for index in (1, 3, 4, 6)] == ["GPU 0", "worker 3", "GPU 12", ""]
        assert bar.scale.accessibleName() == "3 workers: GPU 0, GPU 12"

    def test_one_straggler_does_not_make_all_others_equal(self) -> None:
        chunks = [took(index, 1 + index % 10) for index in range(1000)] + [took(1000, 90_000)]
        scale = scale_for(HeatMode.DURATION, AttemptFacts(), chunks, 0.0)
        assert scale.high <= 10
        assert len(set(scale.levels(chunks, 0.0))) == 10
        one_pace = [took(index, 2) for index in range(100)] + [took(100, 50)]
        levels = scale_for(HeatMode.DURATION, AttemptFacts(), one_pace, 0.0).levels(one_pace, 0.0)
        assert set(levels[:100]) == {0}
        assert levels[100] == 15

    @pytest.mark.parametrize("mode", [ThemeMode.DARK, ThemeMode.LIGHT])
    def test_a_ramp_can_be_read_without_seeing_colours(self, qapp: QApplication, mode: ThemeMode) -> None:
        theme().apply(qapp, mode)
        try:
            ramp, panel = heat_colours(HeatMode.COST), theme().tokens.panel
            contrasts = [contrast_ratio(panel, colour) for colour in ramp]
            assert contrasts == sorted(contrasts)
            assert contrasts[-1] > 8
        finally:
            theme().apply(qapp, ThemeMode.DARK)

    def test_dense_cells_show_them_with_the_selection(self, grid: ChunkGrid) -> None:
        grid.set_chunks([took(index, 1 + index % 2) for index in range(5000)])
        grid.set_mode(HeatMode.DURATION)
        grid.select_chunk(1)
        assert grid.grid_layout.density is Density.DENSE
        colours = heat_colours(HeatMode.DURATION)
        assert grid.cells.pixels(0, 4) == bytes([0, 15 | 0x80, 0, 15])
        assert colour_of(grid, 2) == colours[0]
        assert colour_of(grid, 1) not in (colours[0], colours[-1])


class TestFilter:
    def test_failed_only(self, grid: ChunkGrid, bar: GridBar, qtbot: QtBot) -> None:
        grid.set_chunks([chunk(index, FAILED if index in (3, 70) else DONE) for index in range(100)])
        bar.set_counts({DONE: 98, FAILED: 2})
        grid.setFocus()
        qtbot.keyClick(grid, Qt.Key.Key_F)
        assert [shown.id for shown in grid.cells] == [3, 70]
        assert bar.legend.accessibleDescription() == "Only chunks that are failed are shown"
        qtbot.keyClick(grid, Qt.Key.Key_A, CONTROL)
        assert grid.selected_ids() == [3, 70]
        qtbot.keyClick(grid, Qt.Key.Key_Escape)
        assert len(grid.cells) == 100
        assert grid.selected_ids() == [3, 70], "what was selected stays so"

    def test_a_click_on_the_legend(self, grid: ChunkGrid, bar: GridBar, qtbot: QtBot) -> None:
        grid.set_chunks([chunk(0, DONE), chunk(1, RUNNING), chunk(2)])
        bar.set_counts({DONE: 1, RUNNING: 1, PENDING: 1})
        place = bar.legend.entry_rect(RUNNING).center().toPoint()
        qtbot.mouseClick(bar.legend, LEFT, pos=place)
        assert [shown.id for shown in grid.cells] == [1]
        qtbot.mouseClick(bar.legend, LEFT, pos=place)
        assert len(grid.cells) == 3
        bar.legend.setFocus()
        qtbot.keyClick(bar.legend, Qt.Key.Key_Right)
        qtbot.keyClick(bar.legend, Qt.Key.Key_Right)
        qtbot.keyClick(bar.legend, Qt.Key.Key_Space)
        assert [shown.id for shown in grid.cells] == [2]

    def test_the_legend_says_what_a_click_does(self, grid: ChunkGrid, bar: GridBar) -> None:
        bar.set_counts({DONE: 1, FAILED: 2})
        point = bar.legend.entry_rect(FAILED).center().toPoint()
        QApplication.sendEvent(bar.legend, QHelpEvent(QEvent.Type.ToolTip, point, bar.legend.mapToGlobal(point)))
        assert QToolTip.text() == "2 failed – click to show these alone"
        QToolTip.hideText()
        plain = bar.legend.grab().toImage()
        button, place = Qt.MouseButton.NoButton, QPointF(bar.legend.mapToGlobal(point))
        QApplication.sendEvent(
            bar.legend, QMouseEvent(QEvent.Type.MouseMove, QPointF(point), place, button, button, NONE)
        )
        assert bar.legend.grab().toImage() != plain, "the entry under the pointer is marked"
        bar.legend.set_filter(FAILED)
        bar.set_counts({DONE: 3})
        assert "0 failed" in bar.legend.accessibleName(), "what is shown alone stays, to be clicked again"

    def test_it_follows_what_happens(self, grid: ChunkGrid, bar: GridBar) -> None:
        grid.set_chunks([chunk(index, RUNNING) for index in range(4)])
        grid.set_filter(FAILED)
        assert grid.empty_text == "No chunk is failed"
        grid.update_chunks([chunk(2, FAILED)])
        assert [shown.id for shown in grid.cells] == [2]
        grid.update_chunks([chunk(2, RUNNING), chunk(1, FAILED)])
        assert [shown.id for shown in grid.cells] == [1]
        grid.select_chunk(3)  # somebody goes to a chunk that is not shown, from the timeline
        assert grid.filter is None
        assert grid.selected_ids() == [3]

    def test_another_job_begins_without_it(self, grid: ChunkGrid) -> None:
        grid.set_chunks([chunk(0, FAILED), chunk(1)])
        grid.set_filter(FAILED)
        grid.set_chunks([chunk(0), chunk(1)])
        assert grid.filter is None
        assert len(grid.cells) == 2

    def test_from_one_failed_chunk_to_the_next(self, grid: ChunkGrid, qtbot: QtBot) -> None:
        grid.set_chunks([chunk(index, FAILED if index in (5, 4000) else DONE) for index in range(5000)])
        keys = (Qt.Key.Key_N, NONE), (Qt.Key.Key_N, NONE), (Qt.Key.Key_N, NONE)
        seen = []
        for key, modifiers in (*keys, (Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)):
            qtbot.keyClick(grid, key, modifiers)
            seen += grid.selected_ids()
            assert grid.viewport().rect().contains(grid.visual_rect(grid.selection.current))
        assert seen == [5, 4000, 5, 4000]


class TestZoom:
    def test_keys(self, grid: ChunkGrid, qtbot: QtBot) -> None:
        grid.set_chunks([chunk(index) for index in range(20_000)])
        first = grid.grid_layout.size.width
        qtbot.keyClick(grid, Qt.Key.Key_Plus)
        assert grid.grid_layout.size.width > first
        qtbot.keyClick(grid, Qt.Key.Key_Minus)
        qtbot.keyClick(grid, Qt.Key.Key_Minus)
        assert grid.grid_layout.size.width < first
        qtbot.keyClick(grid, Qt.Key.Key_0)
        assert grid.grid_layout.size.width == first
        for _ in range(30):
            qtbot.keyClick(grid, Qt.Key.Key_Plus)
        assert grid.grid_layout.density is Density.LARGE

    def test_the_wheel_leaves_the_cell_under_the_pointer(self, grid: ChunkGrid) -> None:
        grid.set_chunks([chunk(index) for index in range(20_000)])
        grid.verticalScrollBar().setValue(1200)
        point = QPoint(200, 90)
        index = grid.index_at(point)
        turn(grid, 6, point)
        assert grid.grid_layout.density is not Density.DENSE
        assert abs(grid.visual_rect(index).center().y() - point.y()) <= 2

    def test_an_overview_stands_beside_what_does_not_fit(self, grid: ChunkGrid, qtbot: QtBot) -> None:
        grid.set_chunks([chunk(index, DONE) for index in range(20_000)])
        overview = grid.overview
        qtbot.waitUntil(overview.isVisible)
        qtbot.mousePress(overview, LEFT, pos=QPoint(8, overview.height() // 2))
        qtbot.mouseRelease(overview, LEFT, pos=QPoint(8, overview.height() // 2))
        middle = grid.index_at(QPoint(20, 100))
        assert abs(middle - 10_000) < 6 * grid.grid_layout.columns
        assert overview.grab().toImage().pixelColor(9, 4) != theme().tokens.panel
        grid.set_chunks([chunk(0)])
        qtbot.waitUntil(lambda: not overview.isVisible())

    def test_one_failed_chunk_of_many_is_seen_in_the_overview(self) -> None:
        red, green = QColor("red"), QColor("green")
        codes = bytearray(100_000)
        codes[77_777] = 1
        image = sum_up(OverviewSource(bytes(codes), 60, ((1, red), (0, green))), 12, 300)
        lines = {y for y in range(300) if image.pixelColor(0, y) == red}
        assert lines == {233}
        assert image.pixelColor(11, 233) == green


class TestRubberBand:
    def test_it_selects_what_it_touches(self, grid: ChunkGrid, qtbot: QtBot) -> None:
        grid.set_chunks([chunk(index) for index in range(60)])
        columns = grid.grid_layout.columns
        start, end = grid.visual_rect(1).center(), grid.visual_rect(columns + 3).center()
        drag(qtbot, grid, start, end)
        expected = [1, 2, 3, columns + 1, columns + 2, columns + 3]
        assert grid.selected_ids() == expected
        drag(qtbot, grid, grid.visual_rect(6).center(), grid.visual_rect(7).center(), CONTROL)
        assert grid.selected_ids() == [1, 2, 3, 6, 7, *expected[3:]]
        drag(qtbot, grid, grid.visual_rect(9).center(), grid.visual_rect(8).center())
        assert grid.selected_ids() == [8, 9]
        assert grid.band is None

    def test_a_press_that_trembles_selects_one(self, grid: ChunkGrid, qtbot: QtBot) -> None:
        grid.set_chunks([chunk(index) for index in range(60)])
        start = grid.visual_rect(5).center()
        drag(qtbot, grid, start, start + QPoint(2, 1))
        assert grid.selected_ids() == [5]

    def test_beyond_the_edge_the_grid_scrolls(self, grid: ChunkGrid, qtbot: QtBot) -> None:
        grid.set_chunks([chunk(index) for index in range(5000)])
        viewport = grid.viewport()
        qtbot.mousePress(viewport, LEFT, NONE, QPoint(30, 30))
        QApplication.sendEvent(viewport, event_at(grid, QPoint(300, viewport.height() + 60), NONE))
        qtbot.waitUntil(lambda: grid.verticalScrollBar().value() > 100)
        qtbot.mouseRelease(viewport, LEFT, NONE, QPoint(300, viewport.height() + 60))
        assert len(grid.selected_ids()) > 28 * 20


def test_the_parts_of_cells_add_up() -> None:
    cells = Cells([chunk(index, FAILED if index % 3 == 0 else DONE) for index in range(10)])
    cells.select_range(2, 6)
    failed = cells.only(frozenset({FAILED}))
    assert [shown.id for shown in failed] == [0, 3, 6, 9]
    assert [shown.id for shown in failed.selected()] == [3, 6]
    mask = cells.selection_mask()
    cells.select_all()
    cells.restore_selection(mask)
    assert [shown.id for shown in cells.selected()] == [2, 3, 4, 5, 6]
    assert cells.count(frozenset({FAILED})) == 4
    assert (cells.next_in(frozenset({FAILED}), 3, 1), cells.next_in(frozenset({FAILED}), 3, -1)) == (6, 0)
