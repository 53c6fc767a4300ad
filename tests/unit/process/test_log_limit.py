"""Floods of output, as a real process writes them, and what is left of them on disk and in memory."""

from __future__ import annotations

import asyncio
import errno
import re
import sys
import tracemalloc
from pathlib import Path

import pytest

from helios_gui.process import log_limit
from helios_gui.process.log_limit import BoundedLog, LogLimit
from helios_gui.process.process_runner import ProcessRunner
from tests.support.jobs import shell_attempt

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")

SMALL = LogLimit(most=2_000_000, kept=100_000)
_NOTE = re.compile(rb"about ([\d,.]+) MB of output were dropped here")


async def flooded(folder: Path, script: str) -> tuple[list[str], int, int, tuple[str, ...]]:
    """The lines heard, the log's largest size seen, the most memory taken meanwhile, the last lines."""
    lines: list[str] = []
    largest = 0
    tracemalloc.start()
    try:
        job = shell_attempt(folder, script, on_lines=lines.extend)
        run = asyncio.ensure_future(ProcessRunner(log_limit=SMALL).run(job))
        while not run.done():
            await asyncio.wait({run}, timeout=0.02)
            largest = max(largest, (folder / "log").stat().st_blocks * 512)
        memory = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    result = run.result()
    assert result.exit_code == 0
    return lines, largest, memory, result.tail


@pytest.fixture(params=["holes", "no holes"])
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The test's file system as it is, and as one without holes."""
    if request.param == "no holes":

        def refuse(descriptor: int, begin: int, length: int) -> None:
            raise OSError(errno.EOPNOTSUPP, "no holes")

        monkeypatch.setattr(log_limit, "_punch_hole", refuse)
    return str(request.param)


async def test_a_flood_of_lines(tmp_path: Path, file_system: str) -> None:
    """200 MB; a real flood of 2 GB differs only in how long it takes."""
    some = "yes 'a line of a flood' | head -c 5000000; sleep 0.03"
    script = f"echo first; i=0; while [ $i -lt 40 ]; do i=$((i+1)); {some}; done; echo; echo last"
    lines, largest, memory, tail = await flooded(tmp_path, script)
    log = (tmp_path / "log").read_bytes()
    assert len(log) <= SMALL.most
    assert largest < 120_000_000, "cut while it grew, not only afterwards"
    assert log.startswith(b"first\na line of a flood\n")
    assert log.endswith(b"last\n" if file_system == "holes" else b"\n")
    assert len(notes := _NOTE.findall(log)) == 1
    assert float(notes[0].replace(b",", b"")) == pytest.approx(200 - len(log) / 1e6, rel=0.1), "about"
    if file_system == "holes":
        assert lines[-1] == tail[-1] == "last"
    assert memory < 30_000_000


async def test_one_endless_line(tmp_path: Path, file_system: str) -> None:
    script = "printf begin; head -c 200000000 /dev/zero | tr '\\0' x; echo end; echo last"
    lines, _, memory, tail = await flooded(tmp_path, script)
    log = (tmp_path / "log").read_bytes()
    assert len(log) <= SMALL.most
    assert log.startswith(b"beginxxx")
    if file_system == "holes":
        assert log.endswith(b"xxxend\nlast\n")
    assert len(_NOTE.findall(log)) == 1
    if file_system == "holes":
        assert lines[-1] == tail[-1] == "last"
    assert max(map(len, lines)) < 10_000
    assert memory < 30_000_000


async def test_lines_are_heard_once_and_in_order_though_the_log_is_cut(tmp_path: Path, file_system: str) -> None:
    """Progress must not go back to what was said in the log's begin."""
    script = (
        "i=0; while [ $i -lt 60 ]; do i=$((i+1)); head -c 100000 /dev/zero | tr '\\0' '\\n'; echo \"frame $i\"; done"
    )
    lines, _, _, _ = await flooded(tmp_path, script)
    frames = [int(line.removeprefix("frame ")) for line in lines if line.startswith("frame ")]
    assert frames == sorted(set(frames))
    assert frames[-1] == 60 or file_system == "no holes"
    assert _NOTE.search((tmp_path / "log").read_bytes())


def test_small_logs_are_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"x" * SMALL.most)
    BoundedLog(log, SMALL).finish()
    assert log.read_bytes() == b"x" * SMALL.most


def test_while_others_write_only_the_middle_goes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"begin\n" + b"x\n" * 5_000_000 + b"end\n")
    size = log.stat().st_size
    bounded = BoundedLog(log, SMALL)
    assert bounded.is_too_large(size)
    bounded.give_back()
    if not bounded.has_holes:
        pytest.skip("this file system has no holes")
    assert log.stat().st_size == size
    assert log.stat().st_blocks * 512 < 3 * SMALL.kept
    assert log.read_bytes().endswith(b"x\n" * (SMALL.kept // 2 - 2) + b"end\n")
    assert b"of output were dropped here" in log.read_bytes()
    assert not bounded.is_too_large(size)
    bounded.finish()
    assert log.stat().st_size < 3 * SMALL.kept
    assert len(_NOTE.findall(log.read_bytes())) == 1
    assert b"\0" not in log.read_bytes()


def test_no_disk_is_touched_without_a_need(tmp_path: Path) -> None:
    bounded = BoundedLog(tmp_path / "missing", SMALL)
    with pytest.raises(FileNotFoundError):
        bounded.give_back()
