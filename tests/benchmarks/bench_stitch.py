"""Joining 60 chunks of 5 MB beside ``ffmpeg -f concat -c copy``, which looks at nothing and checks nothing.

Ours probes every chunk, counts its frames, copies all of them at exact times, and compares the result with the chunks.

Run it by name: ``pytest -s tests/benchmarks/bench_stitch.py``. The ratio is printed, no absolute time is asserted.
"""

from __future__ import annotations

import asyncio
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.stitcher import FfmpegStitcher
from helios_gui.types import StitchOptions

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(1200)]

ROUNDS = 5
CHUNKS, FRAMES = 60, 48
BYTES = 5_000_000


@pytest.mark.parametrize("sound", [False, True], ids=["picture alone", "with sound"])
def test_joining_large_chunks(tmp_path: Path, sound: bool) -> None:
    parts = chunks(tmp_path, sound=sound)
    listing = tmp_path / "list.txt"
    listing.write_text("".join(f"file '{part}'\n" for part in parts))
    target = tmp_path / "film.mov"

    def theirs() -> None:
        run("-f", "concat", "-safe", "0", "-i", str(listing), "-c", "copy", str(target))

    def ours() -> None:
        options = StitchOptions(frames=CHUNKS * FRAMES, frames_of_each=(FRAMES,) * CHUNKS)
        asyncio.run(FfmpegStitcher().stitch(parts, target, options))

    rounds = [(seconds(theirs), seconds(ours)) for _ in range(ROUNDS)]
    known, own = (statistics.median(column) for column in zip(*rounds, strict=True))
    size = sum(part.stat().st_size for part in parts) / 1e6
    print(f"\n{size:.0f} MB: ffmpeg {known:.2f} s, ours {own:.2f} s, ratio {own / known:.2f}")


def chunks(folder: Path, *, sound: bool) -> list[Path]:
    """Return copies of one chunk of noise, which no encoder makes smaller."""
    first = folder / "part_0.mov"
    noise = f"color=gray:s=512x288:r=24:d={FRAMES / 24},noise=alls=100:allf=t"
    rate = ["-b:v", f"{BYTES * 8 * 24 // FRAMES}", "-g", "24"]
    tone = ["-f", "lavfi", "-i", f"sine=440:r=48000:d={FRAMES / 24}", "-c:a", "pcm_s16le"] if sound else []
    run("-f", "lavfi", "-i", noise, *tone, "-c:v", "libx264", "-preset", "ultrafast", *rate, str(first))
    parts = [folder / f"part_{number}.mov" for number in range(CHUNKS)]
    for part in parts[1:]:
        shutil.copy(first, part)
    return parts


def run(*arguments: str) -> None:
    subprocess.run([find_ffmpeg(), "-v", "error", "-nostdin", "-y", *arguments], check=True)


def seconds(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
