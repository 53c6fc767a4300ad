"""What a window costs that stands open with a finished queue, beside an empty PySide6 window.

Run it by name: ``pytest -s tests/benchmarks/bench_idle.py``. The share of a core is asserted: it does not depend on how
fast the machine is while nothing happens.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMainWindow

from helios_gui.engine import open_engine
from helios_gui.types import JobExecutionOptions, JobMetadata, JobSpec, JobState, RenderChunk
from helios_gui.ui.main_window import MainWindow
from helios_gui.utils.folders import AppFolders

JOBS = 50
SETTLE = 5.0
SECONDS = 20.0
CEILING = 0.003

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.timeout(600),
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),
]


async def share_of_a_core() -> float:
    """Return the processor time of this process while nothing happens, as a share of the time that passes."""
    await asyncio.sleep(SETTLE)
    started, used = time.monotonic(), time.process_time()
    await asyncio.sleep(SECONDS)
    return (time.process_time() - used) / (time.monotonic() - started)


def job(number: int) -> JobSpec:
    chunks = tuple(
        RenderChunk(id=chunk, start_frame=chunk, frame_count=1, output_file=f"{number}-{chunk}.txt", command="true")
        for chunk in range(4)
    )
    metadata = JobMetadata(total_frames=4, fps=25, width=64, height=36)
    return JobSpec(name=f"Job {number}", metadata=metadata, chunks=chunks, output_file=f"{number}.mp4")


async def test_a_finished_queue_costs_nothing(qapp: QApplication, tmp_path: Path) -> None:
    qapp.setQuitOnLastWindowClosed(False)
    empty_window = QMainWindow()
    empty_window.show()
    empty = await share_of_a_core()
    empty_window.close()
    empty_window.deleteLater()
    async with open_engine(AppFolders.at(tmp_path / "home")) as engine:
        options = JobExecutionOptions(profile="Local", job_dir=tmp_path, merge=False, retries=0)
        for number in range(JOBS):
            await engine.manager.submit_job(job(number), options)
        while not all(job.state.is_finished for job in engine.manager.list_jobs()):
            await asyncio.sleep(0.2)
        assert {job.state for job in engine.manager.list_jobs()} <= {JobState.COMPLETED, JobState.FAILED}
        window = MainWindow(engine)
        window.frame.show()
        window.queue.select(engine.manager.list_jobs()[0].id)
        try:
            ours = await share_of_a_core()
        finally:
            await window.shut_down()
            window.frame.deleteLater()
    print(f"\nidle for {SECONDS:.0f} s: empty window {empty:.3%} of a core, Helios with {JOBS} jobs {ours:.3%}")
    assert ours <= max(CEILING, 2 * empty)
