"""Job files that are made to cost memory or time: each is refused in words, or read, within seconds and 500 MB."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from helios_gui.jobfile.limits import MOST_CHUNKS

METADATA = '"metadata":{"totalFrames":1,"fps":30,"width":9,"height":9}'
CHUNK = '{"id":0,"startFrame":0,"frameCount":1,"outputFile":"p.mov","command":"true p.mov"}'


def job(chunks: str = CHUNK, more: str = "") -> str:
    return f'{{{METADATA},"chunks":[{chunks}]{more}}}'


CASES: dict[str, tuple[Callable[[], str], str]] = {
    "a million empty chunks": (lambda: job(",".join(["{}"] * 1_000_000)), "1,000,000 chunks; a job has at most"),
    "as many empty chunks as allowed": (lambda: job(",".join(["{}"] * MOST_CHUNKS)), "there are more problems"),
    "numbers for chunks": (lambda: job(",".join(["1"] * MOST_CHUNKS)), "must be an object, not 1"),
    "a chunk again and again": (lambda: job(",".join([CHUNK] * 100_000)), "already the id of chunks[0]"),
    "half characters": (lambda: job(",".join([CHUNK.replace("true", r"\ud800")] * 20_000)), "half of a surrogate pair"),
    "empty lists": (lambda: job(more=',"x":[' + ",".join(["[]"] * 4_000_000) + "]"), "more than 3,000,000 values"),
    "emoji": (lambda: job(more=',"x":"' + "😀" * 8_000_000 + '"'), "without a quotation mark"),
    "many texts with an emoji": (
        lambda: job(more="".join(f',"{place}":"{"a" * 900_000}😀"' for place in range(30))),
        "emoji",
    ),
    "lists in lists": (lambda: "[" * 2_000_000, "nested more than 100 levels"),
    "objects in objects": (lambda: '{"a":' * 2_000_000, "nested more than 100 levels"),
    "deep and closed": (lambda: job(more=',"x":' + "[" * 900 + "]" * 900), "nested more than 100 levels"),
    "a key again and again": (lambda: job(more=',"a":1' * 1_000_000), "given more than once"),
    "keys": (lambda: job(more="".join(f',"{place}":1' for place in range(1_500_000))), "more than 1,400,000 keys"),
    "digits": (lambda: job(more=',"x":' + "9" * 3_000_000), "whole number with thousands of digits"),
    "blanks": (lambda: job(more=" " * 20_000_000), "without a quotation mark"),
    "a long name": (lambda: job(more=',"name":"' + "A" * 20_000_000 + '"'), "without a quotation mark"),
    "a shorter long name": (lambda: job(more=',"name":"' + "A" * 3_000_000 + '"'), "name: must have at most 1,000"),
    "a long id": (lambda: job(more=',"id":"' + "A" * 1_001 + '"'), "id: must have at most 1,000"),
    "a long key": (lambda: job(more=',"' + "k" * 3_000_000 + '":NaN'), "must be a finite number"),
    "a long command": (lambda: job(CHUNK.replace("true", "true " * 300_000)), "command: must have at most 1,000,000"),
    "a long output": (lambda: job(CHUNK.replace("p.mov", "d/" * 3_000 + "p.mov", 1)), "outputFile: must have at most"),
    "a long pattern": (lambda: job(more=',"progressPattern":"(?P<frame>a)' + "a" * 3_000_000 + '"'), "characters"),
    "a merge of quotes": (lambda: job(more=',"mergeCommand":"' + r"\"\\\"\"" * 100_000 + '"'), ""),
    "a command of quotes": (lambda: job(CHUNK.replace("true", "true " + r"\"\\\"\"" * 100_000)), ""),
    "a command of backslashes": (lambda: job(CHUNK.replace("true", "true " + r"\\" * 400_000)), ""),
}

READ = """
import sys
from pathlib import Path
from helios_gui.jobfile.job_files import load_job
from helios_gui.types import JobFileError
try:
    load_job(Path(sys.argv[1]))
except JobFileError as error:
    print(error)
status = Path("/proc/self/status")
if status.exists():
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 500_000, peak
"""


@pytest.mark.parametrize("name", CASES)
def test_within_seconds_and_500_megabytes(name: str, tmp_path: Path) -> None:
    make, words = CASES[name]
    path = tmp_path / "job.json"
    path.write_text(make(), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", READ, path], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert words in done.stdout
    assert bool(words) == bool(done.stdout)
    assert len(done.stdout) < 100_000
