"""The chunk grid as people meet it: looked at, clicked, keyed, resized."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QHelpEvent, QImage
from PySide6.QtWidgets import QApplication, QMenu, QToolTip
from pytestqt.qtbot import QtBot

from helios_gui.types import ChunkState, ChunkStatus
from helios_gui.ui.chunks.chunk_text import chunk_name, chunk_tooltip
from helios_gui.ui.chunks.grid import ChunkGrid
from helios_gui.ui.chunks.layout import Density
from helios_gui.ui.chunks.legend import ChunkLegend
from helios_gui.ui.chunks.palette import cell_colours, contrast_ratio
from helios_gui.ui.theme import ThemeMode, state_style, theme

# What the offscreen platform says whenever a menu or tooltip opens.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

FRAMES = 38
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def chunk(index: int, state: ChunkState = ChunkState.PENDING, frames_done: int = 0) -> ChunkStatus:
    return ChunkStatus(index, index, index * FRAMES, FRAMES, state, frames_done=frames_done)


def chunks(count: int, state: ChunkState = ChunkState.PENDING) -> list[ChunkStatus]:
    return [chunk(index, state) for index in range(count)]


@pytest.fixture
def grid(qtbot: QtBot) -> ChunkGrid:
    grid = ChunkGrid()
    qtbot.addWidget(grid)
    grid.resize(640, 200)
    grid.show()
    qtbot.waitExposed(grid)
    return grid


@pytest.fixture(params=[ThemeMode.DARK, ThemeMode.LIGHT])
def mode(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[ThemeMode]:
    theme().apply(qapp, request.param)
    yield request.param
    theme().apply(qapp, ThemeMode.DARK)


def click(
    qtbot: QtBot,
    grid: ChunkGrid,
    index: int,
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    qtbot.mouseClick(grid.viewport(), button, modifiers, grid.visual_rect(index).center())


def picture(grid: ChunkGrid) -> QImage:
    return grid.viewport().grab().toImage()


def colour_at(grid: ChunkGrid, index: int, across: float, down: float = 0.15) -> QColor:
    rect = grid.visual_rect(index)
    return picture(grid).pixelColor(
        rect.left() + round(across * rect.width()), rect.top() + round(down * rect.height())
    )


@pytest.mark.parametrize("count", [12, 300])
def test_cells_wear_their_state_and_fill_from_the_left(grid: ChunkGrid, mode: ThemeMode, count: int) -> None:
    grid.set_chunks(chunks(count))
    for index, state in enumerate(ChunkState):
        grid.update_chunks([chunk(index, state, FRAMES // 2)])
    for index, state in enumerate(ChunkState):
        colours = cell_colours(state)
        partial = state in (ChunkState.RUNNING, ChunkState.RETRYING)
        waiting = state is ChunkState.PENDING
        assert colour_at(grid, index, 0.3) == (colours.track if waiting else colours.full), state
        assert colour_at(grid, index, 0.7) == (colours.track if waiting or partial else colours.full), state


def test_thousands_of_cells_are_one_dense_block(grid: ChunkGrid, mode: ThemeMode) -> None:
    grid.set_chunks(chunks(5000, ChunkState.COMPLETED))
    grid.update_chunks([chunk(37, ChunkState.FAILED), chunk(38, ChunkState.RUNNING, FRAMES // 2)])
    assert grid.grid_layout.density is Density.DENSE
    assert colour_at(grid, 36, 0.5) == cell_colours(ChunkState.COMPLETED).full
    assert colour_at(grid, 37, 0.5) == cell_colours(ChunkState.FAILED).full
    running = cell_colours(ChunkState.RUNNING)
    assert colour_at(grid, 38, 0.5) not in (running.full, running.track)


def test_the_room_behind_the_last_dense_cell_stays_empty(grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(4001, ChunkState.COMPLETED))
    grid.verticalScrollBar().setValue(grid.verticalScrollBar().maximum())
    last = grid.visual_rect(4000)
    assert 4001 % grid.grid_layout.columns
    assert picture(grid).pixelColor(last.center()) == cell_colours(ChunkState.COMPLETED).full
    assert picture(grid).pixelColor(last.right() + 4, last.center().y()) == theme().tokens.panel


@pytest.mark.parametrize("state", list(ChunkState))
def test_glyphs_can_be_read_on_their_cells(mode: ThemeMode, state: ChunkState) -> None:
    colours = cell_colours(state)
    assert contrast_ratio(colours.full, colours.ink) >= 4
    assert contrast_ratio(colours.track, colours.track_ink) >= 3


def test_the_states_differ_by_glyph_not_by_colour_alone() -> None:
    assert len({state_style(state).glyph for state in ChunkState}) == len(ChunkState)


def test_large_cells_show_number_and_glyph(grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(3, ChunkState.COMPLETED))
    image, rect = picture(grid), grid.visual_rect(1)
    ink = cell_colours(ChunkState.COMPLETED).ink
    for half in (rect.adjusted(4, 4, -rect.width() // 2, -4), rect.adjusted(rect.width() // 2, 4, -4, -4)):
        assert any(
            contrast_ratio(image.pixelColor(x, y), ink) < 2
            for x in range(half.left(), half.right())
            for y in range(half.top(), half.bottom())
        )


class PaintedAreas(QObject):
    """Remembers what of a widget was painted."""

    def __init__(self, grid: ChunkGrid) -> None:
        super().__init__(grid)
        self.areas: list[QRect] = []
        grid.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint:
            self.areas.append(event.region().boundingRect())  # type: ignore[attr-defined]
        return False


def show_many(qtbot: QtBot, grid: ChunkGrid, count: int) -> PaintedAreas:
    """Show so many chunks; what is painted once they were."""
    painted = PaintedAreas(grid)
    grid.set_chunks(chunks(count))
    qtbot.waitUntil(lambda: bool(painted.areas))
    qtbot.wait(100)
    painted.areas.clear()
    return painted


def test_many_updates_become_one_small_repaint(qtbot: QtBot, grid: ChunkGrid) -> None:
    painted = show_many(qtbot, grid, 300)
    for done in range(1, 31):
        grid.update_chunks([chunk(5, ChunkState.RUNNING, done)])
    qtbot.waitUntil(lambda: bool(painted.areas))
    grid.update_chunks([chunk(5, ChunkState.RUNNING, 31)])
    qtbot.waitUntil(lambda: len(painted.areas) > 1)
    assert len(painted.areas) == 2, "one for the thirty, and one for the last"
    assert painted.areas[0].width() < 3 * grid.visual_rect(5).width()
    assert grid.cells[5].frames_done == 31


def test_updates_without_pause_do_not_put_painting_off(qtbot: QtBot, grid: ChunkGrid) -> None:
    painted = show_many(qtbot, grid, 300)
    for done in range(1, 31):
        grid.update_chunks([chunk(5, ChunkState.RUNNING, done)])
        qtbot.wait(10)
        if painted.areas:
            break
    assert painted.areas


def test_updates_out_of_sight_paint_nothing(qtbot: QtBot, grid: ChunkGrid) -> None:
    painted = show_many(qtbot, grid, 50_000)
    grid.update_chunks([chunk(49_999, ChunkState.RUNNING, 3)])
    QApplication.processEvents()
    assert painted.areas == []
    grid.update_chunks([chunk(5, ChunkState.RUNNING, 3)])
    qtbot.waitUntil(lambda: bool(painted.areas))
    assert len(painted.areas) == 1, "that of the one in sight"


def test_unknown_chunks_are_ignored(grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(3))
    grid.update_chunks([chunk(99, ChunkState.FAILED)])
    assert [grid.cells[index].state for index in range(3)] == [ChunkState.PENDING] * 3


def test_a_click_selects_and_says_so(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(12))
    with qtbot.waitSignal(grid.chunk_selected) as chosen:
        click(qtbot, grid, 7)
    assert chosen.args == [7]
    assert grid.selected_ids() == [7]


def test_clicks_with_control_and_shift_select_several(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(12))
    click(qtbot, grid, 2)
    click(qtbot, grid, 4, modifiers=SHIFT)
    click(qtbot, grid, 9, modifiers=CONTROL)
    click(qtbot, grid, 3, modifiers=CONTROL)
    assert grid.selected_ids() == [2, 4, 9]


def test_a_click_beside_the_cells_selects_nothing(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(4))
    click(qtbot, grid, 2)
    qtbot.mouseClick(grid.viewport(), LEFT, pos=QPoint(600, 180))
    assert grid.selected_ids() == []


def test_double_click_and_enter_activate(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(12))
    with qtbot.waitSignal(grid.chunk_activated) as activated:
        qtbot.mouseDClick(grid.viewport(), LEFT, pos=grid.visual_rect(5).center())
    assert activated.args == [5]
    grid.select_chunk(6)
    with qtbot.waitSignal(grid.chunk_activated) as activated:
        qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert activated.args == [6]


def test_the_keyboard_reaches_every_cell(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(20_000))
    columns = grid.grid_layout.columns
    seen: list[int] = []
    grid.chunk_selected.connect(seen.append)
    keys = [Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_End, Qt.Key.Key_Home]
    for key in keys:
        qtbot.keyClick(grid, key)
    assert seen == [0, 1, columns + 1, columns, 19_999, 0]
    qtbot.keyClick(grid, Qt.Key.Key_PageDown)
    assert columns <= seen[-1] < 19_999
    qtbot.keyClick(grid, Qt.Key.Key_Right, SHIFT)
    assert grid.selected_ids() == [seen[-2], seen[-1]]
    qtbot.keyClick(grid, Qt.Key.Key_A, CONTROL)
    assert len(grid.selected_ids()) == 20_000


def test_keys_scroll_the_current_cell_into_view(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(50_000))
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.viewport().rect().contains(grid.visual_rect(49_999))
    qtbot.keyClick(grid, Qt.Key.Key_Home)
    assert grid.viewport().rect().contains(grid.visual_rect(0))
    assert grid.verticalScrollBar().value() == 0


def menu_at(grid: ChunkGrid, index: int) -> QMenu | None:
    position = grid.visual_rect(index).center() if index >= 0 else QPoint(600, 180)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, position, grid.viewport().mapToGlobal(position), Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(grid.viewport(), event)
    menu = QApplication.activePopupWidget()
    return menu if isinstance(menu, QMenu) else None


def choose(menu: QMenu | None, text: str) -> None:
    assert menu is not None
    action = next(action for action in menu.actions() if action.text() == text)
    assert action.isEnabled()
    menu.close()
    action.trigger()


def test_the_menu_retries_what_went_wrong(qtbot: QtBot, grid: ChunkGrid) -> None:
    states = (ChunkState.FAILED, ChunkState.RUNNING, ChunkState.UNKNOWN, ChunkState.PENDING, ChunkState.COMPLETED)
    grid.set_chunks([chunk(index, state) for index, state in enumerate(states)])
    qtbot.keyClick(grid, Qt.Key.Key_A, CONTROL)
    click(qtbot, grid, 2, RIGHT)
    with qtbot.waitSignal(grid.retry_requested) as retried:
        choose(menu_at(grid, 2), "Retry 2 chunks")
    assert retried.args == [[0, 2]]


def test_finished_chunks_are_rendered_again_only_when_asked_for_alone(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks([*chunks(3, ChunkState.COMPLETED), chunk(3, ChunkState.RUNNING)])
    qtbot.keyClick(grid, Qt.Key.Key_A, CONTROL)
    with qtbot.waitSignal(grid.retry_requested) as retried:
        choose(menu_at(grid, 0), "Render 3 chunks again")
    assert retried.args == [[0, 1, 2]]
    click(qtbot, grid, 1)
    assert grid.actions_of_chunks.retry.text() == "Render chunk again"


def test_the_menu_opens_the_output_and_copies_the_command(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(5, ChunkState.COMPLETED))
    click(qtbot, grid, 1)
    click(qtbot, grid, 3, RIGHT)
    assert grid.selected_ids() == [3], "a right click on a cell that is not selected selects it first"
    with qtbot.waitSignal(grid.open_output_requested) as opened:
        choose(menu_at(grid, 3), "Open output")
    with qtbot.waitSignal(grid.copy_command_requested) as copied:
        choose(menu_at(grid, 3), "Copy command")
    assert (opened.args, copied.args) == ([3], [3])


def test_a_right_click_keeps_a_selection_it_falls_into(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(5))
    click(qtbot, grid, 1)
    click(qtbot, grid, 3, modifiers=SHIFT)
    click(qtbot, grid, 2, RIGHT)
    assert grid.selected_ids() == [1, 2, 3]


def test_what_cannot_be_done_is_disabled(qtbot: QtBot, grid: ChunkGrid) -> None:
    assert menu_at(grid, -1) is None
    grid.set_chunks(chunks(5))
    actions = grid.actions_of_chunks
    assert not any(action.isEnabled() for action in (actions.retry, actions.open_output, actions.copy_command))
    grid.select_chunk(2)
    assert not actions.retry.isEnabled()
    assert not actions.open_output.isEnabled(), "there is no output yet"
    assert actions.copy_command.isEnabled()
    grid.update_chunks([chunk(2, ChunkState.FAILED)])
    qtbot.waitUntil(actions.retry.isEnabled)
    grid.update_chunks([chunk(2, ChunkState.COMPLETED)])
    qtbot.waitUntil(actions.open_output.isEnabled)
    qtbot.keyClick(grid, Qt.Key.Key_A, CONTROL)
    assert not actions.open_output.isEnabled()


def test_actions_have_keys(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(5, ChunkState.FAILED))
    grid.activateWindow()
    grid.setFocus()
    qtbot.waitUntil(grid.hasFocus)
    grid.select_chunk(4)
    with qtbot.waitSignal(grid.retry_requested) as retried:
        qtbot.keyClick(grid, Qt.Key.Key_R)
    with qtbot.waitSignal(grid.copy_command_requested) as copied:
        qtbot.keyClick(grid, Qt.Key.Key_C, CONTROL)
    assert (retried.args, copied.args) == ([[4]], [4])


def test_resizing_keeps_the_selected_cell_in_view(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(20_000))
    grid.select_chunk(15_000)
    for width, height in ((300, 90), (900, 120), (200, 300), (640, 60)):
        grid.resize(width, height)
        assert grid.viewport().rect().contains(grid.visual_rect(15_000)), (width, height)


def test_resizing_keeps_the_place_when_nothing_is_selected(grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(20_000))
    grid.verticalScrollBar().setValue(900)
    first, columns = grid.index_at(QPoint(12, 4)), grid.grid_layout.columns
    grid.resize(300, 150)
    assert grid.grid_layout.columns < columns
    assert abs(grid.index_at(QPoint(12, 4)) - first) <= 2 * columns


def test_other_chunks_start_without_selection_at_the_top(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(20_000))
    grid.select_chunk(15_000)
    grid.set_chunks(chunks(30_000))
    assert grid.selected_ids() == []
    assert grid.verticalScrollBar().value() == 0
    assert grid.selection.current == -1


def test_an_empty_grid_says_what_to_do(qtbot: QtBot, grid: ChunkGrid) -> None:
    def has_text() -> bool:
        image, ground = picture(grid), theme().tokens.panel
        return any(
            image.pixelColor(x, y) != ground for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
        )

    assert grid.empty_text == "Select a job to see its chunks"
    assert has_text()
    grid.set_chunks(chunks(4))
    grid.empty_text = ""
    grid.set_chunks(())
    assert not has_text()
    qtbot.keyClick(grid, Qt.Key.Key_Down)
    qtbot.keyClick(grid, Qt.Key.Key_A, CONTROL)
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert grid.selected_ids() == []


def test_the_tooltip_tells_everything(qtbot: QtBot, grid: ChunkGrid) -> None:
    failed = replace(
        chunk(3, ChunkState.FAILED), reason="exit code 1: <no memory>", attempts=3, started_at=100.0, finished_at=290.0
    )
    text = chunk_tooltip(failed, now=500.0)
    for part in ("Chunk 3", "frames 114–151 (38)", "✕", "failed", "3 attempts", "3:10", "&lt;no memory&gt;"):
        assert part in text
    grid.set_chunks(chunks(6))
    grid.update_chunks([failed])
    position = grid.visual_rect(3).center()
    help_event = QHelpEvent(QEvent.Type.ToolTip, position, grid.viewport().mapToGlobal(position))
    QApplication.sendEvent(grid.viewport(), help_event)
    assert "3 attempts" in QToolTip.text()
    QToolTip.hideText()


def test_words_fit_their_chunk() -> None:
    one = ChunkStatus(0, 0, 7, 1, ChunkState.RUNNING, attempts=1, started_at=10.0)
    assert chunk_name(one) == "Chunk 0, frame 7, running"
    assert "1 attempt<br>4.5 s" in chunk_tooltip(one, now=14.5)
    half = replace(chunk(2, ChunkState.RUNNING), frames_done=19)
    assert chunk_name(half) == "Chunk 2, frames 76 to 113, running, 19 of 38 frames"


def test_the_cell_under_the_pointer_is_marked(qtbot: QtBot, grid: ChunkGrid) -> None:
    grid.set_chunks(chunks(12))
    before = picture(grid)
    qtbot.mouseMove(grid.viewport(), grid.visual_rect(4).center())
    assert picture(grid) != before
    QApplication.sendEvent(grid.viewport(), QEvent(QEvent.Type.Leave))
    assert picture(grid) == before


def test_the_legend_names_the_states_that_occur(qtbot: QtBot, mode: ThemeMode) -> None:
    legend = ChunkLegend()
    qtbot.addWidget(legend)
    legend.resize(500, 24)
    empty = legend.grab().toImage()
    legend.set_counts({ChunkState.PENDING: 1200, ChunkState.COMPLETED: 3, ChunkState.FAILED: 0})
    assert legend.accessibleName() == "3 done, 1,200 waiting"
    image = legend.grab().toImage()
    colours = {image.pixelColor(x, 12).name() for x in range(500)}
    assert image != empty
    assert cell_colours(ChunkState.COMPLETED).full.name() in colours
    assert cell_colours(ChunkState.FAILED).full.name() not in colours
