"""A queue of 10,000 jobs beside an empty PySide6 window, in this process: opening, filtering, scrolling, updates.

Then one and 500 of them are changed in the real window, with the real engine and its journal. Beside what that takes,
all threads together, stands the longest hitch: how long the window did not react, in processor time of its thread.

Run it with ``python tests/benchmarks/bench_queue.py``. Milliseconds are processor time of this process, so that other
programs do not count; the ratios say how a figure compares with showing an empty window of this Qt.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.engine import Engine, open_engine
from helios_gui.types import (
    ChunkState,
    JobAdded,
    JobChanged,
    JobExecutionOptions,
    JobMetadata,
    JobSpec,
    JobState,
    JobSummary,
    Priority,
    RenderChunk,
    Standing,
)
from helios_gui.ui.bridge import INTERVAL
from helios_gui.ui.main_window import MainWindow
from helios_gui.ui.qt_runtime.event_loop import make_loop
from helios_gui.ui.queue.actions import JobAction
from helios_gui.ui.queue.columns import Column
from helios_gui.ui.queue.panel import QueuePanel
from helios_gui.ui.theme import theme
from helios_gui.utils.folders import AppFolders

JOBS = 10_000
CHANGED = 500
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
    with asyncio.Runner(loop_factory=lambda: make_loop(app)) as runner, tempfile.TemporaryDirectory() as folder:
        runner.run(change_many(Path(folder)))


class Hitches:
    """Measures, while it is the context, how long the event loop is kept from its next turn at most."""

    def __init__(self) -> None:
        self.longest = 0.0
        """In milliseconds of processor time."""
        self._last = 0.0
        self._timer = QTimer(interval=1, timeout=self._look)

    def __enter__(self) -> Hitches:
        self.longest, self._last = 0.0, time.thread_time()
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._look()
        self._timer.stop()

    def _look(self) -> None:
        now = time.thread_time()
        self.longest = max(self.longest, (now - self._last) * 1000)
        self._last = now


async def change_many(folder: Path) -> None:
    """Print what it takes to change jobs among 10,000, until the journal has it and the window shows it."""
    folders = AppFolders.at(folder / "home")
    async with open_engine(folders) as engine:
        for first in range(0, JOBS, CHANGED):
            added = (add_job(engine, folder, place) for place in range(first, first + CHANGED))
            await asyncio.gather(*added)
        engine.profiles.save([LocalProfile(name="Local"), LocalProfile(name="Night")], "Local")
    started = time.process_time()
    async with open_engine(folders) as engine:
        print(f"the engine opens it         {(time.process_time() - started) * 1000:8.1f} ms")
        window = MainWindow(engine)
        window.frame.show()
        everything = [job.id for job in engine.manager.list_jobs()]
        actions, commands = window.queue.actions_of_jobs, window.queue_commands
        changes: dict[str, Callable[[], object]] = {
            "get a priority": lambda: commands.set_priority(Priority.HIGH),
            "get a profile": lambda: actions.profile_chosen.emit("Night"),
            "get a group": lambda: commands.set_group("Trailer"),
            "leave their group": lambda: commands.set_group(""),
            "move to the top": lambda: actions[JobAction.MOVE_TOP].trigger(),
            "move down": lambda: actions[JobAction.MOVE_DOWN].trigger(),
            "are cancelled": lambda: actions[JobAction.CANCEL].trigger(),
            "are removed": lambda: actions[JobAction.REMOVE].trigger(),
            "come back": lambda: window.actions_of_window.undo_remove.trigger(),
            "finish and stop": lambda: window.commands.finish_and_stop(),
        }
        await settled(window)
        some = [JobChanged(job) for job in window.queue.model.jobs()[:10]]
        batch = median(lambda: timed(lambda: window._take_events(list(some))))
        print(f"a batch, in the whole window{batch:7.1f} ms")
        for chosen in ([everything[JOBS // 2]], everything[1 :: JOBS // CHANGED]):
            for name, change in changes.items():
                window.queue.select_all(chosen)
                await settled(window)
                title = f"of 1: {name}" if len(chosen) == 1 else f"{len(chosen)} jobs {name}"
                print(f"{title:27} {await measured(window, change)}")
        await window.shut_down()
        window.frame.deleteLater()


async def measured(window: MainWindow, change: Callable[[], object]) -> str:
    """Return what a change takes until all of it is written and shown."""
    batches: list[int] = []
    counting = window.bridge.events.connect(lambda events: batches.append(len(events)))
    started, hitches = time.process_time(), Hitches()
    with hitches:
        change()
        await settled(window)
    milliseconds = (time.process_time() - started) * 1000
    window.bridge.events.disconnect(counting)
    return f"{milliseconds:8.1f} ms   (longest hitch: {hitches.longest:.1f} ms; shown in {len(batches)} batches)"


async def add_job(engine: Engine, folder: Path, place: int) -> str:
    """Add a job of four chunks that waits to be started."""
    chunks = tuple(
        RenderChunk(
            id=number, start_frame=number, frame_count=1, output_file=f"{place}/{number}.txt", command="renderer"
        )
        for number in range(4)
    )
    metadata = JobMetadata(total_frames=4, fps=25, width=64, height=36)
    spec = JobSpec(name=f"Shot {place:05}", metadata=metadata, chunks=chunks, output_file=f"{place}.mp4")
    return await engine.manager.submit_job(spec, JobExecutionOptions(job_dir=folder), start=False)


async def settled(window: MainWindow) -> None:
    """Wait until no command is under way, and all that happened is written and shown."""
    while True:
        while window.bridge._tasks:
            await asyncio.wait(window.bridge._tasks)
        await window.engine.manager._journal.flushed()
        await asyncio.sleep(3 * INTERVAL / 1000)
        if not window.bridge._tasks and not window.bridge._waiting:
            return


if __name__ == "__main__":
    main()
