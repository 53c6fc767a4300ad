"""Chunks with damage in the middle of a frame: all their frames are there, and one of them shows something else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.media.frame_order import stored_packets
from helios_gui.media.media_reader import MediaReader
from helios_gui.media.media_verifier import verify_output
from helios_gui.types import RenderChunk, VerificationError
from tests.support.numbered_video import run_ffmpeg

FRAMES = 24
FOUND = {
    "h264.mp4": ("libx264",),
    "h264.mkv": ("libx264", "-bf", "0"),
    "mpeg4.mkv": ("mpeg4", "-q:v", "3"),
    "mpeg4.avi": ("mpeg4", "-q:v", "3"),
    "mpeg2.mkv": ("mpeg2video", "-q:v", "3"),
    "av1.mp4": ("libsvtav1", "-preset", "12"),
    "prores.mov": ("prores_ks",),
    "dnxhr.mov": ("dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p"),
    "cineform.mov": ("cfhd",),
    "png.mov": ("png",),
    "mjpeg.avi": ("mjpeg", "-q:v", "3"),
    "ffv1.mkv": ("ffv1", "-level", "3", "-slicecrc", "1"),
}
TAKEN = {
    "h264.ts": ("libx264", "-x264-params", "open-gop=1:keyint=8:bframes=3"),
    "hevc.mp4": ("libx265", "-x265-params", "log-level=none:open-gop=1:keyint=8"),
    "vp9.webm": ("libvpx-vp9", "-cpu-used", "8"),
    "vp8.webm": ("libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-cpu-used", "8"),
    "still.gif": ("gif",),
    "animation.mov": ("qtrle",),
    "theora.ogv": ("libtheora",),
    "windows.wmv": ("wmv2",),
    "interlaced.ts": ("mpeg2video", "-flags", "+ilme+ildct", "-top", "1"),
    "lossless.avi": ("huffyuv",),
}


def chunk(name: str) -> RenderChunk:
    return RenderChunk(id=0, start_frame=0, frame_count=FRAMES, output_file=name, command="render")


def make(path: Path, codec: str, *options: str) -> None:
    source = f"testsrc2=s=320x180:r=25:d={FRAMES / 25},noise=alls=8:allf=t"
    run_ffmpeg("-f", "lavfi", "-i", source, "-c:v", codec, *options, str(path))


@pytest.fixture(scope="module")
def reader() -> Iterator[MediaReader]:
    with MediaReader() as reader:
        yield reader


@pytest.mark.parametrize("name", FOUND)
def test_damage_in_the_middle_is_found(name: str, tmp_path: Path, reader: MediaReader) -> None:
    part = tmp_path / name
    make(part, *FOUND[name])
    assert verify_output(part, chunk(name), reader=reader) == FRAMES
    largest = max(map(bytes, stored_packets(part)), key=len)
    with part.open("r+b") as file:
        file.seek(part.read_bytes().index(largest) + len(largest) // 2)
        file.write(random.Random(1).randbytes(64))
    with pytest.raises(
        VerificationError, match=r"^.* is damaged at frame \d+\.$|^.* has 1 frame that cannot be decoded\.$"
    ):
        verify_output(part, chunk(name), reader=reader)


@pytest.mark.parametrize("name", TAKEN)
def test_nothing_is_wrong_with_a_whole_video(name: str, tmp_path: Path, reader: MediaReader) -> None:
    part = tmp_path / name
    make(part, *TAKEN[name])
    assert verify_output(part, chunk(name), reader=reader) == FRAMES
