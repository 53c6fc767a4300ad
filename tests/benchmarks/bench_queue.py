"""A queue of 10,000 jobs beside an empty PySide6 window, in this process: opening, filtering, scrolling, updates.

Run it with ``python tests/benchmarks/bench_queue.py``. Milliseconds are processor time of this process, so that other
programs do not count; the ratios say how a figure compares with showing an empty window of this Qt.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from helios_gui.types import ChunkState, JobAdded, JobChanged, JobState, JobSummary, Standing
from helios_gui.ui.queue.columns import Column
from helios_gui.ui.queue.panel import QueuePanel
from helios_gui.ui.theme import theme

JOBS = 10_000
REPEATS = 7


def jobs() -> Iterator[JobSummary]:
    """Jobs of all states and several profiles, a fifth of them in groups of twenty."""
    states = list(JobState)
    for place in range(JOBS):
        state = states[place % len(states)]
        yield JobSummary(
            id=f"{place:08x}",
            name=f"Shot {place // 40:03}_{place % 40:02} comp v{place % 7:02}",
            state=state,
            profile=("Local", "studio-aws", "Night")[place % 3],
            job_dir=Path("/jobs") / str(place),
            output=Path("/jobs") / str(place) / "out.mp4",
            frames_total=240,
            chunks_total=24,
            added_at=1_700_000_000.0 + place,
            position=place,
            frames_done=place % 240,
            counts={ChunkState.COMPLETED: place % 24, ChunkState.PENDING: 24 - place % 24},
            standing=Standing(group=f"Sequence {place // 20}") if place % 100 < 20 else Standing(),
        )


def timed(work: Callable[[], object]) -> float:
    """Return how many milliseconds some work takes, until Qt has painted what came of it."""
    start = time.process_time()
    work()
    QApplication.processEvents()
    return (time.process_time() - start) * 1000


def shown(make: Callable[[], QWidget]) -> float:
    """Return how long it takes to make and show a window."""
    windows = []

    def show() -> None:
        window = make()
        windows.append(window)
        window.resize(1280, 800)
        window.show()
        QTest.qWaitForWindowExposed(window)

    milliseconds = timed(show)
    for window in windows:
        window.close()
        window.deleteLater()
    QApplication.processEvents()
    return milliseconds


def median(work: Callable[[], float]) -> float:
    """Return the median of several runs."""
    return statistics.median(work() for _ in range(REPEATS))


def main() -> None:
    """Print the figures."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme().apply(app, "dark")
    queue = list(jobs())
    added = [JobAdded(job) for job in queue]

    def full() -> QWidget:
        panel = QueuePanel()
        panel.apply(added)
        return panel

    shown(QMainWindow)
    empty = median(lambda: shown(QMainWindow))
    opened = median(lambda: shown(full))
    print(f"empty PySide6 window        {empty:8.1f} ms   1.00 x")
    print(f"queue of {JOBS:,} jobs opens {opened:8.1f} ms {opened / empty:6.2f} x")

    panel = QueuePanel()
    panel.apply(added)
    panel.resize(1280, 800)
    panel.show()
    QTest.qWaitForWindowExposed(panel)
    presses: list[float] = []
    for text in ("comp", "shot 12", "studio failed", "v03 night", "nothing like it"):
        for length in range(1, len(text) + 1):
            panel.filter.setText(text[:length])
            presses.append(timed(panel._apply_filter))
    presses.sort()
    middle, worst = statistics.median(presses), presses[int(len(presses) * 0.95)]
    print(f"filter, per key press       {middle:8.1f} ms {middle / empty:6.2f} x   (95 %: {worst:.1f} ms)")
    panel.filter.clear()
    panel._apply_filter()

    bar = panel.view.verticalScrollBar()
    steps = [timed(lambda place=place: bar.setValue(place)) for place in range(0, bar.maximum(), bar.maximum() // 60)]
    print(f"scrolling, per step         {statistics.median(steps):8.1f} ms   (worst: {max(steps):.1f} ms)")

    sorts = [timed(lambda column=column: panel.model.sort(column)) for column in (Column.NAME, Column.PROGRESS, -1)]
    print(f"sorting by a column         {max(sorts):8.1f} ms {max(sorts) / empty:6.2f} x")

    def update(number: int) -> float:
        changed = [JobChanged(replace(queue[place], frames_done=number)) for place in range(0, 1_000, 10)]
        return timed(lambda: panel.apply(changed))

    updates = [update(number) for number in range(30)]
    print(f"100 jobs that progress      {statistics.median(updates):8.1f} ms   (worst: {max(updates):.1f} ms)")
    selected = timed(panel.view.selectAll)
    print(f"all jobs selected           {selected:8.1f} ms {selected / empty:6.2f} x")
    panel.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    panel.close()


if __name__ == "__main__":
    main()
