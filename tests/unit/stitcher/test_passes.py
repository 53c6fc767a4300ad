"""How often a join reads what it joins: that, and not the work on it, is what takes time with large chunks."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import psutil
import pytest

from helios_gui.media.media_reader import MediaReader
from helios_gui.media.media_verifier import verify_output
from helios_gui.stitcher import FfmpegStitcher, splice
from helios_gui.stitcher.fits import plan_copy
from helios_gui.stitcher.result_check import Expected, check_picture
from helios_gui.types import RenderChunk, StitchOptions
from helios_gui.utils.work_threads import Stop
from tests.support.numbered_video import make_numbered

FRAMES = 800


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaReader]:
    """A reader whose processes have read all that they need themselves: as many as a stitch uses at once."""
    picture = make_numbered(tmp_path_factory.mktemp("reader") / "picture.mp4", 1, ("-c:v", "mpeg4"))
    with MediaReader() as reader:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(reader.probe, [picture, picture]))
        yield reader


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how much a process has read")
@pytest.mark.parametrize(("are_verified", "passes"), [(False, 3), (True, 2)], ids=["new chunks", "verified chunks"])
async def test_chunks_are_read_once_to_look_once_to_copy_and_the_video_once(
    studio, children: MediaReader, tmp_path: Path, *, are_verified: bool, passes: int
) -> None:
    parts = noise(studio, 3, ".mkv")
    if are_verified:
        for part in parts:
            chunk = RenderChunk(id=0, start_frame=0, frame_count=FRAMES, output_file=part.name, command="-")
            verify_output(part, chunk, reader=children)
    before = bytes_read()
    report = await FfmpegStitcher(reader=children).stitch(
        parts, tmp_path / "film.mkv", StitchOptions(frames=3 * FRAMES, frames_of_each=(FRAMES,) * 3)
    )
    assert (report.frames, report.reencoded) == (3 * FRAMES, False)
    size = sum(part.stat().st_size for part in parts)
    # A reader that is started meanwhile reads its own modules, which are less than a pass.
    assert passes - 0.1 < (bytes_read() - before) / size < passes + 0.9


def bytes_read() -> int:
    """Return how much the processes that read media for this one have read so far."""
    found = 0
    for child in psutil.Process().children():
        told = Path(f"/proc/{child.pid}/io").read_text()
        match = re.search(r"rchar: (\d+)", told)
        assert match
        found += int(match[1])
    return found


def noise(studio, count: int, suffix: str) -> list[Path]:
    """Return chunks of many small pictures, so that the trial of the container costs nothing beside."""
    parts = [studio.folder / f"part_{number}{suffix}" for number in range(count)]
    for number, part in enumerate(parts):
        source = ("-f", "lavfi", "-i", f"color=gray:s=64x36:r=30,noise=alls=100:allf=t:all_seed={number}")
        studio.run(*source, "-frames:v", str(FRAMES), "-c:v", "mpeg4", "-q:v", "1", "-g", "10", str(part))
    return parts


@pytest.mark.parametrize("suffix", [".mov", ".mp4"])
@pytest.mark.parametrize("is_enough", [True, False], ids=["room enough", "too little room"])
def test_the_index_of_a_large_file_comes_first_without_moving_the_file(
    studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, *, is_enough: bool
) -> None:
    monkeypatch.setattr(splice, "_LARGE", 0)
    monkeypatch.setattr(splice, "_LEAST_SHARE", 0)
    monkeypatch.setattr(splice, "_PLAIN_INDEX", 4096 if is_enough else 200 - 44 * 2 * FRAMES)
    parts = noise(studio, 2, ".mov")
    film, rate = tmp_path / f"film{suffix}", Fraction(30)
    copying = plan_copy(parts, rate, tmp_path / f"trial{suffix}", Stop())
    splice.splice(splice.Splice(tuple(parts), copying.orders, rate, copying.form), film, Stop())
    check_picture(Expected((FRAMES,) * 2, rate, tuple(parts)), film, Stop())
    boxes = top_boxes(film)
    assert boxes.index("moov") < boxes.index("mdat")
    assert ("free" in boxes[: boxes.index("mdat") - 1]) is is_enough


def top_boxes(path: Path) -> list[str]:
    """Return the names of a QuickTime file's parts, in order."""
    found, place, data = [], 0, path.read_bytes()
    while place < len(data):
        found.append(data[place + 4 : place + 8].decode("latin-1"))
        place += int.from_bytes(data[place : place + 4])
    return found
