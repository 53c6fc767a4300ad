"""Chunks that do not fit together: refused by name, or evened out when that is allowed."""

from __future__ import annotations

from fractions import Fraction

import pytest

from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import StitchError, StitchOptions

MPEG4 = ("mpeg4", "-q:v", "2")
X264 = ("libx264", "-preset", "ultrafast")

ODD_CHUNKS = {
    "size": ({"size": "320x180"}, "part_2.mov is 320×180, the others are 160×90."),
    "codec": ({"codec": MPEG4}, "part_2.mov is mpeg4 video, the others are h264 video."),
    "pixels": ({"pixels": "yuv444p"}, "part_2.mov is in yuv444p pixels, the others are in yuv420p pixels."),
    "rate": ({"rate": 25, "audio_rate": 30}, "part_2.mov is timed at 25 fps, the others are timed at 30 fps."),
    "silent": ({"audio": None}, "part_2.mov is without audio, the others are with audio."),
    "sound codec": ({"audio": "pcm_s24le"}, "part_2.mov is pcm_s24le audio, the others are pcm_s16le audio."),
    "sound rate": ({"extra": ("-ar", "44100")}, "part_2.mov is 44100 Hz audio, the others are 48000 Hz audio."),
    "channels": ({"extra": ("-ac", "2")}, "part_2.mov is audio of 2 channels, the others are audio of 1 channels."),
    "time base": (
        {"extra": ("-video_track_timescale", "90000")},
        "part_2.mov is counting time in 1/90000 s, the others are counting time in 1/15360 s.",
    ),
    "profile": (
        {"codec": (*X264, "-bf", "2")},
        "part_2.mov is h264 of the profile Main, the others are h264 of the profile Constrained Baseline.",
    ),
}


def chunks_with_an_odd_one(studio, **odd):
    counts = [6, 6, 6, 5]
    return [
        studio.chunk(f"part_{index}.mov", index * 6, count, **(odd if index == 2 else {}))
        for index, count in enumerate(counts)
    ]


@pytest.mark.parametrize("what", ODD_CHUNKS)
async def test_refuses_and_names_the_odd_chunk(studio, tmp_path, what):
    odd, message = ODD_CHUNKS[what]
    output = tmp_path / "film.mp4"
    output.write_bytes(b"yesterday's film")
    chunks = chunks_with_an_odd_one(studio, **odd)
    before = {chunk: chunk.read_bytes() for chunk in chunks}

    with pytest.raises(StitchError) as caught:
        await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=23))

    assert str(caught.value) == message
    assert "encode them anew" in caught.value.hint
    assert output.read_bytes() == b"yesterday's film"
    assert {chunk: chunk.read_bytes() for chunk in chunks} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*(chunk.name for chunk in chunks), "film.mp4"])


async def test_parameter_sets_that_differ_are_a_mismatch(studio, tmp_path):
    chunks = chunks_with_an_odd_one(studio, codec=(*X264, "-refs", "4"))
    with pytest.raises(StitchError, match=r"part_2\.mov is encoded with settings \w+, the others"):
        await FfmpegStitcher().stitch(chunks, tmp_path / "film.mp4")


async def test_same_settings_are_none_whatever_the_picture_and_length(studio, tmp_path):
    """What an encoder writes about itself and its threads is no setting."""
    codec = ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=1")
    other = ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=2")
    chunks = [
        studio.chunk("a.mp4", 0, 4, codec=codec, audio="aac"),
        studio.chunk("b.mp4", 4, 9, codec=other, audio="aac"),
    ]
    output = tmp_path / "film.mp4"
    await FfmpegStitcher().stitch(chunks, output)
    assert studio.numbers(output) == list(range(13))


async def test_several_odd_chunks(studio, tmp_path):
    sizes = ["160x90", "320x180", "160x90", "320x180", "160x90"]
    chunks = [studio.chunk(f"{index}.mov", index, 1, size=size) for index, size in enumerate(sizes)]
    with pytest.raises(StitchError, match=r"^1\.mov and 1 more are 320×180, the others are 160×90\.$"):
        await FfmpegStitcher().stitch(chunks, tmp_path / "film.mp4")


@pytest.mark.parametrize("what", ODD_CHUNKS)
async def test_evens_out_when_allowed(studio, tmp_path, what):
    odd, message = ODD_CHUNKS[what]
    output = tmp_path / "film.mp4"
    told: list[float] = []
    options = StitchOptions(frames=23, rate=Fraction(30), reencode=True)

    report = await FfmpegStitcher().stitch(chunks_with_an_odd_one(studio, **odd), output, options, told.append)

    assert studio.numbers(output) == list(range(23))
    assert studio.times(output) == [Fraction(n, 30) for n in range(23)]
    info = probe(output)
    assert info.video is not None
    assert info.audio is not None
    assert (info.video.width, info.video.height, info.video.codec) == (160, 90, "h264")
    assert info.video.pixel_format == "yuv420p"
    assert info.audio.duration == pytest.approx(23 / 30, abs=1 / 30)
    assert message.rstrip(".") in str(report)
    pictures_differ = what not in ("silent", "sound codec", "sound rate", "channels")
    assert report.reencoded == pictures_differ
    if what not in ("silent", "channels"):  # FFmpeg makes mono louder than the stereo it is made to
        assert studio.worst_tone_error(studio.samples(output), 23 * 1600) < 0.1
    assert told == sorted(set(told))
    assert told[-1] == 1.0
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


async def test_silence_takes_the_place_of_missing_sound(studio, tmp_path):
    output = tmp_path / "film.mov"
    parts = [
        studio.chunk(f"{index}.mov", index * 6, 6, audio=None if index in (1, 2) else "pcm_s16le") for index in range(4)
    ]
    await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=24, reencode=True))
    samples = studio.samples(output)
    assert len(samples) == 24 * 1600
    assert max(map(abs, samples[6 * 1600 : 18 * 1600])) == 0.0
    assert max(map(abs, samples[: 6 * 1600])) > 0.4
    assert max(map(abs, samples[18 * 1600 :])) > 0.4


async def test_more_chunks_than_one_ffmpeg_reads_at_a_time(studio, tmp_path):
    output = tmp_path / "film.mp4"
    chunks = [studio.chunk(f"{n}.mov", 2 * n, 2, size="320x180" if n == 30 else "160x90") for n in range(37)]
    await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=74, rate=Fraction(30), reencode=True))
    assert studio.numbers(output) == list(range(74))
    assert studio.worst_tone_error(studio.samples(output), 74 * 1600) < 0.05


async def test_asked_size_codec_and_rate(studio, tmp_path):
    output = tmp_path / "film.mp4"
    options = StitchOptions(
        frames=23, rate=Fraction(30_000, 1001), width=320, height=240, reencode=True, video_codec="mpeg4", quality=12
    )
    report = await FfmpegStitcher().stitch(chunks_with_an_odd_one(studio, size="80x90"), output, options)
    info = probe(output)
    assert (info.video.width, info.video.height, info.video.codec) == (320, 240, "mpeg4")
    assert studio.times(output) == [n / Fraction(30_000, 1001) for n in range(23)]
    assert report.reencoded


async def test_without_a_frame_count_differing_rates_keep_their_duration(studio, tmp_path):
    output = tmp_path / "film.mp4"
    parts = [studio.chunk("a.mov", 0, 30), studio.chunk("b.mov", 30, 30), studio.chunk("c.mov", 60, 25, rate=25)]
    report = await FfmpegStitcher().stitch(parts, output, StitchOptions(reencode=True))
    assert report.frames == 90
    assert probe(output).audio.duration == pytest.approx(3.0, abs=1 / 30)
