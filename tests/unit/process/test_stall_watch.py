"""Chunks that hang are named, or ended; those that work or print are left alone."""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path

import pytest

from helios_gui.process.process_runner import ProcessRunner
from helios_gui.types import FailureKind, StallAction, StallPolicy, WorkerResult
from tests.support.jobs import shell_attempt
from tests.support.waiting import eventually

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")

AFTER = 2.0
"""Seconds; a busy machine may give a working process no time for one of them."""


async def run(folder: Path, script: str, action: StallAction) -> tuple[WorkerResult, list[bool]]:
    told: list[bool] = []
    job = shell_attempt(folder, script, stall=StallPolicy(action, AFTER), on_stalled=told.append)
    return await ProcessRunner(grace=0.2).run(job), told


def in_python(code: str) -> str:
    return f"{shlex.quote(sys.executable)} -S -c {shlex.quote(code)}"


@pytest.mark.parametrize(
    "script",
    [
        "echo begun; sleep 60",
        "sleep 60 & wait",
        "(env -i setsid sleep 60 < /dev/null > /dev/null 2>&1 &) ; sleep 60",
        in_python("import time\nwhile True: time.sleep(0.05)"),  # wakes up now and then, as browsers do
    ],
    ids=["silent", "a silent child", "a silent daemon", "one that only waits"],
)
async def test_ends_what_hangs(tmp_path: Path, script: str) -> None:
    result, told = await run(tmp_path, script, StallAction.KILL)
    assert result.duration < 50, "and not the minute of their sleep"
    assert result.failure is FailureKind.TRANSIENT
    assert "stalled" in result.message
    assert told == [True, False]


async def test_only_names_it_and_takes_that_back(tmp_path: Path) -> None:
    told: list[bool] = []
    script = "while [ ! -e go ]; do sleep 60 & wait $!; done; echo on; exit 0"
    job = shell_attempt(tmp_path, script, stall=StallPolicy(StallAction.WARN, AFTER), on_stalled=told.append)
    running = asyncio.ensure_future(ProcessRunner(grace=0.2).run(job))
    await eventually(lambda: told == [True])
    with (tmp_path / "log").open("a") as log:  # as if it printed something
        log.write("goes on\n")
    await eventually(lambda: told[:2] == [True, False])
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


SECONDS = 1.75 * AFTER
BUSY = f"import time\nend = time.time() + {SECONDS}\nwhile time.time() < end: pass"


@pytest.mark.parametrize(
    "script",
    [
        in_python(BUSY),
        f"{in_python(BUSY)} & wait",
        f"for i in $(seq {int(SECONDS / 0.2)}); do echo $i; sleep 0.2; done",
        f"i=0; while [ $i -lt {int(SECONDS / 0.1)} ]; do sleep 0.1; {in_python('sum(range(10**6))')}; i=$((i+1)); done",
    ],
    ids=["works", "a child works", "prints", "short-lived children work"],
)
async def test_leaves_alone_what_does_something(tmp_path: Path, script: str) -> None:
    result, told = await run(tmp_path, script, StallAction.KILL)
    assert result.exit_code == 0, result.message
    assert told == []


async def test_off_is_off(tmp_path: Path) -> None:
    result, told = await run(tmp_path, f"sleep {1.5 * AFTER}", StallAction.OFF)
    assert (result.exit_code, told) == (0, [])
