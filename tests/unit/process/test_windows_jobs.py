"""Job objects of Windows: their data as Windows has it, and on Windows their work."""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
import sys
import uuid
from pathlib import Path

import psutil
import pytest

from helios_gui.process.child_process import ChildProcess, child_environment, start_process
from helios_gui.process.process_trees import end_attempts
from helios_gui.process.windows_jobs import BasicLimits, ExtendedLimits, close_jobs, members_of, process_id_list
from helios_gui.process.work_marks import ATTEMPT_VARIABLE
from tests.support.waiting import wait_until

on_windows = pytest.mark.skipif(sys.platform != "win32", reason="job objects are Windows'")

# Starts a process that has none of the usual traces, says its number, and ends.
DAEMON = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"], env={}, creationflags=8).pid)
"""


@pytest.mark.skipif(sys.maxsize < 2**32, reason="the sizes are those of 64 bit")
def test_the_data_lies_as_windows_reads_it() -> None:
    """The sizes and places are those that the C compiler gives for winnt.h, on x64 and ARM64."""
    assert (ctypes.sizeof(BasicLimits), ctypes.sizeof(ExtendedLimits)) == (64, 144)
    assert (BasicLimits.LimitFlags.offset, BasicLimits.Affinity.offset) == (16, 48)
    assert (ExtendedLimits.IoInfo.offset, ExtendedLimits.ProcessMemoryLimit.offset) == (64, 112)
    ids = process_id_list(5)
    assert (ids.ProcessIdList.offset, ctypes.sizeof(ids)) == (8, 48)


@pytest.mark.skipif(sys.platform == "win32", reason="there they do something")
def test_elsewhere_there_are_none() -> None:
    close_jobs({"attempt"})
    assert members_of({"attempt"}) == set()


@on_windows
async def test_a_daemon_without_traces_ends_with_its_attempt(tmp_path: Path) -> None:
    attempt = uuid.uuid4().hex
    pid = await daemon_of(attempt, tmp_path)
    assert pid in members_of({attempt})
    await end_attempts({attempt}, 0.0)
    assert not psutil.pid_exists(pid)


@on_windows
def test_what_was_started_ends_with_this_program(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys, time; from pathlib import Path; from tests.unit.process.test_windows_jobs import *;"
        "print(asyncio.run(daemon_of('a', Path(sys.argv[1]))), flush=True); time.sleep(600)"
    )
    app = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert app.stdout is not None
    pid = int(app.stdout.readline())
    assert psutil.pid_exists(pid)
    app.kill()
    app.wait()
    wait_until(lambda: not psutil.pid_exists(pid))


async def daemon_of(attempt: str, folder: Path) -> int:
    """Start a daemon as a part of the attempt; return its process number."""
    environment = child_environment(os.environ, {ATTEMPT_VARIABLE: attempt})
    with (folder / "log").open("wb") as log:
        words = [sys.executable, "-S", "-c", DAEMON]
        leader = ChildProcess(start_process(words, folder=folder, environment=environment, output=log.fileno()))
    assert await asyncio.wait_for(leader.wait(), 60) == 0
    return int((folder / "log").read_text())
