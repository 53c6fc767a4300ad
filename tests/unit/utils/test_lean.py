"""What a lean process goes without, looked at in one of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

LOOK = """
import json, sys, threading
from pathlib import Path
from helios_gui.utils.lean import become_lean
if sys.argv[1] == "lean":
    become_lean()
import httpx
barrier = threading.Barrier(9)
def hold():
    held = [bytes(1000) for _ in range(100)]
    barrier.wait(); barrier.wait()
threads = [threading.Thread(target=hold) for _ in range(8)]
for thread in threads: thread.start()
barrier.wait()
maps = Path("/proc/self/maps").read_text() if sys.platform == "linux" else ""
begins = [int(line.split("-")[0], 16) for line in maps.splitlines() if "rw-p 00000000 00:00 0" in line]
heaps = sum(begin % 2**26 == 0 for begin in begins)  # where glibc puts those of threads
barrier.wait()
for thread in threads: thread.join()
print(json.dumps([heaps, "rich" in sys.modules or "click" in sys.modules]))
"""


def look(how: str) -> tuple[int, bool]:
    """How many heaps threads have of their own, and whether libraries of command lines are there."""
    done = subprocess.run([sys.executable, "-c", LOOK, how], capture_output=True, text=True, check=True)
    heaps, has_command_lines = json.loads(done.stdout)
    return heaps, has_command_lines


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc gives threads heaps of their own")
def test_threads_share_heaps_and_httpx_comes_without_its_command_line() -> None:
    fat, lean = look("fat"), look("lean")
    assert lean[0] < fat[0]
    assert (fat[1], lean[1]) == (True, False)
