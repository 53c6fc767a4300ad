"""Chunks in containers that do not say how long a frame is: one that lacks the end of its last frame is not whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

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
    packets = 2 if encoder == "HEVC" else 1  # its decoder makes up the very last bytes
    cut.write_bytes(whole.read_bytes()[: -packets * PACKET])
    with pytest.raises(VerificationError, match=r"^cut\.ts ends in the middle of frame 25\.$"):
        verify_output(cut, CHUNK, reader=reader)
