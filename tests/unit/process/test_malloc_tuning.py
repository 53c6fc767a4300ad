"""How many heaps a lean process has, looked at in one of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

LOOK = """
import sys, threading
from pathlib import Path
from helios_gui.process.malloc_tuning import tune_malloc
if sys.argv[1] == "lean":
    tune_malloc()
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
print(heaps)
"""


def look(how: str) -> int:
    """How many heaps threads have of their own."""
    done = subprocess.run([sys.executable, "-c", LOOK, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc gives threads heaps of their own")
def test_threads_share_heaps() -> None:
    assert look("lean") < look("fat")
