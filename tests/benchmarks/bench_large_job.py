"""A job of 100,000 chunks: how soon it is on show, and how the window keeps up with 1,000 changes a second.

Run it by name: ``pytest -s tests/benchmarks/bench_large_job.py``. The job is read from a real journal with 10,000
attempts in it; while chunks change, the timeline of those attempts is the open tab. Opening is compared with the time
that an empty PySide6 window takes to start in the same run.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from helios_gui.engine import open_engine
from helios_gui.types import (
    ChunkChanged,
    ChunkState,
    ChunkStatus,
    JobExecutionOptions,
    JobMetadata,
    JobSpec,
    RenderChunk,
)
from helios_gui.ui.main_window import MainWindow
from helios_gui.utils.folders import AppFolders
from tests.benchmarks.bench_start import EMPTY, paints
from tests.support.waiting import eventually

CHUNKS = 100_000
ATTEMPTS = 10_000
UPDATES_PER_SECOND = 1_000
SECONDS = 8.0
PROBE = 0.002
COLUMNS = (
    "id, job_id, chunk_id, number, state, started_at, finished_at, exit_code, cause, log_path, profile, frames, seconds"
)
OPEN_CEILING = 0.3
LAG_CEILING_MS = 16.0

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(900),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


def job() -> JobSpec:
    chunks = tuple(
        RenderChunk(id=number, start_frame=number, frame_count=1, output_file=f"{number}.mov", command="true")
        for number in range(CHUNKS)
    )
    metadata = JobMetadata(total_frames=CHUNKS, fps=25, width=64, height=36)
    return JobSpec(name="Large", metadata=metadata, chunks=chunks, output_file="large.mp4")


def add_attempts(journal: Path, job_id: str) -> None:
    """Write attempts as 50 workers leave them, each a few seconds long."""
    rows = [
        (f"a{n}", job_id, n, 1, "completed", 1e9 + n // 50 * 4, 1e9 + n // 50 * 4 + 3, 0, "", "log", "Local", 1, 3.0)
        for n in range(ATTEMPTS)
    ]
    with sqlite3.connect(journal) as database:
        database.executemany(f"INSERT INTO attempts ({COLUMNS}) VALUES ({','.join('?' * 13)})", rows)
    database.close()


async def lag_of(window: MainWindow | None, job_id: str) -> tuple[float, float]:
    """Return two 99th percentiles in milliseconds while chunks change: how late the loop is, and why.

    The second is the processor time of the window's thread in one turn, which other programs have no part in.
    """
    chance = random.Random(5)
    lags: list[float] = []
    busy: list[float] = []
    started, fed = time.monotonic(), 0
    while (elapsed := time.monotonic() - started) < SECONDS:
        due = int(elapsed * UPDATES_PER_SECOND) - fed
        if window is not None and due >= UPDATES_PER_SECOND // 100:
            window.bridge._gather([ChunkChanged(job_id, changed(chance)) for _ in range(due)])
            fed += due
        before, used = time.monotonic(), time.thread_time()
        await asyncio.sleep(PROBE)
        lags.append(time.monotonic() - before - PROBE)
        busy.append(time.thread_time() - used)
    return percentile(lags), percentile(busy)


def percentile(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.99)] * 1000


def changed(chance: random.Random) -> ChunkStatus:
    number = chance.randrange(CHUNKS)
    state = chance.choice((ChunkState.RUNNING, ChunkState.COMPLETED, ChunkState.FAILED))
    return replace(ChunkStatus(number, number, number, 1, ChunkState.PENDING), state=state)


@pytest.mark.usefixtures("app_threads")
async def test_a_large_job_opens_soon_and_stays_smooth(qapp: QApplication, tmp_path: Path) -> None:
    folders = AppFolders.at(tmp_path / "home")
    async with open_engine(folders) as engine:
        job_id = await engine.manager.submit_job(job(), JobExecutionOptions(job_dir=tmp_path), start=False)
        small = job().model_copy(update={"name": "Small", "chunks": job().chunks[:3], "output_file": "small.mp4"})
        small_id = await engine.manager.submit_job(small, JobExecutionOptions(job_dir=tmp_path), start=False)
    add_attempts(folders.journal, job_id)
    empty = min(paints(EMPTY, tmp_path)[0] for _ in range(3))
    async with open_engine(folders) as engine:
        window = MainWindow(engine)
        window.frame.resize(1280, 800)
        window.frame.show()
        view = window.job_view
        times = []
        for _ in range(5):
            window.queue.select(small_id)
            await eventually(lambda: len(view.grid.cells) == 3)
            await asyncio.sleep(0.3)
            started = time.monotonic()
            window.queue.select(job_id)
            while len(view.grid.cells) != CHUNKS:
                await asyncio.sleep(0)
            view.repaint()
            times.append(time.monotonic() - started)
        await asyncio.sleep(2)
        idle, _ = await lag_of(None, job_id)
        lags: dict[str, tuple[float, float]] = {}
        for place in range(view.tabs.count()):
            view.tabs.setCurrentIndex(place)
            await asyncio.sleep(2)
            lags[view.tabs.tabText(place)] = await lag_of(window, job_id)
        await window.shut_down()
        window.frame.deleteLater()
    print(f"\n{CHUNKS:,} chunks, {ATTEMPTS:,} attempts")
    print(f"  opens for the first time in {times[0] * 1000:.0f} ms, again in {min(times[1:]) * 1000:.0f} ms")
    print(f"  an empty window starts in {empty * 1000:.0f} ms: ratio {times[0] / empty:.2f}")
    print(f"  p99 loop lag: {idle:.1f} ms with nothing to do; at {UPDATES_PER_SECOND:,} changes/s, by open tab:")
    for tab, (lag, busy) in lags.items():
        print(f"    {tab:10} {lag:.1f} ms, of which the window's own thread works {busy:.1f} ms")
    assert times[0] <= max(OPEN_CEILING, empty)
    assert max(busy for _, busy in lags.values()) <= LAG_CEILING_MS
    assert max(lag for lag, _ in lags.values()) - idle <= LAG_CEILING_MS
