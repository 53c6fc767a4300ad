"""Renderers, and all they start, leave the processors and disks to other programs where that is asked for."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import psutil
import pytest

from helios_gui.process.process_runner import ProcessRunner
from helios_gui.types import ProcessLimits, RendererPriority
from tests.support.jobs import shell_attempt

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")

PYTHON = shlex.quote(sys.executable)
CODE = "import psutil; me = psutil.Process(); print(me.nice(), *map(int, getattr(me, 'ionice', tuple)()))"
TELL = f"{PYTHON} -c {shlex.quote(CODE)}"


async def told(folder: Path, priority: RendererPriority) -> list[list[int]]:
    """What a renderer, its child and a daemon of it say of their priorities: nice, then class and level of the disk."""
    script = f"{TELL}; ({TELL}); (setsid {TELL} > daemon; echo >> daemon) & wait; cat daemon"
    job = shell_attempt(folder, script, limits=ProcessLimits(priority=priority))
    result = await ProcessRunner(grace=0.2).run(job)
    assert result.exit_code == 0, result.tail
    return [list(map(int, line.split())) for line in result.tail if line.strip()]


@pytest.mark.skipif(sys.platform != "linux", reason="disks have priorities on Linux")
async def test_low_and_idle_are_inherited_by_all_processes(tmp_path: Path) -> None:
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    best_effort, idle = int(psutil.IOPRIO_CLASS_BE), int(psutil.IOPRIO_CLASS_IDLE)
    assert await told(tmp_path, RendererPriority.LOW) == 3 * [[max(10, usual), best_effort, 7]]
    (tmp_path / "log").unlink()
    assert [line[:2] for line in await told(tmp_path, RendererPriority.IDLE)] == 3 * [[19, idle]]


async def test_normal_changes_nothing_here_or_there(tmp_path: Path) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    assert [line[0] for line in await told(tmp_path, RendererPriority.NORMAL)] == 3 * [before]
    (tmp_path / "log").unlink()
    await told(tmp_path, RendererPriority.IDLE)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
