"""Chunks in containers that do not say how long a frame is: one that lacks the end of its last frame is not whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.media.last_frame import ends_in_packet
from helios_gui.media.media_reader import MediaReader
from helios_gui.media.media_verifier import verify_output
from helios_gui.types import RenderChunk, VerificationError
from tests.support.numbered_video import run_ffmpeg

PACKET = 188  # bytes of a transport stream
FRAMES = 25
ENCODERS = {
    "H.264": ("libx264", "-bf", "0"),
    "H.264 with open groups": ("libx264", "-x264-params", "open-gop=1:keyint=8:bframes=3"),
    "H.264 in one group": ("libx264", "-g", "250"),
    "MPEG-2": ("mpeg2video", "-g", "8", "-bf", "2"),
    "MPEG-4": ("mpeg4",),
    "HEVC": ("libx265", "-x265-params", "log-level=none"),
    "HEVC in slices": ("libx265", "-x265-params", "log-level=none:slices=4:bframes=0"),
    "HEVC of 10 bits": ("libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=none:keyint=8"),
}
CHUNK = RenderChunk(id=0, start_frame=0, frame_count=FRAMES, output_file="part.ts", command="render")


@pytest.fixture(scope="module")
def reader() -> Iterator[MediaReader]:
    with MediaReader() as reader:
        yield reader


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_chunk_without_the_end_of_its_last_frame_is_refused(
    encoder: str, tmp_path: Path, reader: MediaReader
) -> None:
    whole, cut = tmp_path / "part.ts", tmp_path / "cut.ts"
    codec, *options = ENCODERS[encoder]
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x180:d=1:r=25", "-c:v", codec, *options, str(whole))
    assert verify_output(whole, CHUNK, reader=reader) == FRAMES
    for missing in (1, 100, PACKET - 1):
        cut.write_bytes(whole.read_bytes()[:-missing])
        with pytest.raises(
            VerificationError, match=r"^cut\.ts ends in the middle of a packet of its transport stream\.$"
        ):
            verify_output(cut, CHUNK, reader=reader)
    for packets in (1, 2):
        cut.write_bytes(whole.read_bytes()[: -packets * PACKET])
        with pytest.raises(VerificationError, match=r"^cut\.ts ends in the middle of frame 25\.$"):
            verify_output(cut, CHUNK, reader=reader)


@pytest.mark.parametrize("name", ["part.ts", "part.m2ts"])
@pytest.mark.parametrize(
    ("before", "behind", "is_cut"), [(0, 0, False), (50, 0, False), (0, -1, True), (50, -60, True)]
)
def test_a_stream_that_ends_in_a_packet(name: str, before: int, behind: int, is_cut: bool, tmp_path: Path) -> None:
    part = tmp_path / name
    run_ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:d=0.4:r=25", "-c:v", "mpeg2video", str(part))
    data = part.read_bytes()
    part.write_bytes(data[before : len(data) + behind])
    assert ends_in_packet(part) is is_cut


def test_what_is_no_transport_stream_does_not_end_in_a_packet(tmp_path: Path) -> None:
    other = tmp_path / "part.ts"
    for data in (b"", b"\x47", b"\x47" * 3, bytes(5_000)):
        other.write_bytes(data)
        assert not ends_in_packet(other)
