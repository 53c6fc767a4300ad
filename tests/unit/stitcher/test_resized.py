"""Chunks and sources whose picture gets another size on the way: told before it is too late, or evened out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.sources.video import VideoKind, VideoRequest
from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import StitchError, StitchOptions, UserInputError
from tests.unit.stitcher.conftest import Studio

RATE = Fraction(30)
X264 = ("libx264", "-preset", "ultrafast")
KINDS = {
    "h264 in .ts": (".ts", X264, "yuv420p"),
    "h264 in .mkv": (".mkv", X264, "yuv420p"),
    "hevc in .ts": (".ts", ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"), "yuv420p"),
    "mpeg2video in .ts": (".ts", ("mpeg2video",), "yuv420p"),
    "mpeg1video in .mpg": (".mpg", ("mpeg1video",), "yuv420p"),
    "mpeg4 in .avi": (".avi", ("mpeg4", "-bsf:v", "dump_extra"), "yuv420p"),
    "vp8 in .webm": (".webm", ("libvpx", "-auto-alt-ref", "0"), "yuv420p"),
    "vp9 in .webm": (".webm", ("libvpx-vp9", "-cpu-used", "8"), "yuv420p"),
    "av1 in .mkv": (".mkv", ("libaom-av1", "-cpu-used", "8"), "yuv420p"),
    "mjpeg in .avi": (".avi", ("mjpeg",), "yuvj420p"),
    "png in .mov": (".mov", ("png",), "rgb24"),
    "prores in .mov": (".mov", ("prores_ks",), "yuv422p10le"),
    "jpeg2000 in .mov": (".mov", ("jpeg2000",), "yuv420p"),
    "dnxhr in .mov": (".mov", ("dnxhd", "-profile:v", "dnxhr_sq"), "yuv422p"),
}

LOSING = ("mpeg1video", "mpeg2video")
"""FFmpeg's decoder loses the last frame before another size."""


def two_sizes(studio: Studio, name: str, codec: tuple[str, ...], pixels: str, sizes: tuple[str, str]) -> Path:
    """Return a file of frames 0 to 7, of which the last four have the second size."""
    suffix = Path(name).suffix
    halves = [
        studio.chunk(f"half_{place}{suffix}", place * 4, 4, size=size, codec=codec, pixels=pixels, audio=None)
        for place, size in enumerate(sizes)
    ]
    listed = studio.folder / "halves.txt"
    listed.write_text("".join(f"file '{half}'\nduration {4 / 30:.6f}\n" for half in halves))
    part = studio.folder / name
    studio.run("-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy", str(part))
    return part


@pytest.mark.parametrize("kind", KINDS)
async def test_a_chunk_is_refused_by_name_or_evened_out(studio, tmp_path, shared_reader, kind):
    suffix, codec, pixels = KINDS[kind]
    parts = [
        two_sizes(studio, f"part_0{suffix}", codec, pixels, ("320x180", "640x360")),
        studio.chunk(f"part_1{suffix}", 8, 4, size="320x180", codec=codec, pixels=pixels, audio=None),
    ]
    stitcher = FfmpegStitcher(reader=shared_reader)
    message = "part_0.* changes the size of its picture at frame 5, from 320×180 to 640×360"
    with pytest.raises(StitchError, match=message) as refused:
        await stitcher.stitch(parts, tmp_path / f"film{suffix}", StitchOptions(frames=12, rate=RATE))
    assert "encode the chunks anew" in refused.value.hint
    film, anew = tmp_path / "film.mkv", StitchOptions(frames=12, rate=RATE, reencode=True)
    if kind.startswith(LOSING):
        with pytest.raises(StitchError, match="Only 11 of the chunks' 12 frames can be decoded"):
            await stitcher.stitch(parts, film, anew)
        return
    report = await stitcher.stitch(parts, film, anew)
    assert "evened out: part_0" in report.notes[0]
    if not pixels.endswith("le"):
        assert studio.numbers(film) == list(range(12))
    assert (probe(film).video.width, probe(film).video.height, probe(film).video.resized) == (320, 180, None)


@pytest.mark.parametrize("kind", KINDS)
def test_one_size_is_one_size_whatever_the_pictures(studio, kind):
    suffix, codec, pixels = KINDS[kind]
    part = two_sizes(studio, f"part{suffix}", codec, pixels, ("320x180", "320x180"))
    assert probe(part).video.resized is None


async def test_a_source_is_refused_before_it_is_rendered(studio, tmp_path):
    source = two_sizes(studio, "source.ts", X264, "yuv420p", ("320x180", "640x360"))
    kind, request = VideoKind(), VideoRequest(source=source)
    facts = await kind.read(request, lambda line: None)
    with pytest.raises(UserInputError, match="Frame 4 is 640 × 360, and the first one is 320 × 180"):
        kind.plan(request, facts, tmp_path / "job.helios.json")
    before = VideoRequest(source=source, frames=4)
    assert kind.plan(before, facts, tmp_path / "job.helios.json").metadata.total_frames == 4
