"""Frames a second of ``helios-gui web`` beside Helios' published renderer: same page, browser and machine.

All make an H.264 file of the composition of ``tests/helios``, in turns, with Chromium and with its headless shell. The
published renderer runs twice: as it is published (JPEG of ``dom`` pages; of ``canvas`` pages what WebCodecs made of the
canvas alone, as VP8; x264 "ultrafast"), and with pictures without loss and an encoder of the same quality as ours. A
round counts what a further frame costs (a long chunk less a short one) and, apart, a whole chunk with the start of its
browser. Other programs on the machine only ever add to a time, so that the best round is printed beside the median one.
The processor time, of all processes together, says more than the wall time: it hardly depends on what else runs, and
chunks are rendered at the same time as there are processors.

Where the processor time of a frame goes at 640 × 360, in milliseconds, on a busy machine:

=============================== ===== ======= ========== ====== ======
                                page  browser compositor FFmpeg Python
=============================== ===== ======= ========== ====== ======
screenshots, by two tabs        4.8   8.7     9.8        4.0    1.0
headless shell, on command      3.3   3.2     4.2        3.9    1.2
a canvas                        6.2   1.4     0.8        4.6    1.8
=============================== ===== ======= ========== ====== ======

- For a screenshot a browser draws two frames of the page and three of its own, as fast as it can. Without
  ``--disable-frame-rate-limit`` each step waits for a sixtieth of a second. On command (``HeadlessExperimental.
  beginFrame``) it draws one; there a second tab costs more than it gains, as the browser draws one frame at a time, and
  with ``--disable-frame-rate-limit`` about half of the pictures are those of an earlier frame.
- The page of a canvas lives through its frame, reads the pixels and makes a QOI picture of them. By ``fetch`` to our
  own server it would take longer for the same picture. The text goes through a pipe in CBOR, without JSON.
- FFmpeg takes 0.5 to read PNG or QOI, 0.5 to convert the colours (zscale: 0.7), and 2.2 for x264: "ultrafast" would
  take 1.2, for files 2.7 times as large.

Run it by name: ``pytest -s tests/benchmarks/bench_web.py``. Ratios are printed, no absolute time is asserted.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helios.conftest import job_dir, node_modules, program
from tests.support.processor_time import Cost, measure

__all__ = ["job_dir", "node_modules"]  # fixtures

pytestmark = [pytest.mark.benchmark, pytest.mark.npm, pytest.mark.timeout(1200)]

ROUNDS = 5
SHORT, LONG = 5, 95
PER_FRAME = 1000 / (LONG - SHORT)
SIZE = ("--width", "640", "--height", "360", "--fps", "30")

Round = dict[str, list[Cost]]
"""Who → what a short and a long chunk took."""


@pytest.mark.parametrize("mode", ["canvas", "dom"])
@pytest.mark.parametrize("name", ["chromium", "chromium-headless-shell"])
def test_frames_a_second(name: str, mode: str, job_dir: Path) -> None:
    browser = program(name)
    own_packages(job_dir)

    def published(count: int, *more: str) -> list[str]:
        options = ["--start-frame", "0", "--frame-count", str(count), "--mode", mode, "--browser", str(browser)]
        return ["node", "render-chunk.js", f"{mode}.html", "-o", "theirs.mp4", *SIZE, *options, *more]

    def lossless(count: int) -> list[str]:
        return published(count, "--lossless")

    def ours(count: int) -> list[str]:
        page = ["web", f"{mode}.html", "-o", "ours.mp4", *SIZE, "--start", "0", "--count", str(count)]
        return [sys.executable, "-c", "import sys; from helios_gui.cli import main; sys.exit(main())", *page]

    programs = {"published": published, "published without loss": lossless, "ours": ours}
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "HELIOS_BROWSER": str(browser)}
    rounds = [
        {who: [measure(make(count), job_dir, environment) for count in (SHORT, LONG)] for who, make in programs.items()}
        for _ in range(ROUNDS)
    ]
    print(f"\n{name}, {mode}, {SIZE[1]} × {SIZE[3]}")
    report("each further frame", "processor", rounds, lambda cost: (cost[1].processor - cost[0].processor) * PER_FRAME)
    report("each further frame", "wall", rounds, lambda cost: (cost[1].wall - cost[0].wall) * PER_FRAME)
    report(f"a chunk of {LONG} frames", "wall", rounds, lambda cost: cost[1].wall * 1000 / LONG)


def report(words: str, time: str, rounds: list[Round], milliseconds: Callable[[list[Cost]], float]) -> None:
    """Print what a frame costs with each program, and the ratios to ours."""
    costs = {who: [milliseconds(one[who]) for one in rounds] for who in rounds[0]}
    for kind, choose in (("best", min), ("median", statistics.median)):
        chosen = {who: choose(values) for who, values in costs.items()}
        told = ", ".join(f"{who} {value:.1f} ms ({1000 / value:.0f}/s)" for who, value in chosen.items())
        ratios = ", ".join(f"{chosen[who] / chosen['ours']:.2f}" for who in list(chosen)[:2])
        print(f"  {words}, {time} time, {kind}: {told}; ratios {ratios}")


def own_packages(folder: Path) -> None:
    """Copy what the page loads, as links may not lead out of its folder; the rest stays a link."""
    packages = folder / "node_modules"
    installed = packages.resolve()
    packages.unlink()
    scope = packages / "@helios-project"
    shutil.copytree(installed / scope.name / "core", scope / "core")
    (scope / "renderer").symlink_to(installed / scope.name / "renderer")
    (packages / "playwright").symlink_to(installed / "playwright")
