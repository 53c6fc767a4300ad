"""Joining chunks: every frame in its place, every sample in its place, and one file or none."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.stitcher.workspace import WORK_FOLDER
from helios_gui.types import StitchError, StitchOptions

NTSC = Fraction(30_000, 1001)
B_FRAMES = ("libx264", "-preset", "veryfast", "-bf", "3")


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


async def test_joins_chunks_frame_by_frame_without_a_gap_in_the_sound(studio, tmp_path):
    chunks = studio.chunks(7, 12, 1, 9)
    told: list[float] = []
    output = tmp_path / "film.mp4"

    report = await FfmpegStitcher().stitch(
        chunks, output, StitchOptions(frames=29, rate=Fraction(30)), on_progress=told.append
    )

    assert studio.numbers(output) == list(range(29))
    assert studio.times(output) == [Fraction(n, 30) for n in range(29)]
    assert studio.worst_tone_error(studio.samples(output), 29 * 1600) < 0.05
    info = probe(output)
    assert info.audio is not None
    assert info.audio.duration == pytest.approx(29 / 30, abs=1 / 30)
    assert (report.frames, report.segments, report.video_codec, report.audio_codec) == (29, 4, "h264", "aac")
    assert report.duration == pytest.approx(29 / 30)
    assert report.retimed_from is None
    assert not report.reencoded
    assert report.notes == ()
    assert told == sorted(set(told))
    assert told[-1] == 1.0
    assert len(told) > 3
    assert leftovers(tmp_path) == []


async def test_mp4_is_written_to_start_playing_before_all_of_it_is_loaded(studio, tmp_path):
    output = tmp_path / "film.mp4"
    await FfmpegStitcher().stitch(studio.chunks(5, 5), output)
    data = output.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


@pytest.mark.parametrize("codec", [("mpeg4",), B_FRAMES])
@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
async def test_copies_other_codecs_and_containers(studio, tmp_path, codec, suffix):
    output = tmp_path / f"film{suffix}"
    report = await FfmpegStitcher().stitch(studio.chunks(6, 8, 7, codec=codec), output, StitchOptions(frames=21))
    assert studio.numbers(output) == list(range(21))
    expected = {".mp4": "aac", ".mov": "pcm_s16le", ".mkv": "pcm_s16le"}[suffix]
    assert report.audio_codec == expected


async def test_a_chunk_too_short_to_reorder_frames_between_others_that_do(studio, tmp_path):
    output = tmp_path / "film.mp4"
    await FfmpegStitcher().stitch(studio.chunks(7, 1, 7, 2, 7, codec=B_FRAMES), output, StitchOptions(frames=24))
    assert studio.numbers(output) == list(range(24))
    assert studio.times(output) == [Fraction(n, 30) for n in range(24)]


@pytest.mark.parametrize("rate", [Fraction(30), NTSC], ids=str)
@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
async def test_pcm_stays_as_it_is_where_the_container_holds_it(studio, tmp_path, rate, suffix):
    output = tmp_path / f"film{suffix}"
    whole = studio.chunk("whole.mov", 0, 24, rate=rate)
    await FfmpegStitcher().stitch(studio.chunks(7, 8, 9, rate=rate), output, StitchOptions(frames=24, rate=rate))
    assert studio.samples(output) == studio.samples(whole)


async def test_matroska_chunks_that_count_milliseconds_stay_on_the_frame_grid(studio, tmp_path):
    output = tmp_path / "film.mkv"
    chunks = studio.chunks(7, 7, 7, 7, suffix=".mkv", rate=NTSC, codec=B_FRAMES)
    await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=28, rate=NTSC))
    assert studio.numbers(output) == list(range(28))
    for number, time in enumerate(studio.times(output)):
        assert abs(time - number / NTSC) <= Fraction(2, 1000)


async def test_webm(studio, tmp_path):
    output = tmp_path / "film.webm"
    codec = ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
    chunks = studio.chunks(5, 6, suffix=".webm", codec=codec, audio="libopus")
    report = await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=11, rate=Fraction(30)))
    assert studio.numbers(output) == list(range(11))
    assert (report.video_codec, report.audio_codec) == ("vp9", "opus")
    assert "opus audio was encoded once more" in str(report)


async def test_webm_takes_no_h264_unless_it_may_be_encoded(studio, tmp_path):
    chunks = studio.chunks(4, 4)
    output = tmp_path / "film.webm"
    with pytest.raises(StitchError, match=r"h264 video cannot be put into a \.webm file") as caught:
        await FfmpegStitcher().stitch(chunks, output)
    assert "encode it anew" in caught.value.hint
    report = await FfmpegStitcher().stitch(
        chunks, output, StitchOptions(frames=8, reencode=True, audio_codec="aac", rate=Fraction(30))
    )
    assert studio.numbers(output) == list(range(8))
    assert (report.video_codec, report.audio_codec, report.reencoded) == ("vp9", "opus", True)
    assert "holds no aac audio" in str(report)


async def test_compressed_sound_is_joined_without_gaps_and_stays_with_the_picture(studio, tmp_path):
    output = tmp_path / "film.mp4"
    chunks = studio.chunks(7, 7, 7, 7, 7, 7, suffix=".mp4", audio="aac", extra=("-b:a", "192k"))
    report = await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=42))
    assert "aac audio was encoded once more" in str(report)
    samples = studio.samples(output)
    assert abs(len(samples) - 42 * 1600) <= 1024
    # Each chunk's own encoder faded its first and last block; the tone must be in phase all the same.
    assert studio.worst_tone_error(samples, 42 * 1600) < 0.5


async def test_sound_longer_than_its_chunks_is_cut_to_them(studio, tmp_path):
    """Left as it is, every chunk's sound would start later than its picture."""
    output = tmp_path / "film.mov"
    parts = [studio.chunk(f"p{index}.mov", index * 6, 6, audio=None) for index in range(4)]
    chunks = []
    for index, part in enumerate(parts):
        begin = index * 6 * 1600
        tone = f"aevalsrc='0.5*sin(2*PI*441*t)':s=48000,atrim=start_sample={begin}:end_sample={begin + 16_000}"
        chunks.append(tmp_path / f"long{index}.mov")
        studio.run(
            *("-i", str(part), "-f", "lavfi", "-i", f"{tone},asetpts=N/SR/TB", "-c:v", "copy", "-c:a", "pcm_s16le"),
            str(chunks[-1]),
        )
    await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=24, rate=Fraction(30)))
    samples = studio.samples(output)
    assert len(samples) == 24 * 1600
    assert studio.worst_tone_error(samples, 24 * 1600) < 0.01


async def test_sound_shorter_than_its_chunks_does_not_shift_what_follows(studio, tmp_path):
    """Ten milliseconds are less than a frame, but in every chunk they add up."""
    output = tmp_path / "film.mov"
    chunks = []
    for index, whole in enumerate(studio.chunks(6, 6, 6)):
        chunks.append(tmp_path / f"short{index}.mov")
        cut = ("-af", f"atrim=end_sample={6 * 1600 - 480}")
        studio.run("-i", str(whole), "-c:v", "copy", "-c:a", "pcm_s16le", *cut, str(chunks[-1]))
    await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=18, rate=Fraction(30)))
    samples, whole = studio.samples(output), studio.samples(studio.chunk("whole.mov", 0, 18))
    assert len(samples) == len(whole)
    for start in (0, 6 * 1600, 12 * 1600):
        end = start + 6 * 1600
        assert samples[start : end - 480] == whole[start : end - 480]
        assert set(samples[end - 480 : end]) == {0.0}


async def test_one_chunk_is_a_film_too(studio, tmp_path):
    output = tmp_path / "film.mp4"
    chunk = studio.chunks(9, suffix=".mp4", audio="aac")
    report = await FfmpegStitcher().stitch(chunk, output, StitchOptions(frames=9))
    assert studio.numbers(output) == list(range(9))
    assert report.notes == ()


async def test_silent_film(studio, tmp_path):
    output = tmp_path / "film.mp4"
    report = await FfmpegStitcher().stitch(studio.chunks(4, 4, audio=None), output, StitchOptions(frames=8))
    assert probe(output).audio is None
    assert report.audio_codec == ""


async def test_encodes_with_the_codec_and_quality_asked_for(studio, tmp_path):
    chunks = studio.chunks(8, 8, rate=25, codec=("mpeg4", "-q:v", "2"))
    sizes = {}
    for quality in (10, 45):
        output = tmp_path / f"film{quality}.mp4"
        options = StitchOptions(frames=16, rate=Fraction(30), video_codec="libx264", quality=quality)
        report = await FfmpegStitcher().stitch(chunks, output, options)
        assert (report.video_codec, report.reencoded) == ("h264", True)
        assert studio.numbers(output) == list(range(16))
        assert studio.times(output) == [Fraction(n, 30) for n in range(16)]
        sizes[quality] = output.stat().st_size
    assert sizes[10] > sizes[45]


async def test_quality_alone_leaves_copied_video_alone(studio, tmp_path):
    output = tmp_path / "film.mp4"
    report = await FfmpegStitcher().stitch(studio.chunks(4, 4), output, StitchOptions(quality=40, audio_codec="aac"))
    assert not report.reencoded


async def test_replaces_an_older_film_and_makes_missing_folders(studio, tmp_path):
    output = tmp_path / "films" / "new" / "film.mp4"
    chunks = studio.chunks(4, 4)
    await FfmpegStitcher().stitch(chunks, output)
    before = output.stat().st_ino
    with output.open("rb") as old:
        await FfmpegStitcher().stitch(chunks[:1], output)
        assert len(old.read()) > 0
    assert output.stat().st_ino != before
    assert studio.numbers(output) == list(range(4))


async def test_what_a_crash_left_behind_is_cleared_away(studio, tmp_path):
    old = tmp_path / WORK_FOLDER / "job" / "stitch"
    old.mkdir(parents=True)
    (old / "finished.part.mp4").write_bytes(b"half a film")
    (old / "video.ffconcat").write_text("old")
    await FfmpegStitcher().stitch(studio.chunks(4), tmp_path / "film.mp4", StitchOptions(job_id="job"))
    assert not old.exists()


@pytest.mark.parametrize(
    "name",
    ['it\'s a "part".mov', "höhe – 部分.mov", "two\nlines.mov", "-y.mov", "file:x.mov", "http:%2f.mov", " #!\\'.mov"],
)
async def test_any_name_a_file_can_have(studio, tmp_path, name):
    folder = tmp_path / "it's a földer, \\ 100%d"
    folder.mkdir()
    studio.folder = folder
    chunks = [studio.chunk(name, 0, 4), studio.chunk(f"1{name}", 4, 5)]
    output = folder / f"out {name}"
    await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=9))
    assert studio.numbers(output) == list(range(9))
    assert sorted(path.name for path in folder.iterdir()) == sorted([name, f"1{name}", f"out {name}"])


async def test_many_chunks_stay_exact(studio, tmp_path):
    """Each chunk's length is no whole number of microseconds: rounding each would add up."""
    output = tmp_path / "film.mp4"
    chunk = studio.chunk("one.mov", 0, 1, rate=NTSC)
    await FfmpegStitcher().stitch([chunk] * 300, output, StitchOptions(frames=300, rate=NTSC))
    assert studio.times(output) == [n / NTSC for n in range(300)]
    with av.open(str(output)) as container:
        assert container.streams.video[0].average_rate == NTSC
