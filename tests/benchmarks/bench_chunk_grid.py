"""What the chunk grid costs with 100,000 cells and 1,000 updates a second, beside a QListView with the same data.

Both get their updates as the window's widgets do: through the bridge, which decides the cadence.

Run it by name: ``pytest -s tests/benchmarks/bench_chunk_grid.py``. Ratios are printed, no absolute time is asserted.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pytest
from PySide6.QtCore import QAbstractListModel, QModelIndex, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from helios_gui.types import ChunkChanged, ChunkState, ChunkStatus, Event
from helios_gui.ui.bridge import EngineBridge
from helios_gui.ui.chunks.grid import ChunkGrid
from helios_gui.ui.chunks.palette import CellColours, cell_colours
from helios_gui.ui.qt_runtime.deletion import delete_later
from helios_gui.ui.theme import ThemeMode, theme

CELLS = 100_000
UPDATES_PER_SECOND = 1000
BATCHES_PER_SECOND = 100
SECONDS = 4.0
FRAMES = 38
PROBE = 0.002

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(300),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


class ChunkModel(QAbstractListModel):
    """The same chunks, told the way item views want it."""

    def __init__(self, chunks: Sequence[ChunkStatus]) -> None:
        super().__init__()
        self.chunks = list(chunks)

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return len(self.chunks)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> ChunkStatus | None:
        return self.chunks[index.row()] if role == Qt.ItemDataRole.UserRole else None

    def update_chunks(self, chunks: Sequence[ChunkStatus]) -> None:
        for chunk in chunks:
            self.chunks[chunk.index] = chunk
            place = self.index(chunk.index)
            self.dataChanged.emit(place, place)


class CellDelegate(QStyledItemDelegate):
    """One square in the colour of the state."""

    def __init__(self) -> None:
        super().__init__()
        self._colours: dict[ChunkState, CellColours] = {state: cell_colours(state) for state in ChunkState}

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        chunk = index.data(Qt.ItemDataRole.UserRole)
        painter.fillRect(option.rect, self._colours[chunk.state].shade(chunk.progress))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(6, 6)


@dataclass
class Cost:
    """CPU as a share of one core, loop lag in milliseconds."""

    cpu: float
    lag_p99: float

    def __str__(self) -> str:
        return f"{self.cpu:6.1%} of a core, p99 loop lag {self.lag_p99:6.1f} ms"


class Engine:
    """The engine's side of the bridge, which decides how often the window hears of changes."""

    def __init__(self) -> None:
        self.send: Callable[[Sequence[Event]], None] = lambda _events: None

    def subscribe(self, callback: Callable[[Sequence[Event]], None]) -> Callable[[], None]:
        self.send = callback
        return lambda: None


async def measure(update: Callable[[Sequence[ChunkStatus]], None]) -> Cost:
    """Feed updates among the first 5,000 chunks, which can be seen, and the others, which cannot."""
    engine = Engine()
    bridge = EngineBridge(engine)
    bridge.events.connect(lambda events: update([event.chunk for event in events]))
    try:
        return await measure_feeding(lambda chunks: engine.send([ChunkChanged("job", chunk) for chunk in chunks]))
    finally:
        await bridge.close()
        delete_later(bridge)


async def measure_feeding(feed: Callable[[Sequence[ChunkStatus]], None]) -> Cost:
    """Call ``feed`` with changes for ``SECONDS``."""
    chance = random.Random(5)
    lags: list[float] = []
    started, cpu = time.monotonic(), time.process_time()
    fed = 0
    while (elapsed := time.monotonic() - started) < SECONDS:
        due = int(elapsed * UPDATES_PER_SECOND) - fed
        if due >= UPDATES_PER_SECOND // BATCHES_PER_SECOND:
            feed([changed(chance.randrange(5000 if number % 2 else CELLS), chance) for number in range(due)])
            fed += due
        before = time.monotonic()
        await asyncio.sleep(PROBE)
        lags.append(time.monotonic() - before - PROBE)
    lags.sort()
    return Cost((time.process_time() - cpu) / (time.monotonic() - started), lags[int(len(lags) * 0.99)] * 1000)


def changed(index: int, chance: random.Random) -> ChunkStatus:
    state = chance.choice((ChunkState.RUNNING, ChunkState.COMPLETED, ChunkState.FAILED))
    return replace(pending(index), state=state, frames_done=chance.randrange(FRAMES))


def pending(index: int) -> ChunkStatus:
    return ChunkStatus(index, index, index * FRAMES, FRAMES, ChunkState.PENDING)


def list_view(chunks: Sequence[ChunkStatus]) -> tuple[QListView, ChunkModel, CellDelegate]:
    model, delegate = ChunkModel(chunks), CellDelegate()
    view = QListView()
    view.setFlow(QListView.Flow.LeftToRight)
    view.setWrapping(True)
    view.setUniformItemSizes(True)
    view.setResizeMode(QListView.ResizeMode.Adjust)
    view.setItemDelegate(delegate)
    view.setModel(model)
    return view, model, delegate


async def shown(widget: QWidget) -> None:
    widget.resize(800, 300)
    widget.show()
    await asyncio.sleep(1.0)


async def test_the_grid_costs_a_fraction_of_a_list_view(qapp: QApplication) -> None:
    theme().apply(qapp, ThemeMode.DARK)
    chunks = [pending(index) for index in range(CELLS)]

    def nothing(_chunks: Sequence[ChunkStatus]) -> None:
        """What the loop and the probe cost by themselves."""

    idle = await measure(nothing)

    grid = ChunkGrid()
    before = time.process_time()
    grid.set_chunks(chunks)
    filling = time.process_time() - before
    await shown(grid)
    ours = await measure(grid.update_chunks)
    before = time.process_time()
    grid.selection.everything()
    selecting = time.process_time() - before
    all_selected = await measure(grid.update_chunks)
    grid.close()
    grid.deleteLater()

    view, model, _delegate = list_view(chunks)
    await shown(view)
    theirs = await measure(model.update_chunks)
    view.close()
    view.deleteLater()

    print(f"\n{CELLS:,} cells, {UPDATES_PER_SECOND:,} updates/s")
    print(f"  nothing               {idle}")
    print(f"  ChunkGrid             {ours}")
    print(f"  ChunkGrid, all chosen {all_selected}")
    print(f"  QListView             {theirs}")
    print(f"  CPU     ChunkGrid / QListView = {ours.cpu / theirs.cpu:.2f}")
    print(f"  p99 lag ChunkGrid / QListView = {ours.lag_p99 / theirs.lag_p99:.2f}")
    print(f"  filling the grid takes {filling * 1000:.0f} ms of CPU, selecting all {selecting * 1000:.2f} ms")
    assert ours.cpu < theirs.cpu / 2
    assert all_selected.cpu < theirs.cpu / 2
