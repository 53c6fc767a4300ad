"""An ffmpeg without an encoder that a video takes gives way to one that has it, or the job is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import FrameEncoding, FrameSequence, StitchOptions, UserInputError
from tests.support.frame_renderer import png
from tests.support.jobs import text_job
from tests.support.other_ffmpeg import ffmpeg_of, only_ffmpeg, systems_ffmpeg

AV1 = FrameEncoding(encoder="libsvtav1", pixel_formats=("yuv420p",))


@pytest.fixture
def without_av1(tmp_path: Path) -> Path:
    """An ffmpeg as some Linux systems build it."""
    folder = tmp_path / "system"
    folder.mkdir()
    return ffmpeg_of(folder, "6.1.1", "60. 16", encoders=("libx264", "aac"))


@pytest.mark.parametrize(
    "asks",
    [{"frame_encoding": AV1}, {"merge_command": "helios merge film.mkv part_0.txt part_1.txt --video-codec libsvtav1"}],
    ids=["frames", "chunks"],
)
def test_a_job_is_refused_before_it_renders(without_av1: Path, asks: dict[str, object]) -> None:
    spec = text_job(2).model_copy(update=asks)
    with only_ffmpeg(without_av1):
        FfmpegStitcher().check_programs(text_job(2))
        with pytest.raises(UserInputError, match="was built without the encoder libsvtav1") as refused:
            FfmpegStitcher().check_programs(spec)
    assert refused.value.hint == "Install an ffmpeg that has this encoder, or choose another codec."


async def test_the_bundled_one_encodes_what_the_systems_one_cannot(without_av1: Path, tmp_path: Path) -> None:
    for frame in (1, 2):
        (tmp_path / f"f_{frame:04d}.png").write_bytes(png(3))
    frames = FrameSequence(tmp_path / "f_####.png", range(1, 3))
    with systems_ffmpeg(without_av1):
        assert find_ffmpeg() == without_av1
        await FfmpegStitcher().encode_frames([frames], tmp_path / "a.mp4", StitchOptions(frame_encoding=AV1))
    made = probe(tmp_path / "a.mp4").video
    assert made is not None
    assert (made.codec, made.packets) == ("av1", 2)
