"""What a day of 500 jobs leaves in memory: the window stays open while jobs are added, rendered and removed.

Run it by name: ``pytest -s tests/benchmarks/bench_memory.py``. The first jobs load what is loaded once; the growth of
those after them is asserted.
"""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QApplication

from helios_gui.engine import Engine, open_engine
from helios_gui.types import JobExecutionOptions, JobMetadata, JobSpec, RenderChunk
from helios_gui.ui.main_window import MainWindow
from helios_gui.utils.folders import AppFolders

JOBS = 500
WARM_UP = 100
BATCH = 20
KEPT = 20
"""Jobs that a tidy person leaves in the queue."""
CHUNKS = 8
CEILING_KB_PER_JOB = 25.0

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(1800),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


def job(number: int) -> JobSpec:
    chunks = tuple(
        RenderChunk(
            id=chunk, start_frame=chunk, frame_count=1, output_file=f"{chunk}.txt", command=f"cp source.txt {chunk}.txt"
        )
        for chunk in range(CHUNKS)
    )
    metadata = JobMetadata(total_frames=CHUNKS, fps=25, width=64, height=36)
    return JobSpec(name=f"Job {number}", metadata=metadata, chunks=chunks, output_file="film.mp4")


async def render(engine: Engine, window: MainWindow, folder: Path, number: int) -> None:
    """Render one batch, look at each job, and remove the oldest."""
    ids = []
    for place in range(number, number + BATCH):
        job_dir = folder / str(place)
        job_dir.mkdir()
        (job_dir / "source.txt").write_text("frame")
        ids.append(await engine.manager.submit_job(job(place), JobExecutionOptions(job_dir=job_dir, merge=False)))
    while not all(one.state.is_finished for one in engine.manager.list_jobs()):
        await asyncio.sleep(0.05)
    for job_id in ids:
        window.queue.select(job_id)
        await asyncio.sleep(0.02)
    jobs = engine.manager.list_jobs()
    for old in sorted(jobs, key=lambda one: one.added_at)[: max(0, len(jobs) - KEPT)]:
        await engine.manager.delete_job(old.id)


def memory() -> int:
    """Return the memory of this process in bytes, after what is not used any more was collected."""
    gc.collect()
    return int(psutil.Process().memory_full_info().uss)


async def test_a_day_of_jobs_leaves_memory_flat(qapp: QApplication, tmp_path: Path) -> None:
    async with open_engine(AppFolders.at(tmp_path / "home")) as engine:
        window = MainWindow(engine)
        window.frame.show()
        course = []
        try:
            for number in range(0, JOBS, BATCH):
                await render(engine, window, tmp_path, number)
                await asyncio.sleep(0.2)
                course.append((number + BATCH, memory()))
        finally:
            await window.shut_down()
            window.frame.deleteLater()
    before = next(size for jobs, size in course if jobs >= WARM_UP)
    last = course[-1][1]
    growth = (last - before) / 1024 / (JOBS - WARM_UP)
    print(f"\n{JOBS} jobs of {CHUNKS} chunks, {KEPT} kept in the queue")
    print("  MB after jobs: " + "  ".join(f"{jobs}: {size / 1e6:.1f}" for jobs, size in course[::4] + course[-1:]))
    print(f"  growth after the first {WARM_UP}: {growth:.1f} kB a job")
    assert growth <= CEILING_KB_PER_JOB
