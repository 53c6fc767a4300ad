"""Chunks that use more memory than they may, or than the machine has, are stopped, and told why."""

from __future__ import annotations

import asyncio
import shlex
import sys
from pathlib import Path

import psutil
import pytest

from helios_gui.process.memory_guard import MemoryGuard
from helios_gui.process.process_runner import ProcessRunner
from helios_gui.types import FailureKind, ProcessLimits, WorkerResult
from tests.support.jobs import shell_attempt
from tests.support.process_list import processes_in
from tests.support.waiting import eventually, wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")

MB = 1_000_000


UNTIL_GO = "while not os.path.exists('go'): time.sleep(0.01)"


def eats(megabytes: int, then: str = "time.sleep(60)", first: str = "pass") -> str:
    code = f"import os, time\n{first}\nheld = b'x' * ({megabytes} * {MB})\nprint('full', flush=True)\n{then}"
    return f"{shlex.quote(sys.executable)} -S -c {shlex.quote(code)}"


async def run(
    folder: Path, script: str, limits: ProcessLimits, guard: MemoryGuard | None = None, name: str = "one"
) -> WorkerResult:
    (folder / name).mkdir()
    return await ProcessRunner(grace=60, memory=guard).run(shell_attempt(folder / name, script, limits=limits))


@pytest.mark.parametrize(
    "script",
    [eats(150), f"{eats(90)} & {eats(90)} & wait", f"(env -i setsid {eats(150)} &) ; sleep 60"],
    ids=["one process", "two together", "a daemon"],
)
async def test_a_chunk_that_uses_more_than_it_may_is_stopped_with_all_it_started(tmp_path: Path, script: str) -> None:
    result = await run(tmp_path, script, ProcessLimits(memory=120 * MB))
    assert result.failure is FailureKind.FATAL
    assert "MB of memory, and a chunk may use 120 MB" in result.message
    await eventually(lambda: not processes_in(tmp_path / "one"))  # to give much memory back takes a moment


async def test_what_stays_below_is_left_alone(tmp_path: Path) -> None:
    result = await run(tmp_path, eats(60, "time.sleep(1.2)"), ProcessLimits(memory=400 * MB))
    assert (result.exit_code, result.failure) == (0, None)


@pytest.mark.skipif(sys.platform != "linux", reason="what processes share is known on Linux alone")
async def test_pages_that_processes_share_count_once(tmp_path: Path) -> None:
    code = f"import os, time; held = b'x' * (90 * {MB}); [os.fork() for _ in range(2)]; time.sleep(1.2); os._exit(0)"
    script = f"{shlex.quote(sys.executable)} -S -c {shlex.quote(code)}"
    result = await run(tmp_path, script, ProcessLimits(memory=200 * MB))
    assert (result.exit_code, result.failure) == (0, None), result.message


def log_of(folder: Path) -> str:
    """What a renderer there has printed."""
    log = folder / "log"
    return log.read_text() if log.exists() else ""


class Machine:
    """A machine of a known size: what the renderers of a test really hold is missing from it."""

    def __init__(self, folder: Path, total: int) -> None:
        self._folder = folder
        self._total = total

    def free(self) -> float:
        held = 0
        for name in ("one", "two"):
            for process in processes_in(self._folder / name):
                try:
                    held += process.memory_info().rss
                except psutil.Error:
                    continue
        return self._total - held


async def test_the_last_one_makes_room_where_two_are_too_many(tmp_path: Path) -> None:
    guard = MemoryGuard(Machine(tmp_path, 300 * MB).free)
    limits = ProcessLimits(keep_free=100 * MB)
    first = asyncio.create_task(run(tmp_path, eats(110, UNTIL_GO), limits, guard))
    await asyncio.sleep(0)
    second = await run(tmp_path, eats(100), limits, guard, "two")
    assert second.failure is FailureKind.CROWDED
    assert "with fewer chunks at a time" in second.message
    assert "100 MB have to stay free" in second.message
    (tmp_path / "one" / "go").touch()
    assert (await first).exit_code == 0


class GrowingMachine(Machine):
    """One where the second renderer grows just when somebody asks how much is left."""

    def free(self) -> float:
        if "begun" in log_of(self._folder / "two"):
            (self._folder / "two" / "go").touch()
            wait_until(lambda: "full" in log_of(self._folder / "two"))
        return super().free()


async def test_who_makes_room_is_judged_by_what_each_holds_when_little_is_left(tmp_path: Path) -> None:
    guard = MemoryGuard(GrowingMachine(tmp_path, 300 * MB).free)
    limits = ProcessLimits(keep_free=100 * MB)
    first = asyncio.create_task(run(tmp_path, eats(110, UNTIL_GO), limits, guard))
    await eventually(lambda: "full" in log_of(tmp_path / "one"))
    second = await run(tmp_path, eats(100, first=f"print('begun', flush=True)\n{UNTIL_GO}"), limits, guard, "two")
    assert second.failure is FailureKind.CROWDED, "the one that began last, and not the one that had been larger"
    (tmp_path / "one" / "go").touch()
    assert (await first).exit_code == 0


async def test_one_that_is_alone_has_failed_and_who_does_not_hold_much_is_left_alone(tmp_path: Path) -> None:
    limits = ProcessLimits(keep_free=200 * MB)
    result = await run(tmp_path, eats(150), limits, MemoryGuard(Machine(tmp_path, 300 * MB).free))
    assert result.failure is FailureKind.FATAL
    assert "Nothing else was rendered then" in result.message
    small = MemoryGuard(lambda: 0.0)  # other programs have taken it all: to stop what is small would not help
    result = await run(tmp_path, eats(10, "time.sleep(1.2)"), limits, small, "two")
    assert result.exit_code == 0
