"""The per-chunk progress grid: every chunk of a job at a glance, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QContextMenuEvent, QFocusEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QWidget

from helios_gui.translation import tr
from helios_gui.types import ChunkState, ChunkStatus
from helios_gui.ui.chunks.accessible import GridAccessible, announce, install_factory
from helios_gui.ui.chunks.actions import ChunkActions
from helios_gui.ui.chunks.cells import Cells
from helios_gui.ui.chunks.layout import Move
from helios_gui.ui.chunks.view import CellView
from helios_gui.ui.qt_runtime.guard import guarded

_MOVES = {
    Qt.Key.Key_Left: Move.LEFT,
    Qt.Key.Key_Right: Move.RIGHT,
    Qt.Key.Key_Up: Move.UP,
    Qt.Key.Key_Down: Move.DOWN,
    Qt.Key.Key_PageUp: Move.PAGE_UP,
    Qt.Key.Key_PageDown: Move.PAGE_DOWN,
    Qt.Key.Key_Home: Move.HOME,
    Qt.Key.Key_End: Move.END,
}
_TROUBLED = frozenset({ChunkState.FAILED, ChunkState.CANCELLED, ChunkState.UNKNOWN})
_DONE = frozenset({ChunkState.COMPLETED})
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

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.empty_text = tr("Select a job to see its chunks")
        self.actions_of_chunks = ChunkActions(
            self,
            retry=lambda: self.retry_requested.emit(self._retryable_ids()),
            open_output=lambda: self._emit_single(self.open_output_requested.emit),
            copy=lambda: self._emit_single(self.copy_command_requested.emit),
        )
        self._accessible: GridAccessible | None = None
        install_factory()
        self.setAccessibleName(tr("Chunks"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def set_chunks(self, chunks: Sequence[ChunkStatus]) -> None:
        """Show the chunks of another job, in playing order; nothing is selected then."""
        if self._accessible is not None:
            self._accessible.forget()
        self.show_cells(Cells(chunks))
        self._refresh_actions()
        announce(self, QAccessible.Event.ObjectReorder)

    def update_chunks(self, chunks: Sequence[ChunkStatus]) -> None:
        """Show newer statuses of chunks at once; the caller decides how often. Ids that are not shown are ignored."""
        self.repaint_visible(self.cells.update(chunks))
        self._refresh_actions()

    def clear(self, text: str | None = None) -> None:
        """Show no chunks, and ``text`` (else the last one) in their place."""
        if text is not None:
            self.empty_text = text
        self.set_chunks(())

    def selected_ids(self) -> list[int]:
        """Ids of the selected chunks in playing order."""
        return [chunk.id for chunk in self.cells.selected()]

    def select_chunk(self, chunk_id: int) -> None:
        """Select one chunk and bring it into view; emits ``chunk_selected``. Unknown ids are ignored."""
        index = self.cells.index_of(chunk_id)
        if index >= 0:
            self._go_to(index, self.selection.pick)

    def mark_chunk(self, chunk_id: int) -> None:
        """Select one chunk and bring it into view without asking for its log. Unknown ids are ignored."""
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

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.hover(self.index_at(event.position().toPoint()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.index_at(event.position().toPoint())
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
        event.accept()  # the press has done it all; nobody behind the grid shall take it for a click

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
        if event.matches(QKeySequence.StandardKey.SelectAll):
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

    def _move(self, move: Move, *, extend: bool) -> None:
        current = self.selection.current
        start = move not in (Move.HOME, Move.END) and current < 0
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

    def _refresh_actions(self) -> None:
        count = self.cells.count_selected
        self.actions_of_chunks.refresh(count(), count(_TROUBLED), count(_DONE))

    def _retryable_ids(self) -> list[int]:
        """Return the ids to retry: of unfinished chunks, and of finished ones only if no other is selected."""
        states = _TROUBLED if self.cells.count_selected(_TROUBLED) else _DONE
        return [chunk.id for chunk in self.cells.selected() if chunk.state in states]

    def _emit_single(self, emit: Callable[[int], None]) -> None:
        ids = self.selected_ids()
        if len(ids) == 1:
            emit(ids[0])
