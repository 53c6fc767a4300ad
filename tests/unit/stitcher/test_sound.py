"""Sound over the seams: one long tone, cut into chunks and encoded, comes out as one long tone."""

from __future__ import annotations

import re
from array import array
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.frame_index import index_frames
from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.stitcher.sound_fit import sound_start
from helios_gui.types import StitchError, StitchOptions
from helios_gui.utils.work_threads import Stop
from tests.support.media_maker import media_maker

H264 = ("libx264", "-preset", "ultrafast")
VP8 = ("libvpx", "-cpu-used", "8", "-deadline", "realtime")
MPEG4 = ("mpeg4",)
QUIET = 0.002


def longest_silence(samples: array[float]) -> int:
    longest = here = 0
    for sample in samples:
        here = here + 1 if abs(sample) < QUIET else 0
        longest = max(longest, here)
    return longest


def greatest_step(samples: array[float]) -> float:
    return max(abs(later - earlier) for earlier, later in pairwise(samples))


@pytest.mark.parametrize(
    ("suffix", "codec", "audio"),
    [
        (".mkv", H264, "libopus"),
        (".webm", VP8, "libopus"),
        (".mp4", H264, "libopus"),
        (".webm", VP8, "libvorbis"),
        (".mp4", H264, "aac"),
        (".mkv", H264, "aac"),
        (".flv", H264, "aac"),
        (".ts", H264, "aac"),
        (".mp4", H264, "libmp3lame"),
        (".mkv", H264, "libmp3lame"),
        (".mkv", H264, "ac3"),
        (".ts", H264, "eac3"),
        (".mov", H264, "alac"),
        (".mkv", H264, "flac"),
        (".avi", MPEG4, "pcm_s16le"),
    ],
)
async def test_no_seam_is_heard(studio, tmp_path, suffix, codec, audio):
    extra = ("-strict", "experimental", "-aac_coder", "fast") if audio in ("aac", "libopus") else ()
    chunks = studio.chunks(15, 12, 14, suffix=suffix, codec=codec, audio=audio, extra=extra)
    output = tmp_path / "film.mkv"
    report = await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=41, audio_codec="flac"))
    samples = studio.samples(output)
    length = 41 * 1_600
    assert len(samples) == length
    assert studio.worst_tone_error(samples, length) < 0.1
    assert longest_silence(samples[480:-480]) < 20
    assert greatest_step(samples[480:-480]) < 0.13  # the tone's own greatest step is 0.029
    assert "shorter" not in str(report.notes)


@pytest.mark.parametrize(
    ("audio", "any_reader"), [("aac", False), ("libmp3lame", False), ("ac3", False), ("aac", True)]
)
async def test_no_seam_is_heard_of_what_a_newer_ffmpeg_has_written(studio, tmp_path, audio, any_reader):
    """Matroska of FFmpeg 6 tells what encoders put around the sound; FFmpeg 5 makes gaps of it, 6 to 8 decode it.

    FFmpeg 5 decodes AAC as 6 to 8 do.
    """
    extra = ("-aac_coder", "fast") if audio == "aac" else ()
    chunks = studio.chunks(15, 12, 14, suffix=".mkv", codec=H264, audio=audio, extra=extra, program=media_maker())
    output = tmp_path / "film.mkv"
    stitcher = FfmpegStitcher(ffmpeg=find_ffmpeg() if any_reader else None)
    await stitcher.stitch(chunks, output, StitchOptions(frames=41, audio_codec="flac"))
    samples = studio.samples(output)
    assert studio.worst_tone_error(samples, 41 * 1_600) < 0.1
    assert longest_silence(samples[480:-480]) < 20


@pytest.mark.parametrize(
    ("suffix", "codec", "audio", "name"),
    [
        (".mp4", H264, "aac", "aac"),
        (".mkv", H264, "libopus", "opus"),
        (".webm", VP8, "libopus", "opus"),
        (".webm", VP8, "libvorbis", "vorbis"),
        (".mkv", H264, "libmp3lame", "mp3"),
        (".mkv", H264, "ac3", "ac3"),
        (".mov", H264, "alac", "alac"),
    ],
)
async def test_sound_keeps_its_codec_and_begins_with_the_picture(studio, tmp_path, suffix, codec, audio, name):
    chunks = studio.chunks(15, 15, suffix=suffix, codec=codec, audio=audio)
    output = tmp_path / f"film{suffix}"
    report = await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=30))
    assert report.audio_codec == name
    found = probe(output)
    if suffix == ".mkv" and name != "opus":  # what the encoder puts there is before the first frame, or left out
        assert -0.025 < sound_start(found, found.audio) < 0.002
        assert 0 <= found.video.start < 0.025
    else:
        assert abs(sound_start(found, found.audio)) < 0.002
        assert found.video.start == 0
    assert found.audio.duration == pytest.approx(1, abs=0.05)
    lossless = name == "alac"
    assert any(f"{name} audio was encoded once more" in note for note in report.notes) is not lossless


@pytest.mark.parametrize("rate", [44_100, 22_050])
async def test_other_sample_rates_over_frames_of_no_whole_number_of_samples(studio, tmp_path, rate):
    chunks = [
        studio.chunk(
            f"part_{index}.mkv", 14 * index, 14, rate=Fraction(30_000, 1_001), audio="aac", extra=("-ar", str(rate))
        )
        for index in range(3)
    ]
    output = tmp_path / "film.mkv"
    await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=42, audio_codec="flac"))
    assert probe(output).audio.sample_rate == rate
    samples = studio.samples(output)
    assert longest_silence(samples[480:-480]) < 20
    assert greatest_step(samples[480:-480]) < 0.08


def with_sound(studio, name: str, source: str, *arguments: str, frames: int = 15, offset: str = "0") -> Path:
    path = studio.folder / name
    picture = f"testsrc2=s=64x48:r=30,trim=end_frame={frames}"
    inputs = ["-f", "lavfi", "-i", picture, "-itsoffset", offset, "-f", "lavfi", "-i", source]
    studio.run(*inputs, "-c:v", "libx264", "-preset", "ultrafast", *arguments, str(path))
    return path


def onset(samples: array[float]) -> float:
    return next(index for index, sample in enumerate(samples) if abs(sample) > 0.05) / 48_000


@pytest.mark.parametrize("chunks", [1, 2])
@pytest.mark.parametrize(
    ("suffix", "codec", "target"),
    [
        (".mov", "pcm_s16le", ".mp4"),
        (".mov", "pcm_s16le", ".mov"),
        (".mkv", "pcm_s16le", ".mkv"),
        (".mkv", "flac", ".mkv"),
        (".mp4", "aac", ".mkv"),
        (".ts", "aac", ".mp4"),
        (".mp4", "aac", ".mp4"),
        (".mkv", "libopus", ".mkv"),
    ],
)
async def test_sound_that_begins_late_stays_in_sync(studio, tmp_path, chunks, suffix, codec, target):
    tone = "aevalsrc='0.5*cos(2*PI*441*t)':s=48000:d=0.3"
    parts = [with_sound(studio, f"part_{index}{suffix}", tone, "-c:a", codec, offset="0.2") for index in range(chunks)]
    output = tmp_path / f"film{target}"
    await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=15 * chunks))
    found = probe(output)
    assert sound_start(found, found.audio) + onset(studio.samples(output)) == pytest.approx(0.2, abs=0.008)


@pytest.mark.parametrize(("suffix", "codec"), [(".mov", "pcm_s16le"), (".mp4", "aac"), (".mkv", "libopus")])
@pytest.mark.parametrize("seconds", [0.2, 0.9])
async def test_a_lone_chunk_whose_sound_is_shorter_or_longer_than_its_frames(studio, tmp_path, suffix, codec, seconds):
    chunk = with_sound(studio, f"part{suffix}", f"sine=441:r=48000:d={seconds}", "-c:a", codec)
    output = tmp_path / f"film{suffix}"
    report = await FfmpegStitcher().stitch([chunk], output, StitchOptions(frames=15))
    if codec == "pcm_s16le":
        assert len(studio.samples(output)) == 24_000
        assert f"{'shorter' if seconds < 0.5 else 'longer'} than the frames" in str(report.notes)
    else:  # it is copied as it is
        words = r"ends (\S+) s before its frames" if seconds < 0.5 else r"goes on for (\S+) s after its last frame"
        told = re.search(rf"the sound of the chunk {words}", str(report.notes))
        assert told is not None
        assert float(told[1]) == pytest.approx(abs(seconds - 0.5), abs=0.03)


async def test_chunks_whose_sounds_do_not_fit_their_frames_are_named(studio, tmp_path):
    parts = [
        with_sound(studio, f"part_{index}.mov", f"sine=441:r=48000:d={seconds}", "-c:a", "pcm_s16le")
        for index, seconds in enumerate((0.5, 0.9, 0.3, 0.5))
    ]
    output = tmp_path / "film.mov"
    report = await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=60))
    assert report.notes == (
        "the sound of 1 chunk was longer than the frames, and was cut",
        "the sound of 1 chunk was shorter than the frames, and silence follows it",
    )
    samples = studio.samples(output)
    assert len(samples) == 96_000
    assert longest_silence(samples) == pytest.approx(9_600, abs=60)


@pytest.mark.parametrize(
    ("layout", "suffix", "codec"),
    [
        ("quad", ".mov", "pcm_s16le"),
        ("quad", ".mp4", "aac"),
        ("3.0", ".mkv", "flac"),
        ("2.1", ".mov", "pcm_s24le"),
        ("5.1", ".mkv", "ac3"),
        ("5.1", ".webm", "libopus"),
        ("5.0(side)", ".mkv", "flac"),
        ("6.1", ".mkv", "flac"),
        ("7.1", ".mov", "pcm_s16le"),
        ("7.1", ".mkv", "flac"),
        ("octagonal", ".mkv", "pcm_s16le"),
    ],
)
async def test_every_channel_stays_where_it_is(studio, tmp_path, layout, suffix, codec):
    """Each channel has a tone of its own, and each chunk's sound is a little too long."""
    count = {"quad": 4, "3.0": 3, "2.1": 3, "5.1": 6, "5.0(side)": 5, "6.1": 7}.get(layout, 8)
    tones = "|".join(f"{0.1 * (channel + 1):.1f}*sin(2*PI*60*t)" for channel in range(count))
    video = ("-c:v", "libvpx", "-cpu-used", "8") if suffix == ".webm" else ()
    parts = [
        with_sound(
            studio, f"part_{index}{suffix}", f"aevalsrc='{tones}':c={layout}:s=48000:d=0.6", *video, "-c:a", codec
        )
        for index in range(2)
    ]
    output = tmp_path / f"film{suffix}"
    report = await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=30))
    before, after = probe(parts[0]).audio, probe(output).audio
    assert (after.channels, after.layout) == (before.channels, before.layout)
    assert loudness(studio, output, count) == pytest.approx(loudness(studio, parts[0], count), rel=0.15)
    assert "mixed" not in str(report.notes)


def loudness(studio, path: Path, channels: int) -> list[float]:
    raw = studio.folder / "raw"
    studio.run("-i", str(path), "-map", "0:a", "-f", "f32le", "-c:a", "pcm_f32le", str(raw))
    samples = array("f", raw.read_bytes())
    middle = samples[channels * 4_800 : channels * 19_200]
    return [max(abs(sample) for sample in middle[channel::channels]) for channel in range(channels)]


async def test_sound_that_a_codec_cannot_hold_is_named(studio, tmp_path):
    parts = [with_sound(studio, "part.mov", "aevalsrc='0.1|0.2|0.3|0.4|0|0':c=5.1:s=96000:d=0.5", "-c:a", "pcm_s16le")]
    report = await FfmpegStitcher().stitch(parts, tmp_path / "film.mkv", StitchOptions(audio_codec="mp3"))
    assert "the sound was mixed from 5.1 to stereo, as mp3 takes no more" in report.notes
    assert "the sound has 48000 Hz instead of 96000 Hz, as mp3 takes" in report.notes


async def test_a_chunk_without_sound_among_others_is_silent_when_encoded_anew(studio, tmp_path):
    chunks = [*studio.chunks(15, 15, audio="aac", suffix=".mp4"), studio.chunk("mute.mp4", 30, 15, audio=None)]
    output = tmp_path / "film.mp4"
    with pytest.raises(StitchError, match=r"mute\.mp4 is without audio"):
        await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=45))
    await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=45, reencode=True))
    assert longest_silence(studio.samples(output)) == pytest.approx(24_000, abs=1_100)


TONE_LESS = "sine=f=441:r=48000,atrim=end_sample=23870"  # 130 samples less than its frames
BURSTS = "aevalsrc='0.5*cos(2*PI*441*t)*gte(t,0.2)':s=48000:d=0.5"  # half a second, silent at first


@pytest.mark.parametrize("sounds", [1, 2])
@pytest.mark.parametrize("codec", ["pcm_s16le", "mp3", "aac", "mp2", "ac3"])
async def test_sound_in_avi_is_heard_when_it_should_be(studio, tmp_path, codec, sounds):
    tracks = ("-map", "0:v", *("-map", "1:a") * sounds)
    parts = [with_sound(studio, f"part_{index}.mov", BURSTS, *tracks, "-c:a", "pcm_s16le") for index in range(2)]
    output = tmp_path / "film.avi"
    options = StitchOptions(frames=30, audio_codec=codec, video_codec="mpeg4")
    report = await FfmpegStitcher().stitch(parts, output, options)
    assert report.audio_codec == codec
    found = probe(output)
    assert len(found.of_kind("audio")) == sounds
    for track in range(sounds):
        alone = tmp_path / f"alone_{track}.wav"
        studio.run("-i", str(output), "-map", f"0:a:{track}", str(alone))
        samples = studio.samples(alone)
        assert onset(samples) == pytest.approx(0.2, abs=0.002)
        assert onset(samples[int(0.6 * 48_000) :]) == pytest.approx(0.1, abs=0.002)


@pytest.mark.parametrize(
    ("suffix", "codec", "pictures"),
    [
        (".mkv", "aac", ""),
        (".mkv", "mp3", ""),
        (".mkv", "ac3", ""),
        (".mkv", "aac", "mpeg4"),
        (".flv", "aac", ""),
        (".flv", "mp3", "flv"),
        (".nut", "aac", ""),
        (".ts", "aac", ""),
    ],
)
async def test_joined_sound_is_not_late_by_what_its_encoder_puts_before_it(studio, tmp_path, suffix, codec, pictures):
    """21 ms of AAC, 23 ms of MP3."""
    tracks = ("-map", "0:v", *("-map", "1:a") * (1 if suffix == ".flv" else 2))
    parts = [with_sound(studio, f"part_{index}.mov", BURSTS, *tracks, "-c:a", "pcm_s16le") for index in range(2)]
    output = tmp_path / f"film{suffix}"
    report = await FfmpegStitcher().stitch(
        parts, output, StitchOptions(frames=30, audio_codec=codec, video_codec=pictures)
    )
    assert report.audio_codec == codec
    found = probe(output)
    for track, sound in enumerate(found.of_kind("audio")):
        samples = studio.samples(output, track)
        begin = sound_start(found, sound)
        assert begin + onset(samples) == pytest.approx(0.2, abs=0.003)
        assert begin + onset(samples[int(0.6 * 48_000) :]) == pytest.approx(0.1, abs=0.003)
    assert len(found.of_kind("audio")) == len(tracks) // 2 - 1


@pytest.mark.parametrize(("asked", "used"), [("flac", "pcm_s16le"), ("libvorbis", "mp3")])
async def test_sound_that_avi_does_not_keep_in_time_becomes_another(studio, tmp_path, asked, used):
    part = with_sound(studio, "part.mov", BURSTS, "-c:a", "pcm_s16le")
    options = StitchOptions(frames=15, audio_codec=asked, video_codec="mpeg4")
    report = await FfmpegStitcher().stitch([part], tmp_path / "film.avi", options)
    assert report.audio_codec == used
    assert f"a .avi file holds no {asked} audio; {used} was used" in report.notes


@pytest.mark.parametrize("chunks", [1, 2])
async def test_h264_with_aac_is_encoded_anew_for_avi_in_sync(studio, tmp_path, chunks):
    how = ("-bf", "2", "-c:a", "aac")
    parts = [with_sound(studio, f"part_{index}.mkv", BURSTS, *how) for index in range(chunks)]
    output = tmp_path / "film.avi"
    report = await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=15 * chunks, reencode=True))
    assert (report.video_codec, report.audio_codec) == ("h264", "mp3")
    assert onset(studio.samples(output)) == pytest.approx(0.2, abs=0.002)
    assert probe(output).video.start == 0


@pytest.mark.parametrize(
    ("suffix", "codec", "target"),
    [
        (".mp4", "aac", ".mp4"),
        (".mkv", "aac", ".mp4"),
        (".mp4", "libmp3lame", ".mp4"),
        (".mkv", "libvorbis", ".webm"),
        (".mkv", "libopus", ".webm"),
    ],
)
async def test_a_lone_sound_that_is_copied_beside_new_pictures_is_not_late(studio, tmp_path, suffix, codec, target):
    """By the encoder's delay: 1,024 samples of AAC, 1,105 of MP3."""
    part = studio.chunk(f"part{suffix}", 0, 12, audio=codec)
    output = tmp_path / f"film{target}"
    options = StitchOptions(
        frames=12, rate=Fraction(30), video_codec="vp9" if target == ".webm" else "libx264", quality=9
    )
    report = await FfmpegStitcher().stitch([part], output, options)
    assert report.reencoded
    assert not any("audio was encoded" in note for note in report.notes)
    assert studio.numbers(output) == list(range(12))
    assert studio.worst_tone_error(studio.samples(output), 12 * 1600) < 0.2


async def test_a_lone_mp3_is_encoded_anew_where_avi_would_play_it_late(studio, tmp_path):
    part = with_sound(studio, "part.mp4", BURSTS, "-bf", "0", "-c:a", "libmp3lame")
    output = tmp_path / "film.avi"
    await FfmpegStitcher().stitch([part], output, StitchOptions(frames=15))
    assert onset(studio.samples(output)) == pytest.approx(0.2, abs=0.002)


@pytest.mark.parametrize("codec", ["libmp3lame", "aac", "mp2", "ac3"])
async def test_sound_out_of_avi_is_heard_when_it_should_be(studio, tmp_path, codec):
    parts = [with_sound(studio, f"part_{index}.avi", BURSTS, "-bf", "0", "-c:a", codec) for index in range(2)]
    output = tmp_path / "film.mkv"
    report = await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=30, audio_codec="flac"))
    samples = studio.samples(output)
    assert onset(samples) == pytest.approx(0.2, abs=0.002)
    assert onset(samples[int(0.6 * 48_000) :]) == pytest.approx(0.1, abs=0.002)
    assert ("shorter" in str(report.notes)) is (codec == "mp2")


async def test_sound_out_of_avi_is_in_time_where_its_encoder_cut_its_end(studio, tmp_path):
    """AC-3 fills up its last packet only: with 22 frames there is less room in it than its lead-in takes."""
    parts = studio.chunks(22, 22, suffix=".avi", codec=("mpeg4", "-q:v", "3"), audio="ac3")
    output = tmp_path / "film.mkv"
    await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=44, audio_codec="flac"))
    assert studio.worst_tone_error(studio.samples(output), 44 * 1600) < 1


@pytest.mark.parametrize("suffix", [".mkv", ".ts", ".flv"])
async def test_sound_of_low_rates_begins_with_its_encoders_lead_in(studio, tmp_path, suffix):
    """At 16 kHz the lead-in of AAC takes 64 ms."""
    parts = []
    for number in range(2):
        parts.append(tmp_path / f"part_{number}.mov")
        sources = ("-f", "lavfi", "-i", "testsrc2=s=64x36:r=30:d=0.5", "-f", "lavfi", "-i", "sine=440:r=16000:d=0.5")
        studio.run(*sources, "-c:v", "libx264", "-bf", "0", "-c:a", "pcm_s16le", str(parts[-1]))
    options = StitchOptions(frames=30, audio_codec="aac", reencode=True)
    report = await FfmpegStitcher().stitch(parts, tmp_path / f"film{suffix}", options)
    assert report.audio_codec == "aac"


@pytest.mark.parametrize(
    ("before", "codec", "suffix", "after"),
    [
        (".mkv", "flac", ".ts", "aac"),
        (".mkv", "wavpack", ".mkv", "flac"),
        (".mkv", "tta", ".mkv", "flac"),
        (".ts", "s302m", ".ts", "aac"),
        (".mkv", "dca", ".mkv", "aac"),
        (".mkv", "truehd", ".mkv", "flac"),
        (".mov", "pcm_alaw", ".mxf", "pcm_s16le"),
        (".mov", "pcm_f32le", ".mxf", "pcm_s24le"),
        (".ts", "libopus", ".ts", "opus"),
        (".mp4", "flac", ".mp4", "flac"),
    ],
)
async def test_sounds_that_cannot_be_made_become_others(studio, tmp_path, before, codec, suffix, after):
    """Some encoders are experimental, some containers lose a sound; older FFmpegs put FLAC into MP4 only when told."""
    parts = []
    for number in range(2):
        parts.append(tmp_path / f"part_{number}{before}")
        sources = ("-f", "lavfi", "-i", "testsrc2=s=64x36:r=30:d=1", "-f", "lavfi", "-i", "sine=440:r=48000:d=1")
        sound = ("-ac", "2", "-strict", "-2", "-c:a", codec)
        studio.run(*sources, "-c:v", "mpeg4", "-q:v", "4", *sound, str(parts[-1]))
    output = tmp_path / f"film{suffix}"
    await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=60, reencode=True))
    made = probe(output).audio
    assert made is not None
    assert made.codec == after
    assert made.duration == pytest.approx(2, abs=0.06)


async def test_sound_of_another_rate_than_mxf_holds_is_said(studio, tmp_path):
    part = tmp_path / "part.mov"
    sources = ("-f", "lavfi", "-i", "testsrc2=s=64x36:r=25:d=1", "-f", "lavfi", "-i", "sine=440:r=44100:d=1")
    studio.run(*sources, "-c:v", "mpeg2video", "-q:v", "4", "-c:a", "pcm_s16le", str(part))
    report = await FfmpegStitcher().stitch([part], tmp_path / "film.mxf", StitchOptions(frames=25))
    assert "the sound has 48000 Hz instead of 44100 Hz" in str(report.notes)


@pytest.mark.parametrize("is_alone", [False, True])
async def test_matroska_with_times_below_zero_stays_in_sync(studio, tmp_path, is_alone):
    """FFmpeg tells such times of sounds, and none of pictures."""
    parts = []
    for number, part in enumerate(studio.chunks(30, 30, suffix=".mkv", audio="flac")):
        parts.append(tmp_path / f"early_{number}.mkv")
        early = ("-itsoffset", "-0.5", "-i", str(part), "-c", "copy", "-avoid_negative_ts", "disabled")
        studio.run(*early, str(parts[-1]))
    used = parts[:1] if is_alone else parts
    assert index_frames(parts[0], Stop()).seconds(0) == pytest.approx(-0.5, abs=0.002)
    output = tmp_path / "film.mkv"
    report = await FfmpegStitcher().stitch(used, output, StitchOptions(frames=30 * len(used), rate=Fraction(30)))
    assert report.notes == ()
    info = probe(output)
    assert sound_start(info, info.audio) == pytest.approx(0, abs=0.002)
    assert studio.numbers(output) == list(range(30 * len(used)))
    assert studio.worst_tone_error(studio.samples(output), 48_000 * len(used)) < 0.01


async def test_sound_that_lacks_a_little_is_named(studio, tmp_path):
    parts = [with_sound(studio, f"part_{index}.mov", TONE_LESS, "-c:a", "pcm_s16le") for index in range(2)]
    report = await FfmpegStitcher().stitch(parts, tmp_path / "film.mov", StitchOptions(frames=30))
    assert "the sound of 2 chunks lacks up to 2.7 ms at its end, which was filled" in report.notes


@pytest.mark.parametrize("suffix", [".ogv", ".mkv"])
async def test_vorbis_that_ogg_cuts_short_is_named(studio, tmp_path, suffix):
    codec = ("libtheora",) if suffix == ".ogv" else VP8
    parts = studio.chunks(15, 15, suffix=suffix, codec=codec, audio="libvorbis")
    report = await FfmpegStitcher().stitch(parts, tmp_path / "film.mkv", StitchOptions(frames=30, audio_codec="flac"))
    assert ("at its end, which was filled" in str(report.notes)) is (suffix == ".ogv")


@pytest.mark.parametrize("codec", ["ac3", "aac"])
async def test_sound_that_is_only_announced_is_none(studio, tmp_path, codec):
    """A transport stream names a sound, and not one packet of it follows: FFmpeg knows neither rate nor channels."""
    parts = [tmp_path / f"part_{number}.ts" for number in range(2)]
    for part in parts:
        silent = ("-f", "lavfi", "-i", "anullsrc=r=48000", "-af", "atrim=end_sample=0", "-shortest", "-c:a", codec)
        studio.run("-f", "lavfi", "-i", "testsrc2=s=64x36:r=30:d=0.5", *silent, "-c:v", "libx264", str(part))
    with av.open(str(parts[0])) as container:
        assert len(container.streams.audio) == 1
    assert probe(parts[0]).audio is None
    output = tmp_path / "film.mp4"
    report = await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=30))
    assert (probe(output).video.packets, probe(output).audio, report.notes) == (30, None, ())


def _with_empty_sound(studio, part: Path, codec: str) -> None:
    """Make a transport stream of 15 frames that announces a sound without packets before one of 440 Hz."""
    sounds = ("-f", "lavfi", "-i", "anullsrc=r=48000", "-f", "lavfi", "-i", "sine=440:r=48000:d=0.5")
    graph = "[1:a]atrim=end_sample=0[none];[2:a]anull[heard]"
    streams = ("-filter_complex", graph, "-map", "0:v", "-map", "[none]", "-map", "[heard]", "-c:a", codec)
    studio.run("-f", "lavfi", "-i", "testsrc2=s=64x36:r=30:d=0.5", *sounds, *streams, "-c:v", "libx264", str(part))
    with av.open(str(part)) as container:
        assert [stream.codec_context.sample_rate for stream in container.streams.audio] == [0, 48000]


@pytest.mark.parametrize(("codec", "count"), [("ac3", 2), ("aac", 2), ("aac", 1)])
async def test_sound_that_is_only_announced_is_none_beside_another(studio, tmp_path, codec, count):
    """One that FFmpeg counts, as its first: all that comes after it has other places among the sounds there."""
    parts = [tmp_path / f"part_{number}.ts" for number in range(count)]
    for part in parts:
        _with_empty_sound(studio, part, codec)
    output = tmp_path / "film.mp4"
    await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=15 * count))
    found = probe(output)
    assert len(found.of_kind("audio")) == 1
    assert found.video.packets == 15 * count
    assert found.audio.duration == pytest.approx(count / 2, abs=0.06)
    samples = studio.samples(output)
    assert max(map(abs, samples[4000:20000])) > 0.05


@pytest.mark.parametrize("codec", ["copy", "libx265"])
async def test_chunks_whose_streams_are_in_another_order(studio, tmp_path, codec):
    """FFmpeg's lists of files take streams by their numbers: the picture of one as the sound of another."""
    parts = []
    for number, order in enumerate((("0", "1"), ("1", "0"), ("0", "1"))):
        parts.append(tmp_path / f"part_{number}.mkv")
        sources = ("-f", "lavfi", "-i", "testsrc2=s=64x36:r=30:d=0.5", "-f", "lavfi", "-i", "sine=440:r=48000:d=0.5")
        maps = [part for stream in order for part in ("-map", stream)]
        studio.run(*sources, *maps, "-c:v", "libx264", "-c:a", "pcm_s16le", str(parts[-1]))
    output = tmp_path / "film.mov"
    await FfmpegStitcher().stitch(parts, output, StitchOptions(frames=45, video_codec=codec))
    found = probe(output)
    assert (found.video.packets, found.audio.codec) == (45, "pcm_s16le")
    assert found.audio.duration == pytest.approx(1.5, abs=0.001)


@pytest.mark.parametrize(("codec", "suffix"), [("libvorbis", ".mov"), ("wavpack", ".mov"), ("libmp3lame", ".m4v")])
async def test_sounds_that_the_container_does_not_take_are_encoded_anew(studio, tmp_path, codec, suffix):
    """FFmpeg itself is asked, also of further ones: it says it only with the header, in its own words."""
    parts = []
    for number in range(2):
        parts.append(tmp_path / f"part_{number}.mkv")
        sources = ("-f", "lavfi", "-i", "testsrc2=s=64x36:r=30:d=0.5", "-f", "lavfi", "-i", "sine=440:r=48000:d=0.5")
        maps = ("-map", "0", "-map", "1", "-map", "1")
        studio.run(*sources, *maps, "-c:v", "libx264", "-strict", "-2", "-c:a", codec, str(parts[-1]))
    report = await FfmpegStitcher().stitch(parts, tmp_path / f"film{suffix}", StitchOptions(frames=30))
    assert [sound.codec for sound in probe(tmp_path / f"film{suffix}").of_kind("audio")] == ["aac", "aac"]
    assert "sound track 2 became aac" in str(report.notes)
