"""How much processor time a command takes, with all processes that it starts: what else runs hardly changes that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_MEASURE = """
import ctypes, os, resource, subprocess, sys, time
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: those whose parents end before them come to us
began = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
wall = time.perf_counter() - began
until = time.monotonic() + 5
while time.monotonic() < until:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        break
    time.sleep(0.01)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(wall, used.ru_utime + used.ru_stime)
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took, in seconds.

    Attributes:
        wall: From its start to its end.
        processor: Of all its processes, on all processors.
    """

    wall: float
    processor: float


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command in a folder and return what it took; it must succeed."""
    whole = [sys.executable, "-c", _MEASURE, *command]
    done = subprocess.run(whole, cwd=folder, check=True, capture_output=True, text=True, env=dict(environment))
    wall, processor = done.stdout.split()
    return Cost(float(wall), float(processor))
