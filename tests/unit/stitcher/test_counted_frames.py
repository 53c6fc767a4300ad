"""Frames are counted as players show them, whatever a file is called and however its codec stores them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.media.media_verifier import verify_output
from helios_gui.stitcher import FfmpegStitcher, MediaVerifier, probe
from helios_gui.stitcher.result_check import Expected, check_picture
from helios_gui.types import RenderChunk, StitchError, StitchOptions, VerificationError
from helios_gui.utils.work_threads import Stop

VP8 = ("-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-arnr-maxframes", "5", "-b:v", "200k")
FRAMES = 24


@pytest.fixture
def stitcher(shared_reader):
    return FfmpegStitcher(reader=shared_reader)


def alternate_references(studio, name: str, start: int) -> Path:
    """Make VP8 with frames that are stored, but not shown: its encoder makes them in a second pass alone."""
    path = studio.folder / name
    source = f"testsrc2=s=96x64:r=30,trim=start_frame={start}:end_frame={start + FRAMES},setpts=PTS-STARTPTS"
    for number in ("1", "2"):
        log = ("-pass", number, "-passlogfile", str(studio.folder / "log"))
        studio.run("-f", "lavfi", "-i", source, *VP8, "-deadline", "good", "-cpu-used", "4", *log, str(path))
    return path


@pytest.fixture
def hiding(studio):
    """Return two chunks of VP8 that store more frames than they show, as the file they were made in or another."""

    def make(suffix: str):
        return [alternate_references(studio, f"part_{index}{suffix}", index * FRAMES) for index in range(2)]

    return make


@pytest.mark.parametrize(("suffix", "target"), [(".webm", ".webm"), (".webm", ".mkv"), (".ivf", ".webm")])
async def test_frames_that_are_not_shown_go_along_and_are_not_counted(
    studio, stitcher, tmp_path, hiding, suffix, target
):
    parts, output = hiding(suffix), tmp_path / f"film{target}"
    stored = sum(stored_packets(part) for part in parts)
    assert stored > 2 * FRAMES, "the encoder made no alternate reference frames"
    assert [probe(part).frames for part in parts] == [FRAMES, FRAMES]
    options = StitchOptions(frames=2 * FRAMES, frames_of_each=(FRAMES, FRAMES), rate=Fraction(30))
    report = await stitcher.stitch(parts, output, options)
    assert (report.frames, report.reencoded, stored_packets(output)) == (2 * FRAMES, False, stored)
    assert pictures(output) == [each for part in parts for each in pictures(part)]
    assert studio.times(output) == [pytest.approx(Fraction(n, 30), abs=0.0006) for n in range(2 * FRAMES)]


@pytest.mark.parametrize("target", [".avi", ".nut"])
async def test_containers_that_would_show_them_are_refused(studio, stitcher, tmp_path, hiding, target):
    parts, output = hiding(".webm"), tmp_path / f"film{target}"
    with pytest.raises(StitchError, match=f"A {target} file shows frames of VP8 video that are not to be shown"):
        await stitcher.stitch(parts, output, StitchOptions(frames=2 * FRAMES))
    report = await stitcher.stitch(parts, output, StitchOptions(frames=2 * FRAMES, reencode=True))
    assert (report.frames, len(pictures(output))) == (2 * FRAMES, 2 * FRAMES)


def pictures(film) -> list[int]:
    with av.open(str(film)) as container:
        return [hash(bytes(frame.planes[0])) for frame in container.decode(video=0)]


def stored_packets(film) -> int:
    with av.open(str(film)) as container:
        return sum(1 for packet in container.demux(video=0) if packet.size)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("a.dv", ("-s", "720x576", "-r", "25")),
        ("a.y4m", ("-pix_fmt", "yuv420p")),
        ("a.h264", ("-c:v", "libx264")),
        ("a.m2v", ()),
        ("a.vob", ()),
        ("a.ivf", ("-c:v", "libvpx")),
        ("a.ismv", ()),
        ("a.render", ("-f", "mov")),
        ("a.render", ("-f", "mp4")),
        ("noname", ("-f", "matroska")),
        ("a.tmp", ("-f", "avi")),
        ("a.tmp", ("-f", "flv")),
        ("a.tmp", ("-f", "asf")),
        ("a.tmp", ("-f", "mxf")),
        ("a.tmp", ("-f", "nut")),
        ("a.tmp", ("-f", "yuv4mpegpipe", "-pix_fmt", "yuv420p")),
    ],
)
def test_videos_are_counted_whatever_they_are_called(studio, shared_reader, tmp_path, name, how):
    path = tmp_path / name
    studio.run("-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=0.2", *how, str(path))
    with pytest.raises(VerificationError, match=r"has 5 frames instead of 6"):
        verify_output(path, chunk(name, 6), reader=shared_reader)
    assert verify_output(path, chunk(name, 5), reader=shared_reader) == 5


async def test_the_engine_counts_them_too(studio, tmp_path):
    path = studio.chunk("part.render", 0, 3, audio=None, extra=("-f", "mov"))
    verify = MediaVerifier()
    with pytest.raises(VerificationError, match=r"has 3 frames instead of 4"):
        await verify(path, chunk(path.name, 4))
    await verify(path, chunk(path.name, 3))
    await verify.aclose()


def chunk(name: str, frames: int) -> RenderChunk:
    return RenderChunk(id=0, start_frame=0, frame_count=frames, output_file=name, command="render")


async def test_chunks_whose_counts_only_add_up_are_refused(studio, stitcher, tmp_path):
    parts = studio.chunks(4, 6, audio=None)
    with pytest.raises(StitchError, match=r"part_0\.mov has 4 frames instead of 5\."):
        await stitcher.stitch(parts, tmp_path / "film.mov", StitchOptions(frames=10, frames_of_each=(5, 5)))
    assert not (tmp_path / "film.mov").exists()
    parts = [
        studio.chunk(f"other_{index}.dv", 0, 4, size="720x576", rate=25, codec=("dvvideo",), audio=None)
        for index in range(2)
    ]
    assert probe(parts[0]).video.rate == 25
    report = await stitcher.stitch(parts, tmp_path / "film.mov", StitchOptions(frames=8, rate=Fraction(25)))
    assert report.notes == ()


async def test_every_seam_is_compared_with_its_chunk(studio, stitcher, tmp_path):
    """A chunk in the middle is copied as something else: only comparing its own seam shows it."""
    parts = studio.chunks(*[2] * 16, audio=None)
    film = tmp_path / "film.mov"
    await stitcher.stitch(parts, film, StitchOptions(frames=32))
    others = list(parts)
    others[7] = studio.chunk("other.mov", 100, 2, audio=None)
    check_picture(Expected((2,) * 16, Fraction(30), tuple(parts)), film, Stop())
    with pytest.raises(StitchError, match=r"shows other pictures than other\.mov"):
        check_picture(Expected((2,) * 16, Fraction(30), tuple(others)), film, Stop())
