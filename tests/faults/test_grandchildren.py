"""Cancelling, pausing for good and closing leave nothing running, whatever the chunks started."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from helios_gui.types import ChunkState, ExecutionPolicy, JobExecutionOptions, JobState
from tests.support.jobs import job_in, open_manager, text_job, until
from tests.support.process_list import processes_in

# Starts a child that starts a grandchild; a child in a session of its own whose parent ends at once (a daemon); one
# that ignores SIGTERM. Then renders for ever.
FAMILY = """
import os, signal, subprocess, sys, time
SLEEP = "import time; time.sleep(600)"
IGNORE = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True)"
NESTED = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-S', '-c', {SLEEP!r}]); time.sleep(600)"
DAEMON = f"import subprocess, sys; subprocess.Popen([sys.executable, '-S', '-c', {SLEEP!r}], start_new_session=True)"
run = [sys.executable, '-S', '-c']
subprocess.Popen([*run, NESTED])
subprocess.Popen([*run, NESTED], start_new_session=True)
subprocess.run([*run, DAEMON], start_new_session=True)
subprocess.Popen([*run, IGNORE + '; time.sleep(600)'], stdout=subprocess.PIPE).stdout.readline()
open('started-' + sys.argv[2], 'w').close()
time.sleep(600)
"""
PER_CHUNK = 7  # itself, two nests of two, the daemon, the stubborn one


@pytest.mark.parametrize("end", ["cancel", "delete", "close"])
async def test_no_process_is_left(tmp_path: Path, end: str) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path, ExecutionPolicy(concurrency=2), grace=0.3) as manager:
        job_id = await manager.submit_job(text_job(3, FAMILY), JobExecutionOptions(job_dir=work))
        await until(lambda: (work / "started-0").exists() and (work / "started-1").exists())
        await until(lambda: len(processes_in(work)) == 2 * PER_CHUNK)
        if end == "cancel":
            await manager.cancel_job(job_id)
            assert job_in(manager, job_id).state is JobState.CANCELLED
            assert job_in(manager, job_id).counts == {ChunkState.CANCELLED: 3}
        elif end == "delete":
            await manager.delete_job(job_id)
        if end != "close":
            assert processes_in(work) == []
    assert processes_in(work) == []
    assert not (work / ".helios").exists()


@pytest.mark.parametrize("environment", ["", "env={}, "], ids=["its environment", "no environment"])
async def test_what_a_finished_chunk_left_in_the_background_is_ended_with_the_job(
    tmp_path: Path, environment: str
) -> None:
    if environment and sys.platform != "linux":
        pytest.skip("only Linux lets a mark be inherited that is not in the environment")
    daemon = "import subprocess,sys\nsubprocess.Popen([sys.executable,'-S','-c','import time;time.sleep(600)'],"
    daemon += environment + "start_new_session=True)\nopen(sys.argv[1],'w').write('made')"
    work = tmp_path / "work"
    work.mkdir()
    async with open_manager(tmp_path, grace=0.3) as manager:
        job_id = await manager.submit_job(text_job(2, daemon), JobExecutionOptions(job_dir=work))
        assert (await manager.wait_job(job_id)).state is JobState.COMPLETED
        assert processes_in(work) == []
