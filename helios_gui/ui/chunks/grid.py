"""The per-chunk progress grid: every chunk of a job at a glance, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from helios_gui.translation import tr
from helios_gui.types import ChunkState, ChunkStatus
from helios_gui.ui.chunks.accessible import GridAccessible, announce, install_factory
from helios_gui.ui.chunks.actions import ChunkActions
from helios_gui.ui.chunks.cells import Cells
from helios_gui.ui.chunks.heat import AttemptFacts
from helios_gui.ui.chunks.heat_legend import value_text
from helios_gui.ui.chunks.heat_mode import HeatMode
from helios_gui.ui.chunks.layout import GridMove
from helios_gui.ui.chunks.rubber_band import RubberBand
from helios_gui.ui.chunks.view import CellView
from helios_gui.ui.qt_runtime.guard import guarded
from helios_gui.ui.theme import state_style
from helios_gui.ui.widgets.keyboard_frame import KeyboardFrame
from helios_gui.utils.scouting import early_chunks

_MOVES = {
    Qt.Key.Key_Left: GridMove.LEFT,
    Qt.Key.Key_Right: GridMove.RIGHT,
    Qt.Key.Key_Up: GridMove.UP,
    Qt.Key.Key_Down: GridMove.DOWN,
    Qt.Key.Key_PageUp: GridMove.PAGE_UP,
    Qt.Key.Key_PageDown: GridMove.PAGE_DOWN,
    Qt.Key.Key_Home: GridMove.HOME,
    Qt.Key.Key_End: GridMove.END,
}
_TROUBLED = frozenset({ChunkState.FAILED, ChunkState.CANCELLED, ChunkState.UNKNOWN})
_DONE = frozenset({ChunkState.COMPLETED})
_FAILED = frozenset({ChunkState.FAILED})
_RECOLOUR_MS = 1000
_FILTER_MS = 500
_AT_ONCE = 5000
"""A job of more chunks is not filtered anew with each change, but a few times a second."""

_WHEEL_STEP = 120
_CONTROL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


@guarded()
class ChunkGrid(CellView):
    """Shows the chunks of one job, lets people pick some, and says what they ask for. It decides nothing."""

    chunk_selected = Signal(int)
    """The chunk whose log is wanted: the one clicked, or reached by a key, last."""
    chunk_activated = Signal(int)
    """Double click or Enter on a chunk."""
    retry_requested = Signal(list)
    """Ids of the selected chunks that failed, were cancelled or are unknown; where there are none, of those done."""
    open_output_requested = Signal(int)
    copy_command_requested = Signal(int)
    filter_changed = Signal(object)
    """The ``ChunkState`` that is shown alone; ``None``: all."""
    scale_changed = Signal(object)
    """The ``Scale`` of the colours; ``None`` while they stand for states."""
    attempts_wanted = Signal()
    """Colours stand for something that only attempts tell: see ``set_facts``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.empty_text = tr("Select a job to see its chunks")
        self._job = self.cells
        self._filter: ChunkState | None = None
        self._wheel = 0
        self._band = RubberBand(self)
        self._recolour_timer = QTimer(self, singleShot=True, interval=_RECOLOUR_MS)
        self._recolour_timer.timeout.connect(self._recolour)
        self._filter_timer = QTimer(self, singleShot=True, interval=_FILTER_MS)
        self._filter_timer.timeout.connect(self._show_filtered)
        self.actions_of_chunks = ChunkActions(
            self,
            retry=lambda: self.retry_requested.emit(self._retryable_ids()),
            open_output=lambda: self._emit_single(self.open_output_requested.emit),
            copy=lambda: self._emit_single(self.copy_command_requested.emit),
            failed_only=lambda: self.set_filter(None if self._filter is ChunkState.FAILED else ChunkState.FAILED),
            step_failed=self._step_failed,
            zoom=self.zoom,
        )
        self._accessible: GridAccessible | None = None
        self._order: tuple[int | None, int] = (None, 0)
        install_factory()
        self.setAccessibleName(tr("Chunks"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        KeyboardFrame(self, self.viewport())

    def set_chunks(self, chunks: Sequence[ChunkStatus]) -> None:
        """Show the chunks of another job, in playing order; all of them, and nothing is selected then."""
        self._job = Cells(chunks)
        self.colouring.facts = AttemptFacts()
        self.fit()
        if self._filter is not None:
            self._filter = None
            self.filter_changed.emit(None)
        self._show(self._job, from_top=True)
        self._recolour()

    @property
    def filter(self) -> ChunkState | None:
        """The state of the chunks that are shown; ``None``: all are."""
        return self._filter

    def set_filter(self, state: ChunkState | None) -> None:
        """Show only chunks in one state, as long as they are in it; ``None``: all."""
        self._filter = state
        self._show_filtered(from_top=True)
        self.actions_of_chunks.failed_only.setChecked(state is ChunkState.FAILED)
        self._refresh_actions()
        self.filter_changed.emit(state)

    @property
    def mode(self) -> HeatMode:
        """What colours stand for."""
        return self.colouring.mode

    def set_mode(self, mode: HeatMode) -> None:
        """Let colours stand for something else."""
        self.colouring.mode = mode
        self._recolour()
        if mode.needs_attempts:
            self.attempts_wanted.emit()

    def set_facts(self, facts: AttemptFacts) -> None:
        """Take what attempts tell of the chunks on show."""
        self.colouring.facts = facts
        if self.mode.needs_attempts:
            self._recolour()

    def show_order(self, scout: int | None, total: int) -> None:
        """Mark the chunks that are rendered before the rest.

        Args:
            scout: The order (see ``utils.scouting``).
            total: How many chunks the job has.
        """
        if (scout, total) != self._order:
            self._order = (scout, total)
            self.early = {index: place for place, index in enumerate(early_chunks(total, scout), 1)}
            self.viewport().update()

    def update_chunks(self, chunks: Sequence[ChunkStatus]) -> None:
        """Show newer statuses of chunks at once; the caller decides how often. Ids that are not shown are ignored."""
        touched = self._job.update(chunks)
        if self._filter is not None:
            touched = self.cells.update(chunks)
            self._follow_filter(chunks)
        if self.colouring.scale is not None and touched:
            self.colouring.colour_some(self.cells, touched)
            if not self._recolour_timer.isActive():
                self._recolour_timer.start()
        self.repaint_visible(touched)
        self._refresh_actions()

    def selected_ids(self) -> list[int]:
        """Return the ids of the selected chunks in playing order."""
        return [chunk.id for chunk in self.cells.selected()]

    def first_in(self, state: ChunkState) -> ChunkStatus | None:
        """Return the first chunk of the job in a state, shown or not; ``None`` if there is none."""
        index = self._job.next_in(frozenset({state}), -1, 1)
        return self._job[index] if index >= 0 else None

    def select_chunk(self, chunk_id: int) -> None:
        """Select one chunk and bring it into view; emits ``chunk_selected``. Unknown ids are ignored."""
        self._make_sure_of(chunk_id)
        index = self.cells.index_of(chunk_id)
        if index >= 0:
            self._go_to(index, self.selection.pick)

    def mark_chunk(self, chunk_id: int) -> None:
        """Select one chunk and bring it into view without asking for its log. Unknown ids are ignored."""
        self._make_sure_of(chunk_id)
        index = self.cells.index_of(chunk_id)
        if index >= 0:
            self.selection.pick(index)
            self.scroll_to(index)
            self._selection_changed()

    def make_accessible(self) -> GridAccessible:
        """Create the interface that assistive technology uses for this widget."""
        self._accessible = GridAccessible(self)
        self.destroyed.connect(self._accessible.forget)
        return self._accessible

    def heat_words(self, index: int) -> str:
        """Return what the colour of a cell says that its status does not: a worker, or a cost."""
        scale = self.colouring.scale
        if scale is None or not scale.mode.needs_attempts:
            return ""
        value = scale.value(self.cells[index], 0.0)
        return "" if value is None else value_text(scale.mode, value, scale.facts.worker_names)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not event.modifiers() & _CONTROL:
            super().wheelEvent(event)
            return
        self._wheel += event.angleDelta().y()
        steps = int(self._wheel / _WHEEL_STEP)
        self._wheel -= steps * _WHEEL_STEP
        if steps:
            self.zoom(steps, event.position().toPoint())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton and self._band.move(point):
            self.hover(-1)
            self._refresh_actions()
        else:
            self.hover(self.index_at(point))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        index = self.index_at(point)
        if event.button() is Qt.MouseButton.LeftButton:
            self._band.press(point, adds=bool(event.modifiers() & (_SHIFT | _CONTROL)))
        if index < 0:
            if event.button() is Qt.MouseButton.LeftButton and not event.modifiers():
                self.selection.nothing()
                self._selection_changed()
        elif event.button() is Qt.MouseButton.RightButton:
            if not self.cells.is_selected(index):
                self._go_to(index, self.selection.pick)
        elif event.button() is Qt.MouseButton.LeftButton:
            if event.modifiers() & _SHIFT:
                self._go_to(index, self.selection.extend)
            elif event.modifiers() & _CONTROL:
                self._go_to(index, self.selection.toggle)
            else:
                self._go_to(index, self.selection.pick)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._band.release():
            self._selection_changed()
        event.accept()  # the press has done the rest; nobody behind the grid shall take it for a click

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().toPoint())
        if index >= 0 and event.button() is Qt.MouseButton.LeftButton:
            self.chunk_activated.emit(self.cells[index].id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if not self.cells.count_selected():
            return
        position = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard and self.selection.current >= 0:
            position = self.viewport().mapToGlobal(self.visual_rect(self.selection.current).center())
        self.actions_of_chunks.popup(position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, current = Qt.Key(event.key()), self.selection.current
        if key is Qt.Key.Key_Escape and self._filter is not None:
            self.set_filter(None)
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.selection.everything()
            self._selection_changed()
        elif key in _MOVES and len(self.cells):
            self._move(_MOVES[key], extend=bool(event.modifiers() & _SHIFT))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and current >= 0:
            self.chunk_activated.emit(self.cells[current].id)
        elif key is Qt.Key.Key_Space and current >= 0:
            self._go_to(current, self.selection.toggle if event.modifiers() & _CONTROL else self.selection.pick)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.repaint_cells(self.selection.current)
        if self.selection.current >= 0:
            announce(self, QAccessible.Event.Focus, self.selection.current)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.repaint_cells(self.selection.current)

    def _move(self, move: GridMove, *, extend: bool) -> None:
        current = self.selection.current
        start = move not in (GridMove.HOME, GridMove.END) and current < 0
        target = 0 if start else self.grid_layout.step(max(0, current), move, self.viewport().height())
        self._go_to(target, self.selection.extend if extend else self.selection.pick)

    def _go_to(self, index: int, select: Callable[[int], None]) -> None:
        select(index)
        self.scroll_to(index)
        self._selection_changed()
        announce(self, QAccessible.Event.Focus, index)
        self.chunk_selected.emit(self.cells[index].id)

    def _selection_changed(self) -> None:
        self._refresh_actions()
        self.viewport().update()
        announce(self, QAccessible.Event.SelectionWithin)

    def _show(self, cells: Cells, *, from_top: bool) -> None:
        if self._accessible is not None:
            self._accessible.forget()
        self.show_cells(cells, from_top=from_top)
        self._refresh_actions()
        announce(self, QAccessible.Event.ObjectReorder)

    def _show_filtered(self, *, from_top: bool = False) -> None:
        """Show the chunks that are in the state now; those that were selected and stay are so."""
        self._filter_timer.stop()
        kept = self.selected_ids()
        current = self.cells[self.selection.current].id if self.selection.current >= 0 else -1
        self._job.select_all(selected=False)
        cells = self._job if self._filter is None else self._job.only(frozenset({self._filter}))
        cells.select_ids(kept)
        if self._filter is not None and not len(cells):
            self.empty_text = tr("No chunk is {state}", state=state_style(self._filter).word)
        self._show(cells, from_top=from_top)
        index = self.cells.index_of(current)
        self.selection.place(index, index)
        if index >= 0 and from_top:
            self.scroll_to(index)
        self._recolour()

    def _follow_filter(self, chunks: Sequence[ChunkStatus]) -> None:
        """Filter anew when chunks have come into the state or left it; with very many chunks not each time."""
        shown = self.cells.index_of
        if not any((chunk.state is self._filter) != (shown(chunk.id) >= 0) for chunk in chunks):
            return
        if len(self._job) <= _AT_ONCE:
            self._show_filtered()
        elif not self._filter_timer.isActive():
            self._filter_timer.start()

    def _make_sure_of(self, chunk_id: int) -> None:
        """Show all chunks if the one that somebody goes to is not among those that are shown."""
        if self._filter is not None and self.cells.index_of(chunk_id) < 0 <= self._job.index_of(chunk_id):
            self.set_filter(None)

    def _recolour(self) -> None:
        before = self.colouring.scale
        self.recolour(self._job)
        if before is not None or self.colouring.scale is not None:
            self.scale_changed.emit(self.colouring.scale)

    def _step_failed(self, step: int) -> None:
        """Go to the next failed chunk, or from the last to the first."""
        current = self.selection.current
        index = self.cells.next_in(_FAILED, current, step) if current >= 0 or step > 0 else -1
        if index < 0:
            index = self.cells.next_in(_FAILED, -1 if step > 0 else len(self.cells), step)
        if index >= 0:
            self._go_to(index, self.selection.pick)

    def _refresh_actions(self) -> None:
        count = self.cells.count_selected
        selected = count()
        incomplete, done = (count(_TROUBLED), count(_DONE)) if selected else (0, 0)
        self.actions_of_chunks.refresh(selected, incomplete, done, self._job.count(_FAILED))

    def _retryable_ids(self) -> list[int]:
        """Return the ids to retry: of unfinished chunks, and of finished ones only if no other is selected."""
        states = _TROUBLED if self.cells.count_selected(_TROUBLED) else _DONE
        return [chunk.id for chunk in self.cells.selected() if chunk.state in states]

    def _emit_single(self, emit: Callable[[int], None]) -> None:
        ids = self.selected_ids()
        if len(ids) == 1:
            emit(ids[0])
