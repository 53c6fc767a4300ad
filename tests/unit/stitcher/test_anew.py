"""Encoding anew what does not fit together, as most chunks are: codec, pixels, alpha, depth, colours."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import StitchOptions

HDR = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-color_range", "tv")
X265 = ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none")
HALF = "format={pixels},colorchannelmixer=aa=0.5"


def chunk(studio, name: str, start: int, *, codec, pixels: str, size: str, rate: int = 25, alpha: bool = False):
    path = studio.folder / name
    source = f"testsrc2=s={size}:r={rate},trim=start_frame={start}:end_frame={start + 4},setpts=PTS-STARTPTS"
    if alpha:
        source += "," + HALF.format(pixels=pixels)
    encoder, *settings = codec
    studio.run("-f", "lavfi", "-i", source, "-c:v", encoder, "-pix_fmt", pixels, *settings, str(path))
    return path


@pytest.mark.parametrize(
    ("suffix", "target", "codec", "pixels", "alpha"),
    [
        (".mp4", ".mp4", X265, "yuv420p", False),
        (".mp4", ".mov", (*X265, *HDR), "yuv420p10le", False),
        (".mkv", ".mp4", X265, "yuv444p", False),
        (".mp4", ".mp4", ("libx264", "-preset", "ultrafast"), "yuv420p10le", False),
        (".mp4", ".mp4", ("libsvtav1", "-preset", "12"), "yuv420p", False),
        (".mov", ".mov", ("qtrle",), "rgb24", False),
        (".mov", ".mov", ("qtrle",), "argb", True),
        (".mov", ".mov", ("png",), "rgba", True),
        (".mov", ".mov", ("dnxhd", "-profile:v", "dnxhr_hq"), "yuv422p", False),
        (".mov", ".mov", ("dnxhd", "-profile:v", "dnxhr_hqx"), "yuv422p10le", False),
        (".mxf", ".mxf", ("dnxhd", "-profile:v", "dnxhr_hqx"), "yuv422p10le", False),
        (".mov", ".mov", ("prores_ks", "-profile:v", "lt"), "yuv422p10le", False),
        (".mov", ".mov", ("prores_ks", "-profile:v", "4444"), "yuva444p10le", True),
        (".mkv", ".mkv", ("ffv1",), "yuv422p10le", False),
        (".mov", ".mov", ("v210",), "yuv422p10le", False),
        (".mov", ".mov", ("cfhd",), "yuv422p10le", False),
        (".avi", ".avi", ("mpeg4",), "yuv420p", False),
    ],
)
async def test_one_chunk_of_another_size(studio, tmp_path, suffix, target, codec, pixels, alpha):
    sizes = ("256x144", "256x144", "320x240")
    parts = [
        chunk(studio, f"part_{index}{suffix}", 4 * index, codec=codec, pixels=pixels, size=size, alpha=alpha)
        for index, size in enumerate(sizes)
    ]
    output = tmp_path / f"film{target}"
    options = StitchOptions(frames=12, rate=Fraction(25), reencode=True)
    report = await FfmpegStitcher().stitch(parts, output, options)
    usual, made = probe(parts[0]).video, probe(output).video
    for name in ("codec", "pixel_format", "width", "height", "alpha", "colour", "sample_aspect", "mastering"):
        assert getattr(made, name) == getattr(usual, name), name
    if codec[0] in ("prores_ks", "dnxhd"):
        assert made.profile == usual.profile
    assert report.notes == (f"evened out: part_2{suffix} is 320×240, the others are 256×144",)
    assert difference(parts[0], output) < 6
    if alpha:
        assert corner_alpha(output) == pytest.approx(0.5, abs=0.02)


def difference(part, film) -> float:
    """The mean difference of the first four pictures' brightness, of 255."""
    total = count = 0
    with av.open(str(part)) as first, av.open(str(film)) as second:
        for one, two in zip(first.decode(video=0), second.decode(video=0), strict=False):
            before, after = (bytes(frame.reformat(format="gray").planes[0]) for frame in (one, two))
            total += sum(abs(x - y) for x, y in zip(before, after, strict=True))
            count += len(before)
    return total / count


def corner_alpha(film) -> float:
    with av.open(str(film)) as container:
        frame = next(container.decode(video=0)).reformat(format="rgba")
        return bytes(frame.planes[0])[3] / 255


async def test_what_cannot_be_made_again_is_named(studio, tmp_path):
    parts = [
        chunk(studio, f"part_{index}.mkv", 4 * index, codec=("asv1",), pixels="yuv420p", size=size)
        for index, size in enumerate(("256x144", "256x144", "320x240"))
    ]
    report = await FfmpegStitcher().stitch(parts, tmp_path / "film.mkv", StitchOptions(frames=12, reencode=True))
    assert "the video is h264, as asv1 could not be made" in report.notes


async def test_a_pixel_format_that_the_encoder_does_not_know_is_named(studio, tmp_path):
    parts = [
        chunk(studio, f"part_{index}.mov", 4 * index, codec=("qtrle",), pixels="argb", size="256x144", alpha=True)
        for index in range(2)
    ]
    options = StitchOptions(frames=8, reencode=True, video_codec="libx264")
    report = await FfmpegStitcher().stitch(parts, tmp_path / "film.mp4", options)
    assert any(note.startswith("the pixels are yuv") and note.endswith("h264 takes no argb") for note in report.notes)
    assert not any("could not be made" in note for note in report.notes)
