"""2,000 no-op chunks through the whole engine with the window open, beside bare subprocesses on the same loop.

Run it by name: ``pytest -s tests/benchmarks/bench_engine.py``. The machine's speed drifts, so both are measured in
turns and compared pair by pair. Ratios are asserted, no absolute rate is.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from helios_gui.engine import open_engine
from helios_gui.types import ChunkState, JobExecutionOptions, JobMetadata, JobSpec, JobState, RenderChunk
from helios_gui.ui.main_window import MainWindow
from helios_gui.utils.folders import AppFolders

CHUNKS = 2000
CONCURRENCY = 4
ROUNDS = 5
PROBE = 0.001
RATE_FLOOR = 0.75
LAG_CEILING_MS = 16.0
MEMORY_CEILING_MB = 250

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(900),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


def no_op_job(folder: Path) -> JobSpec:
    """Chunks that do nothing but leave the output a chunk must leave."""
    (folder / "nothing").write_text("x")
    chunks = tuple(
        RenderChunk(
            id=index,
            start_frame=index,
            frame_count=1,
            output_file=f"part_{index}.txt",
            command=f"/bin/cp nothing part_{index}.txt",
        )
        for index in range(CHUNKS)
    )
    metadata = JobMetadata(total_frames=CHUNKS, fps=30, width=64, height=36)
    return JobSpec(name="2,000 no-ops", metadata=metadata, chunks=chunks)


async def bare(folder: Path) -> None:
    """The same processes with nothing around them."""
    left = iter(range(CHUNKS))

    async def lane() -> None:
        for index in left:
            process = await asyncio.create_subprocess_exec(
                "/bin/cp", "nothing", f"part_{index}.txt", cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            await process.communicate()

    await asyncio.gather(*(lane() for _ in range(CONCURRENCY)))


async def rate(work: Callable[[], Awaitable[None]], lags: list[float]) -> float:
    """Chunks per second, and how late a 1 ms sleep came back meanwhile (ms)."""
    done = asyncio.Event()

    async def probe() -> None:
        while not done.is_set():
            before = time.perf_counter()
            await asyncio.sleep(PROBE)
            lags.append((time.perf_counter() - before - PROBE) * 1000)

    prober = asyncio.create_task(probe())
    started = time.perf_counter()
    await work()
    elapsed = time.perf_counter() - started
    done.set()
    await prober
    return CHUNKS / elapsed


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]


@pytest.mark.usefixtures("app_threads")
async def test_the_engine_keeps_up_with_bare_processes(qapp: QApplication, memory_path: Path) -> None:
    ratios: list[float] = []
    lags: list[float] = []
    bare_lags: list[float] = []
    async with open_engine(AppFolders.at(memory_path / "app")) as engine:
        window = MainWindow(engine)
        window.frame.show()
        for number in range(ROUNDS):
            folder = memory_path / f"round{number}"
            folder.mkdir()
            spec = no_op_job(folder)

            async def through_the_engine(spec: JobSpec = spec, folder: Path = folder) -> None:
                options = JobExecutionOptions(job_dir=folder, concurrency=CONCURRENCY)
                job_id = await engine.manager.submit_job(spec, options)
                window.queue.select(job_id)
                summary = await engine.manager.wait_job(job_id)
                assert summary.state is JobState.COMPLETED
                assert summary.counts == {ChunkState.COMPLETED: CHUNKS}

            ours = await rate(through_the_engine, lags)
            theirs = await rate(lambda folder=folder: bare(folder), bare_lags)
            ratios.append(ours / theirs)
            print(f"\n  engine {ours:5.0f}/s, bare {theirs:5.0f}/s, ratio {ours / theirs:.2f}", end="")
        memory = psutil.Process().memory_info().rss / 2**20
        window.closed.set()
        await window.shut_down()
        window.frame.deleteLater()
    ratio, lag = statistics.median(ratios), percentile(lags, 0.99)
    print(
        f"\n  rate against bare create_subprocess_exec: {ratio:.2f} (at least {RATE_FLOOR}), "
        f"p99 loop lag {lag:.1f} ms (bare {percentile(bare_lags, 0.99):.1f} ms), memory {memory:.0f} MB"
    )
    assert ratio >= RATE_FLOOR
    assert lag < LAG_CEILING_MS
    assert memory < MEMORY_CEILING_MB
