"""The app is stopped for a while, as when the machine sleeps, or the clock is set: what was rendered counts."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from helios_gui.types import ChunkState, ExecutionPolicy, JobExecutionOptions, JobState
from tests.support.jobs import COUNTED, job_in, open_manager, runs, text_job
from tests.support.process_list import processes_in
from tests.support.waiting import PATIENCE, eventually, wait_until

GATED = "import os,time\nopen('started','w').close()\nwhile not os.path.exists('go'): time.sleep(.01)\n" + COUNTED
TIMEOUT = 3.0
"""Seconds; a stop that is a second longer is no sleep yet, but for those who count shorter ones as such."""
APP = f"""
import asyncio, sys
from pathlib import Path
from helios_gui.types import ExecutionPolicy, JobExecutionOptions
from tests.faults.test_sleep import GATED
from tests.support.jobs import open_manager, text_job

async def main(folder, work):
    async with open_manager(folder, ExecutionPolicy(concurrency=1, retries=0, chunk_timeout={TIMEOUT})) as manager:
        job_id = await manager.submit_job(text_job(1, GATED), JobExecutionOptions(job_dir=work))
        print((await manager.wait_job(job_id)).state.value)

asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP")
def test_a_chunk_that_ended_while_the_app_was_stopped_is_not_late(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    words = [sys.executable, "-c", APP, str(tmp_path), str(work)]
    app = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: (work / "started").exists())
        app.send_signal(signal.SIGSTOP)
        wait_until(lambda: psutil.Process(app.pid).status() == psutil.STATUS_STOPPED)
        wake = time.monotonic() + 1.2 * TIMEOUT
        (work / "go").touch()
        wait_until(lambda: not processes_in(work))
        wait_until(lambda: time.monotonic() > wake)
        app.send_signal(signal.SIGCONT)
        assert app.communicate(timeout=PATIENCE)[0].strip() == "completed"
        assert runs(work) == ["0"]
    finally:
        app.kill()
        app.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGSTOP")
def test_the_time_that_the_machine_sleeps_is_not_the_chunks(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    quick = "from helios_gui.process import awake_time; awake_time._AWAY = 0.5\n"
    words = [sys.executable, "-c", quick + APP, str(tmp_path), str(work)]
    app = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: (work / "started").exists())
        asleep = [psutil.Process(app.pid), *psutil.Process(app.pid).children(recursive=True)]
        for process in asleep:
            process.send_signal(signal.SIGSTOP)
        wait_until(lambda: asleep[0].status() == psutil.STATUS_STOPPED)
        wake = time.monotonic() + 1.2 * TIMEOUT
        wait_until(lambda: time.monotonic() > wake)
        for process in reversed(asleep):
            process.send_signal(signal.SIGCONT)
        (work / "go").touch()
        assert app.communicate(timeout=PATIENCE)[0].strip() == "completed"
        assert runs(work) == ["0"]
    finally:
        for process in processes_in(work):
            process.kill()
        app.kill()
        app.wait()


async def test_a_clock_that_jumps_ends_no_chunk_and_spoils_no_estimate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = time.time
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=1, retries=0, chunk_timeout=PATIENCE)) as manager:
        job_id = await manager.submit_job(text_job(3, GATED), JobExecutionOptions(job_dir=tmp_path))
        await eventually(lambda: (tmp_path / "started").exists())
        for hours in (1, -1):
            monkeypatch.setattr(time, "time", lambda hours=hours: real() + hours * 3600)
            (tmp_path / "go").touch()
            await eventually(lambda: job_in(manager, job_id).counts.get(ChunkState.COMPLETED))
            eta = job_in(manager, job_id).eta
            assert eta is None or 0 <= eta < 120
        summary = await manager.wait_job(job_id)
        assert summary.state is JobState.COMPLETED
        assert runs(tmp_path) == ["0", "1", "2"]
