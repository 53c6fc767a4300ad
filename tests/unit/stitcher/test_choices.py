"""The small decisions: codecs, containers, names in lists, FFmpeg's options, progress."""

from __future__ import annotations

import asyncio
import threading
from fractions import Fraction
from pathlib import Path

import pytest

from helios_gui.stitcher import codecs
from helios_gui.stitcher.ffmpeg_stitcher import Progress
from helios_gui.stitcher.join import quote, write_concat_list
from helios_gui.types import StreamInfo
from helios_gui.utils.work_threads import Stop, WorkThreads
from tests.support.waiting import eventually


@pytest.mark.parametrize(
    ("asked", "source", "suffix", "codec"),
    [
        ("", "pcm_s16le", ".mp4", "aac"),
        ("copy", "pcm_s16le", ".mp4", "aac"),
        ("", "pcm_s24le", ".mov", "pcm_s24le"),
        ("", "pcm_s16le", ".mkv", "pcm_s16le"),
        ("aac", "pcm_s16le", ".mov", "aac"),
        ("", "pcm_s16le", ".webm", "opus"),
        ("aac", "pcm_s16le", ".webm", "opus"),
        ("libvorbis", "pcm_s16le", ".webm", "vorbis"),
        ("", "opus", ".webm", "opus"),
        ("", "mp3", ".mp4", "mp3"),
        ("", "flac", ".ts", "aac"),
        ("flac", "pcm_s16le", ".ts", "aac"),
        ("", "mp2", ".ts", "mp2"),
        ("", "wmav2", ".wmv", "wmav2"),
        ("", "flac", ".wmv", "aac"),
        ("", "vorbis", ".mkv", "vorbis"),
        ("", "vorbis", ".ts", "aac"),
        ("", "dts", ".mkv", "aac"),
        ("", "truehd", ".mkv", "flac"),
        ("", "wavpack", ".mkv", "flac"),
        ("", "s302m", ".ts", "aac"),
        ("", "pcm_f32le", ".mxf", "pcm_s24le"),
        ("", "pcm_alaw", ".mxf", "pcm_s16le"),
        ("flac", "pcm_s16le", ".flv", "aac"),
        ("libfdk_aac", "pcm_s16le", ".mp4", "libfdk_aac"),
    ],
)
def test_sound_fits_its_container(asked, source, suffix, codec):
    """What cannot be encoded, or is not found in such a file again, becomes another; unknown encoders are believed."""
    assert codecs.audio_codec_for(asked, source, suffix) == codec


@pytest.mark.parametrize(("source", "suffix", "codec"), [("dts", ".mkv", "dts"), ("dts", ".webm", "opus")])
def test_a_lone_sound_need_not_be_encoded(source, suffix, codec):
    assert codecs.audio_codec_for("", source, suffix, alone=True) == codec


@pytest.mark.parametrize(
    ("codec", "suffix", "fits", "encoder"),
    [
        ("h264", ".mp4", True, "libx264"),
        ("h264", ".webm", False, "libvpx-vp9"),
        ("prores", ".mp4", False, "libx264"),
        ("prores", ".mov", True, "prores_ks"),
        ("vp9", ".webm", True, "libvpx-vp9"),
        ("mpeg4", ".mov", True, "mpeg4"),
        ("mpeg4", ".flv", False, "libx264"),
    ],
)
def test_video_fits_its_container(codec, suffix, fits, encoder):
    assert codecs.fits_container(codec, suffix) is fits
    assert codecs.video_encoder(codec, suffix) == encoder


def test_quality_is_said_in_the_encoders_own_way():
    assert codecs.video_options("libx264", 23, ".mp4") == {"c:v": "libx264", "crf": "23"}
    assert codecs.video_options("libx264", 23, ".avi") == {"c:v": "libx264", "crf": "23", "bf": "0"}
    assert codecs.video_options("libx265", None, ".mov") == {"c:v": "libx265", "crf": "18", "tag:v": "hvc1"}
    assert codecs.video_options("libvpx-vp9", 30, ".webm") == {"c:v": "libvpx-vp9", "crf": "30", "b:v": "0"}
    assert codecs.video_options("mpeg4", 23, ".mp4") == {"c:v": "mpeg4", "q:v": "3"}
    assert codecs.video_options("wmv2", None, ".wmv") == {"c:v": "wmv2", "q:v": "3"}
    assert codecs.video_options("libtheora", None, ".ogv") == {"c:v": "libtheora", "q:v": "8"}
    assert codecs.video_options("prores_ks", 23, ".mov") == {"c:v": "prores_ks"}


def sound(codec: str, channels: int, bit_rate: int = 0) -> StreamInfo:
    return StreamInfo("audio", codec, 1, Fraction(1, 48_000), channels=channels, bit_rate=bit_rate)


def test_sound_gets_bits_for_each_channel():
    assert codecs.audio_options("aac", sound("pcm_s16le", 2)) == {"c:a": "aac", "b:a": "192k", "aac_coder": "fast"}
    assert codecs.audio_options("opus", sound("pcm_s16le", 1)) == {"c:a": "libopus", "b:a": "80k"}
    assert codecs.audio_options("pcm_s16le", sound("aac", 2)) == {"c:a": "pcm_s16le"}


def test_sound_that_is_encoded_once_more_gets_no_fewer_bits():
    assert codecs.audio_options("aac", sound("aac", 2, 256_400))["b:a"] == "257k"
    assert codecs.audio_options("mp3", sound("mp3", 2, 325_100))["b:a"] == "320k"
    assert codecs.audio_options("libmp3lame", sound("mp3", 2, 225_000))["b:a"] == "224k"
    assert codecs.audio_options("opus", sound("aac", 1, 320_000))["b:a"] == "80k"
    assert codecs.audio_options("flac", sound("flac", 2, 900_000)) == {"c:a": "flac"}


def test_quoting():
    assert quote("it's") == r"'it'\''s'"
    assert quote('a b\\c"#\t') == "'a b\\c\"#\t'"


def test_times_of_a_list_add_up_exactly(tmp_path):
    path = tmp_path / "video.ffconcat"
    links = tmp_path / "links"
    links.mkdir()
    rate = Fraction(30_000, 1001)
    write_concat_list(path, [Path("/film/a.mov")] * 1000, [7] * 1000, rate, links)
    data = path.read_bytes()
    assert data.startswith(b"ffconcat version 1.0\nfile '/film/a.mov'\nduration 0.233567\n")
    lengths = [Fraction(line.split()[1]) for line in data.decode().splitlines() if line.startswith("duration")]
    assert abs(sum(lengths) - 7000 / rate) <= Fraction(1, 2_000_000)


def test_a_list_names_links_where_it_cannot_hold_the_name(tmp_path):
    links = tmp_path / "links"
    links.mkdir()
    segment = tmp_path / "two\nlines.mov"
    for name in ("video", "audio"):
        write_concat_list(tmp_path / name, [segment], [7], Fraction(30), links)
        assert "file 'links/0.mov'\n" in (tmp_path / name).read_text()
    assert (links / "0.mov").readlink() == segment


def test_progress_never_falls_and_is_whole_only_at_the_end():
    told: list[float] = []
    progress = Progress(told.append)
    first = progress.stage(0.2)
    first(0.5)
    first(0.25)
    second = progress.stage(0.9)
    second(7.0)
    first(1.0)
    progress.done()
    assert told == pytest.approx([0.1, 0.9, 1.0])


async def test_work_threads_pass_answers_and_errors_on():
    async with WorkThreads("test-work") as threads:
        assert await threads.run(lambda stop: 6 * 7) == 42
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda stop: 1 // 0)


async def test_cancelled_work_is_told_so():
    begun, told = threading.Event(), threading.Event()

    def work(stop: Stop) -> None:
        begun.set()
        try:
            stop.pause(60)
        finally:
            told.set()

    async with WorkThreads("test-work") as threads:
        task = asyncio.create_task(threads.run(work))
        await eventually(begun.is_set)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert told.is_set(), "the thread has ended before the cancellation is passed on"


async def test_leaving_work_threads_stops_what_runs():
    begun = threading.Event()

    def work(stop: Stop) -> None:
        begun.set()
        stop.pause(60)

    async with WorkThreads("test-work") as threads:
        task = asyncio.create_task(threads.run(work))
        await eventually(begun.is_set)
    with pytest.raises(RuntimeError, match="test-work was closed"):
        await task
    with pytest.raises(RuntimeError, match="test-work is closed"):
        await threads.run(lambda stop: None)
