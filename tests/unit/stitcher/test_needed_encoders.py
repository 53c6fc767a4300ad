"""An ffmpeg without an encoder that a video takes gives way to one that has it, or the job is refused in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import FrameEncoding, FrameSequence, SourceTracks, StitchOptions, UserInputError
from tests.support.frame_renderer import png
from tests.support.jobs import text_job
from tests.support.other_ffmpeg import ffmpeg_of, only_ffmpeg, systems_ffmpeg
from tests.unit.stitcher.conftest import Studio

AV1 = FrameEncoding(encoder="libsvtav1", pixel_formats=("yuv420p",))


@pytest.fixture
def without_av1(tmp_path: Path) -> Path:
    """An ffmpeg as some Linux systems build it."""
    folder = tmp_path / "system"
    folder.mkdir()
    return ffmpeg_of(folder, "6.1.1", "60. 16", encoders=("libx264", "aac"))


MERGE = "helios merge film.mkv part_0.txt part_1.txt"


@pytest.mark.parametrize(
    ("asks", "encoder"),
    [
        ({"frame_encoding": AV1}, "libsvtav1"),
        ({"merge_command": f"{MERGE} --video-codec libsvtav1"}, "libsvtav1"),
        ({"merge_command": f"{MERGE} --audio-codec opus"}, "libopus"),
        ({"merge_command": f"{MERGE} --video-codec libx264 --audio-codec libmp3lame"}, "libmp3lame"),
        ({"merge_command": f"{MERGE.replace('mkv', 'webm')} --audio-codec aac"}, "libopus"),
    ],
    ids=["frames", "chunks", "sound", "picture and sound", "what the container takes"],
)
def test_a_job_is_refused_before_it_renders(without_av1: Path, asks: dict[str, object], encoder: str) -> None:
    spec = text_job(2).model_copy(update=asks)
    with only_ffmpeg(without_av1):
        FfmpegStitcher().check_programs(text_job(2))
        FfmpegStitcher().check_programs(
            text_job(2).model_copy(update={"merge_command": f"{MERGE} --audio-codec aac --video-codec libx264"})
        )
        with pytest.raises(UserInputError, match=f"was built without the encoder {encoder}") as refused:
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


async def test_the_bundled_one_encodes_a_second_sound_that_the_systems_one_cannot(
    without_av1: Path, tmp_path: Path, studio: Studio
) -> None:
    parts = [tmp_path / f"two_{number}.mkv" for number in range(2)]
    for part, plain in zip(parts, studio.chunks(3, 3, suffix=".mkv", audio="aac"), strict=True):
        second = (
            "-f",
            "lavfi",
            "-i",
            "sine=r=48000:d=0.1",
            "-map",
            "0",
            "-map",
            "1",
            "-c",
            "copy",
            "-c:a:1",
            "libopus",
        )
        studio.run("-i", str(plain), *second, str(part))
    with systems_ffmpeg(without_av1):
        await FfmpegStitcher().stitch(parts, tmp_path / "film.mkv", StitchOptions(frames=6))
    assert [sound.codec for sound in probe(tmp_path / "film.mkv").of_kind("audio")] == ["aac", "opus"]


async def test_the_bundled_one_encodes_a_sources_sound_that_the_systems_one_cannot(
    without_av1: Path, tmp_path: Path, studio: Studio
) -> None:
    source = studio.chunk("source.mkv", 0, 9, audio="libopus")
    part = studio.chunk("part.mkv", 2, 4, audio=None)
    with systems_ffmpeg(without_av1):
        tracks = SourceTracks(source, first_frame=2)
        await FfmpegStitcher().stitch([part], tmp_path / "film.mkv", StitchOptions(frames=4, tracks_from=tracks))
    assert [sound.codec for sound in probe(tmp_path / "film.mkv").of_kind("audio")] == ["opus"]
