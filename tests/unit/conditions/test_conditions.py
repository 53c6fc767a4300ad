"""Whether chunks have to wait: real processes and disks, a tree like that of Linux' power supplies, a clock."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from helios_gui.adapters.local.profile import LocalProfile
from helios_gui.conditions.battery import runs_on_battery
from helios_gui.conditions.conditions import Conditions, ConditionSources, find_wait
from helios_gui.conditions.programs import find_running
from helios_gui.process.child_process import start_process
from helios_gui.process.work_marks import ATTEMPT_VARIABLE
from helios_gui.types.options import GIGABYTE
from helios_gui.types.waits import WaitKind
from tests.support.waiting import wait_until

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="as Linux tells it")


def supply(root: Path, name: str, **files: str) -> Path:
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file).write_text(f"{text}\n")
    return folder


@linux_only
def test_on_battery_is_what_no_plug_feeds(tmp_path: Path) -> None:
    assert not runs_on_battery(tmp_path / "none")
    assert not runs_on_battery(tmp_path)
    supply(tmp_path, "BAT0", type="Battery", status="Discharging")
    assert runs_on_battery(tmp_path)
    plug = supply(tmp_path, "ADP1", type="Mains", online="1")
    assert not runs_on_battery(tmp_path)
    supply(plug.parent, "ADP1", online="0")
    assert runs_on_battery(tmp_path)
    supply(tmp_path, "ucsi", type="USB", online="1")
    assert not runs_on_battery(tmp_path), "fed through USB"


@linux_only
def test_the_battery_of_a_mouse_or_one_that_is_full_does_not_count(tmp_path: Path) -> None:
    supply(tmp_path, "mouse", type="Battery", status="Discharging", scope="Device")
    supply(tmp_path, "BAT0", type="Battery", status="Full")
    (tmp_path / "odd").write_text("no folder")
    assert not runs_on_battery(tmp_path)


@contextmanager
def running(folder: Path, name: str, **environment: str) -> Iterator[None]:
    """A program of this name that runs."""
    program = str(shutil.copy(shutil.which("sleep") or "", folder / name))
    with (folder / "log").open("wb") as log:
        process = start_process([program, "60"], folder=folder, environment=environment, output=log.fileno())
    try:
        wait_until(lambda: Path(f"/proc/{process.pid}/exe").resolve().name == name)
        yield
    finally:
        process.kill()
        process.wait()


@linux_only
def test_a_program_that_runs_is_found_by_its_name_unless_it_is_a_renderer_of_ours(tmp_path: Path) -> None:
    name = f"Resolve of test {os.getpid()}"
    assert find_running([name]) == ""
    with running(tmp_path, name):
        assert find_running(["other", f"resolve OF test {os.getpid()}.exe"]) == f"resolve OF test {os.getpid()}.exe"
    assert find_running([name]) == ""
    with running(tmp_path, name, **{ATTEMPT_VARIABLE: "job.0.1"}):
        assert find_running([name]) == ""


def test_little_room_is_waited_for(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free / GIGABYTE
    wait = find_wait(Conditions(free_disk=2 * free + 1), ConditionSources(), tmp_path)
    assert wait is not None
    assert wait.kind is WaitKind.DISK
    assert str(tmp_path) in wait.reason
    assert find_wait(Conditions(free_disk=free / 2), ConditionSources(), tmp_path) is None
    assert find_wait(Conditions(free_disk=1), ConditionSources(), tmp_path / "gone") is None


@linux_only
def test_a_disk_that_is_away_hides_no_program(tmp_path: Path) -> None:
    name = f"Resolve of test {os.getpid()}"
    with running(tmp_path, name):
        wait = find_wait(Conditions(free_disk=1, programs=(name,)), ConditionSources(), tmp_path / "gone")
    assert wait is not None
    assert wait.kind is WaitKind.PROGRAM


@linux_only
def test_a_small_disk_that_fills_up(tmp_path: Path) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "test", str(tmp_path)], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        conditions = Conditions(free_disk=0.004)
        assert find_wait(conditions, ConditionSources(), tmp_path) is None
        (tmp_path / "large").write_bytes(bytes(6_000_000))
        wait = find_wait(conditions, ConditionSources(), tmp_path)
        assert wait is not None
        assert "and 4.0 MB are asked for" in wait.reason
        (tmp_path / "large").unlink()
        assert find_wait(conditions, ConditionSources(), tmp_path) is None
    finally:
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_memory_that_has_to_stay_free_is_waited_for(tmp_path: Path) -> None:
    free = [1.5e9]
    sources = ConditionSources(free_memory=lambda: free[0])
    conditions = LocalProfile(name="Night", keep_memory_free=2).conditions()
    wait = find_wait(conditions, sources, tmp_path)
    assert wait is not None
    assert (wait.kind, wait.reason) == (
        WaitKind.MEMORY,
        "waits: only 1.5 GB of memory are free, and 2.0 GB have to stay free",
    )
    free[0] = 2.1e9
    assert find_wait(conditions, sources, tmp_path) is None
    assert not LocalProfile(name="Night").conditions()


def test_hours_say_until_when(tmp_path: Path) -> None:
    def reason(hours: str) -> str:
        sources = ConditionSources(now=lambda: datetime(2026, 11, 30, 12, 0))
        wait = find_wait(Conditions(hours=hours), sources, tmp_path)
        return wait.reason if wait is not None else ""

    assert reason("20:00-07:00") == "waits until 20:00"
    assert reason("Sat") == "waits until 2026-12-05 00:00"
    assert reason("Mon") == ""
    assert not Conditions()
