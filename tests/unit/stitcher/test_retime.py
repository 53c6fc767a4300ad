"""Chunks whose frames are right but whose container says another frame rate."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import StitchError, StitchOptions

NTSC = Fraction(30_000, 1001)
B_FRAMES = ("libx264", "-preset", "veryfast", "-bf", "3")


def video_facts(film):
    with av.open(str(film)) as container:
        video = container.streams.video[0]
        return video.average_rate, video.duration * video.time_base


@pytest.mark.parametrize("codec", [("libx264", "-preset", "ultrafast"), B_FRAMES], ids=["plain", "b-frames"])
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize("rate", [Fraction(30), NTSC, Fraction(24_000, 1001), Fraction(60)], ids=str)
async def test_frames_are_shown_at_the_jobs_rate(studio, tmp_path, codec, suffix, rate):
    chunks = studio.chunks(8, 5, 11, rate=25, audio_rate=rate, codec=codec)
    output = tmp_path / f"film{suffix}"

    report = await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=24, rate=rate))

    assert studio.numbers(output) == list(range(24))
    assert studio.times(output) == [n / rate for n in range(24)]
    average, duration = video_facts(output)
    assert average == rate
    assert duration == 24 / rate
    assert report.retimed_from == 25
    assert not report.reencoded
    words = {"30": "30", "30000/1001": "29.97 (30000/1001)", "24000/1001": "23.976 (24000/1001)", "60": "60"}[str(rate)]
    assert f"chunks carried 25 fps timing; retimed to {words} fps" in str(report)
    assert report.duration == pytest.approx(float(24 / rate))
    # The sound was right all the time and is where it was.
    samples = round(24 * 48_000 / rate)
    assert studio.worst_tone_error(studio.samples(output), samples) < 0.05
    assert probe(output).audio.duration == pytest.approx(float(24 / rate), abs=0.001)


async def test_pictures_are_not_touched(studio, tmp_path):
    chunks = studio.chunks(8, 8, rate=25, codec=B_FRAMES, audio=None)

    def pictures(*films):
        found = []
        for film in films:
            with av.open(str(film)) as container:
                found += [bytes(frame.planes[0]) for frame in container.decode(video=0)]
        return found

    output = tmp_path / "film.mp4"
    await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=16, rate=Fraction(30)))
    assert pictures(output) == pictures(*chunks)


@pytest.mark.parametrize("suffix", [".mkv", ".webm"])
async def test_containers_that_count_milliseconds(studio, tmp_path, suffix):
    codec = B_FRAMES if suffix == ".mkv" else ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
    audio = "pcm_s16le" if suffix == ".mkv" else "libopus"
    chunks = studio.chunks(8, 7, rate=25, audio_rate=30, suffix=suffix, codec=codec, audio=audio)
    output = tmp_path / f"film{suffix}"
    report = await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=15, rate=Fraction(30)))
    assert studio.numbers(output) == list(range(15))
    assert all(abs(time - Fraction(n, 30)) <= Fraction(1, 1000) for n, time in enumerate(studio.times(output)))
    assert report.retimed_from == 25


async def test_hevc_keeps_the_name_players_know_it_by(studio, tmp_path):
    codec = ("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v", "hvc1")
    chunks = studio.chunks(5, 5, rate=25, codec=codec, audio=None)
    output = tmp_path / "film.mp4"
    await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=10, rate=Fraction(30)))
    with av.open(str(output)) as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"
    assert studio.numbers(output) == list(range(10))


async def test_rates_that_differ_only_by_a_name_are_no_retiming(studio, tmp_path):
    output = tmp_path / "film.mp4"
    chunks = studio.chunks(8, 8, rate=NTSC)
    report = await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=16, rate=Fraction(2997, 100)))
    assert report.retimed_from is None
    assert studio.times(output) == [n / Fraction(2997, 100) for n in range(16)]


async def test_times_that_were_rounded_on_the_way_are_exact_again(studio, tmp_path):
    """A raw stream put into a container gets times in whole microseconds."""
    chunks = []
    for index, chunk in enumerate(studio.chunks(20, 20)):
        raw, chunk_of_raw = tmp_path / f"{index}.h264", tmp_path / f"raw{index}.mov"
        studio.run("-i", str(chunk), "-c:v", "copy", str(raw))
        studio.run("-i", str(raw), "-i", str(chunk), "-map", "0:v", "-map", "1:a", "-c", "copy", str(chunk_of_raw))
        chunks.append(chunk_of_raw)
    assert probe(chunks[0]).video.rate != 30
    output = tmp_path / "film.mp4"
    report = await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=40, rate=Fraction(30)))
    assert studio.times(output) == [Fraction(n, 30) for n in range(40)]
    assert video_facts(output) == (30, Fraction(40, 30))
    assert report.notes == ()


async def test_without_a_rate_the_chunks_own_stays(studio, tmp_path):
    output = tmp_path / "film.mp4"
    report = await FfmpegStitcher().stitch(studio.chunks(8, 8, rate=25), output)
    assert video_facts(output) == (25, Fraction(16, 25))
    assert report.retimed_from is None


async def test_missing_frames_are_not_hidden_by_retiming(studio, tmp_path):
    chunks = studio.chunks(8, 8, rate=25)
    with pytest.raises(StitchError, match="have together 16 frames instead of 18"):
        await FfmpegStitcher().stitch(chunks, tmp_path / "film.mp4", StitchOptions(frames=18, rate=Fraction(30)))
