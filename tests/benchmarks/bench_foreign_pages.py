"""Renders pages that others wrote, without a change to them, and prints what came of each, as a table.

They are demos out of npm packages and, where ``HELIOS_EXAMPLES`` names their folder, the examples of the Helios
repository, built with its own tools::

    git clone https://github.com/BintzGavin/helios && cd helios && npm install && npm run build:examples
    HELIOS_EXAMPLES=$PWD/output/example-build pytest -s tests/benchmarks/bench_foreign_pages.py

Five frames of each, side by side, are put into the folder that ``HELIOS_SHEETS`` names: look at them.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from tests.helios.conftest import foreign_modules

__all__ = ["foreign_modules"]  # a fixture

pytestmark = [pytest.mark.benchmark, pytest.mark.npm, pytest.mark.timeout(1800)]

FRAMES = 45
DEMOS = (
    "granim/docs/examples.html",
    "hover.css/index.html",
    "lottie-web/player/index.html",
    "particles.js/demo/index.html",
    "progressbar.js/local-dev/index.html",
    "snapsvg/demos/animated-game/index.html",
    "snapsvg/demos/pattern/index.html",
    "snapsvg/demos/snap-mascot/index.html",
    "vivus/index.html",
)


def test_foreign_pages(foreign_modules: Path, tmp_path: Path) -> None:
    pages = [(page, foreign_modules / page, foreign_modules / page.split("/")[0]) for page in DEMOS]
    if examples := os.environ.get("HELIOS_EXAMPLES"):
        root = Path(examples)
        pages += [(f"Helios: {one.parent.name}", one, root) for one in sorted(root.glob("examples/*/composition.html"))]
    print()
    for number, (name, page, folder) in enumerate(pages):
        film = tmp_path / f"{number:02} {page.parent.name}.mp4"
        print(f"| {name} | {outcome(page, folder, film)} |", flush=True)


def outcome(page: Path, folder: Path, film: Path) -> str:
    """Render a page and return how many of its frames differ, or the sentence in which it ended."""
    size = ("--width", "640", "--height", "360", "--fps", "30", "--start", "0", "--count", str(FRAMES))
    program = (sys.executable, "-c", "import sys; from helios_gui.cli import main; sys.exit(main())")
    command = [*program, "web", str(page), "-o", str(film), "--folder", str(folder), *size]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        sentences = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
        assert sentences, f"{page} ended without a word of why: {done.stderr}"
        return sentences[-1].removeprefix("Error: ")
    with av.open(film) as container:
        frames = [bytes(frame.reformat(format="gray").planes[0]) for frame in container.decode(video=0)]
    assert len(frames) == FRAMES
    if sheets := os.environ.get("HELIOS_SHEETS"):
        sheet = str(Path(sheets, film.stem + ".png"))
        tiles = r"select=not(mod(n\,9)),scale=320:-1,tile=5x1"
        subprocess.run(
            [find_ffmpeg(), "-y", "-v", "error", "-i", film, "-vf", tiles, "-frames:v", "1", sheet], check=True
        )
    different = len({hashlib.sha256(frame).digest() for frame in frames})
    blank = sum(max(frame) - min(frame) < 8 for frame in frames)
    return f"{different} of {FRAMES} frames differ, {blank} are of one colour"
