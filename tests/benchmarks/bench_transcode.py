"""How long a video takes that is encoded in chunks on two cores, beside one FFmpeg over the whole file.

Both encode the same frames with the same encoder and options, and copy the sound. The chunks' time includes planning,
finding the frames, stitching and verifying; the pairs take turns, as this computer may have other work.

Run it by name: ``pytest -s tests/benchmarks/bench_transcode.py``. Ratios are printed, no absolute time is asserted.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.presets import read_preset

FRAMES, SIZE = 900, "640x360"
ROUNDS = 2
CONCURRENCY = 2
SOURCE = (
    f"testsrc2=s={SIZE}:r=30,noise=alls=12:allf=t+u,zoompan=z='1+0.1*sin(in/40)':d=1:s={SIZE}:fps=30,"
    f"trim=end_frame={FRAMES}"
)

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(3600)]


@dataclass(frozen=True)
class Cost:
    """Seconds on the wall and of processors."""

    wall: float
    processor: float


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "source.mp4"
    sound = ["-f", "lavfi", "-i", f"sine=r=48000:d={FRAMES / 30}"]
    encoding = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac"]
    run([str(find_ffmpeg()), "-v", "error", "-y", "-f", "lavfi", "-i", SOURCE, *sound, *encoding, str(path)])
    return path


def run(command: list[str]) -> Cost:
    """Run a command and return what it takes."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - begin, processor)


def whole(source: Path, preset: str, output: Path) -> Cost:
    """Encode the file with one FFmpeg."""
    video = read_preset(preset).video
    options = [part for name, value in video.options.items() for part in (f"-{name}", str(value))]
    options = ["-b:v" if part == "-b" else part for part in options]
    command = [str(find_ffmpeg()), "-v", "error", "-nostdin", "-y", "-i", str(source), "-c:v", video.encoder, *options]
    command += ["-pix_fmt", video.pixel_formats[0], "-c:a", "copy" if output.suffix != ".webm" else "libopus"]
    return run([*command, str(output)])


def in_chunks(source: Path, preset: str, output: Path) -> Cost:
    """Make the job, render its chunks two at a time, stitch and verify."""
    job = source.with_name(f"{preset}.helios.json")
    command = [sys.executable, "-m", "helios_gui", "new", str(source), "--preset", preset, "--save", str(job)]
    command += ["-o", output.name, "--force", "--render", "--trust", "--overwrite", "--concurrency", str(CONCURRENCY)]
    return run([*command, "--json"])


@pytest.mark.parametrize("preset", ["h264", "h265", "av1", "vp9", "prores"])
def test_chunks_beside_one_ffmpeg(
    preset: str, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELIOS_HOME", str(tmp_path / "home"))
    suffix = read_preset(preset).suffixes[0]
    pairs = []
    for number in range(ROUNDS):
        alone = whole(source, preset, tmp_path / f"whole{suffix}")
        together = in_chunks(source, preset, source.with_name(f"{preset}_{number}{suffix}"))
        pairs.append((alone, together))
    wall = statistics.median(alone.wall / together.wall for alone, together in pairs)
    processor = statistics.median(alone.processor / together.processor for alone, together in pairs)
    seconds = " ".join(f"{alone.wall:.1f}/{together.wall:.1f}" for alone, together in pairs)
    with capsys.disabled():
        print(
            f"\n{preset}: one FFmpeg takes {wall:.2f} × the time of the chunks ({seconds} s), "
            f"and {processor:.2f} × the processors' time"
        )
