"""Frames a second of ``helios-gui web`` beside Helios' published renderer: same page, browser and machine.

Both make an H.264 file of the composition of ``tests/helios``, in turns. Ours takes lossless pictures of the page; the
published one takes JPEG of ``dom`` pages, and of ``canvas`` pages what WebCodecs made of the canvas alone, as VP8. A
round counts what a further frame costs (a long chunk less a short one) and, apart, a whole chunk with the start of its
browser.

Run it by name: ``pytest -s tests/benchmarks/bench_web.py``. Ratios are printed, no absolute time is asserted.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helios.conftest import browser, job_dir, node_modules

__all__ = ["browser", "job_dir", "node_modules"]  # fixtures

pytestmark = [pytest.mark.benchmark, pytest.mark.npm, pytest.mark.timeout(1200)]

ROUNDS = 3
SHORT, LONG = 5, 65
SIZE = ("--width", "640", "--height", "360", "--fps", "30")


@pytest.mark.parametrize("mode", ["canvas", "dom"])
def test_frames_a_second(mode: str, job_dir: Path, browser: Path) -> None:
    own_packages(job_dir)

    def published(count: int) -> list[str]:
        options = ["--start-frame", "0", "--frame-count", str(count), "--mode", mode, "--browser", str(browser)]
        return ["node", "render-chunk.js", f"{mode}.html", "-o", "theirs.mp4", *SIZE, *options]

    def ours(count: int) -> list[str]:
        page = ["web", f"{mode}.html", "-o", "ours.mp4", *SIZE, "--start", "0", "--count", str(count)]
        return [sys.executable, "-c", "from helios_gui.cli import main; main()", *page]

    rounds = [
        {name: seconds(make, job_dir) for name, make in (("theirs", published), ("ours", ours))} for _ in range(ROUNDS)
    ]
    frame = {
        name: statistics.median(one[name][1] - one[name][0] for one in rounds) / (LONG - SHORT) for name in rounds[0]
    }
    chunk = {name: statistics.median(one[name][1] for one in rounds) / LONG for name in rounds[0]}
    for words, cost in (("each further frame", frame), (f"a chunk of {LONG} frames", chunk)):
        rates = ", ".join(f"{name} {1 / value:.1f} frames/s" for name, value in cost.items())
        print(f"\n{mode}, {words}: {rates}, ratio {cost['theirs'] / cost['ours']:.2f}")


def own_packages(folder: Path) -> None:
    """Copy what the page loads, as links may not lead out of its folder; the rest stays a link."""
    packages = folder / "node_modules"
    installed = packages.resolve()
    packages.unlink()
    scope = packages / "@helios-project"
    shutil.copytree(installed / scope.name / "core", scope / "core")
    (scope / "renderer").symlink_to(installed / scope.name / "renderer")
    (packages / "playwright").symlink_to(installed / "playwright")


def seconds(command: Callable[[int], list[str]], folder: Path) -> tuple[float, float]:
    """How long a short and a long chunk take."""
    return run(command(SHORT), folder), run(command(LONG), folder)


def run(command: list[str], folder: Path) -> float:
    root = Path(__file__).parents[2]
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(root)})
    return time.perf_counter() - began
