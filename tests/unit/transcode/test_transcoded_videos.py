"""Videos encoded anew in chunks: every frame once and in order, and all else that the source has, in time with them."""

from __future__ import annotations

import re
from array import array
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.media.media_reader import MediaReader
from helios_gui.sources.video import VideoKind, VideoRequest
from helios_gui.stitcher import probe
from helios_gui.stitcher.sound_fit import sound_start
from helios_gui.types import Chapter, MediaInfo, UserInputError
from tests.support.any_ffmpeg import OWN_TIMES
from tests.support.media_maker import media_maker
from tests.support.numbered_video import make_numbered, numbered_input, numbers_in, run_ffmpeg
from tests.support.transcoded import transcoded

X264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "ultrafast", "-bf", "2", "-g", "13")
EXIF_TURNED = b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
"""The part of a JPEG picture that says to turn it by 90° clockwise."""
FRAMES = 47
SECONDS = FRAMES / 30
CLICKS = "aevalsrc='if(lt(mod(t,0.25),0.002),0.8,0)':s=48000:d={seconds}"


def clicks(seconds: float = SECONDS) -> list[str]:
    return ["-f", "lavfi", "-i", CLICKS.format(seconds=seconds)]


def samples(path: Path, track: int = 0) -> array[float]:
    """Return the decoded samples of a sound, the first channel, from the time of the first frame on."""
    with av.open(str(path)) as container:
        times = [packet.pts * packet.time_base for packet in container.demux(video=0) if packet.pts is not None]
        picture = 0 if path.suffix == ".avi" else min(times)  # AVI keeps none but the order
    found = array("f")
    with av.open(str(path)) as container:
        stream = container.streams.audio[track]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=48000)
        for frame in container.decode(stream):
            if not found and frame.pts is not None:
                late = round((frame.pts * frame.time_base - picture) * 48000)
                found.extend([0.0] * late if late > 0 else [])
                skip = max(0, -late)
            for made in resampler.resample(frame):
                values = array("f", bytes(made.planes[0])[: made.samples * 4])
                found.extend(values[skip:])
                skip = max(0, skip - len(values))
    return found


def onsets(path: Path, track: int = 0) -> list[float]:
    """Return at which seconds after the first frame the sound's clicks begin."""
    found: list[float] = []
    for place, value in enumerate(samples(path, track)):
        time = place / 48000
        if abs(value) > 0.25 and (not found or time - found[-1] > 0.1):
            found.append(time)
    return found


def packets(path: Path, kind: str, place: int = 0) -> list[bytes]:
    with av.open(str(path)) as container:
        stream = [each for each in container.streams if each.type == kind][place]
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


SOURCES = {
    "h264 mkv": ("a.mkv", X264, ("-c:a", "aac"), "h265"),
    "hevc mp4": ("a.mp4", ("-c:v", "libx265", "-x265-params", "keyint=12:log-level=error"), ("-c:a", "aac"), "av1"),
    "mpeg2 ts": ("a.ts", ("-c:v", "mpeg2video", "-bf", "2", "-g", "9", "-q:v", "2"), ("-c:a", "mp2"), "h264"),
    "vp9 webm": ("a.webm", ("-c:v", "libvpx-vp9", "-b:v", "1M", "-g", "15"), ("-c:a", "libopus"), "h265"),
    "prores mov": ("a.mov", ("-c:v", "prores_ks"), ("-c:a", "pcm_s16le"), "prores-proxy"),
    "mpeg4 avi": ("a.avi", ("-c:v", "mpeg4", "-bf", "2", "-q:v", "2", "-g", "9"), ("-c:a", "libmp3lame"), "vp9"),
    "mpeg2 mxf": ("a.mxf", ("-c:v", "mpeg2video", "-bf", "2", "-q:v", "2"), ("-c:a", "pcm_s16le"), "h264"),
    "wmv": ("a.wmv", ("-c:v", "wmv2", "-q:v", "2"), ("-c:a", "wmav2"), "h264"),
}


@pytest.mark.parametrize("name", SOURCES)
async def test_every_frame_once_and_the_sound_in_time(name: str, tmp_path: Path, shared_reader: MediaReader) -> None:
    file, video, audio, preset = SOURCES[name]
    source = tmp_path / file
    run_ffmpeg(*numbered_input(FRAMES), *clicks(), *video, *audio, str(source))
    assert numbers_in(source) == list(range(FRAMES)), "the test's own video is wrong"
    made = await transcoded(VideoRequest(source=source, preset=preset, chunk_size=13), shared_reader)
    assert len(made.spec.chunks) == 4
    assert numbers_in(made.path) == list(range(FRAMES))
    assert made.info.video is not None
    assert made.info.video.rate == 30
    wanted, found = onsets(source), onsets(made.path)
    assert len(found) == len(wanted)
    assert all(abs(one - other) < 0.004 for one, other in zip(found, wanted, strict=True)), (found, wanted)


async def test_sounds_subtitles_chapters_and_fonts_stay(tmp_path: Path, shared_reader: MediaReader) -> None:
    source, subtitles, font, tags = (tmp_path / name for name in ("a.mkv", "a.srt", "a.ttf", "tags.txt"))
    subtitles.write_text("1\n00:00:00,200 --> 00:00:00,900\nHello\n\n2\n00:00:01,000 --> 00:00:01,400\nWorld\n")
    font.write_bytes(b"a font")
    tags.write_text(
        ";FFMETADATA1\ntitle=Film\nartist=Ada\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=700\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=700\nEND=1566\ntitle=Two\n"
    )
    run_ffmpeg(
        *(*numbered_input(FRAMES), *clicks(), *clicks(), "-i", str(subtitles), "-i", str(tags)),
        *("-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_metadata", "4", *X264),
        *("-c:a:0", "aac", "-c:a:1", "flac", "-c:s", "srt", "-attach", str(font)),
        *("-metadata:s:t", "mimetype=font/ttf", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=deu"),
        *("-metadata:s:a:1", "title=Kommentar", "-metadata:s:s:0", "language=fra", str(source)),
    )
    request = VideoRequest(source=source, preset="h265", chunk_size=11, output="b.mkv")
    made = await transcoded(request, shared_reader)
    assert numbers_in(made.path) == list(range(FRAMES))
    assert [(each.codec, each.language, each.title) for each in made.info.of_kind("audio")] == [
        ("aac", "eng", ""),
        ("flac", "deu", "Kommentar"),
    ]
    assert packets(made.path, "audio", 0) == packets(source, "audio", 0)
    assert packets(made.path, "audio", 1) == packets(source, "audio", 1)
    assert packets(made.path, "subtitle") == packets(source, "subtitle")
    assert [(each.codec, each.language) for each in made.info.of_kind("subtitle")] == [("subrip", "fra")]
    assert made.info.chapters == probe(source).chapters
    assert {name: made.info.tags[name] for name in ("title", "artist")} == {"title": "Film", "artist": "Ada"}
    assert [each.tags["filename"] for each in made.info.of_kind("attachment")] == ["a.ttf"]
    assert made.report.notes == ()
    request = VideoRequest(source=source, preset="h264", chunk_size=16, output="c.mp4")
    made = await transcoded(request, shared_reader)
    assert [each.codec for each in made.info.of_kind("audio")] == ["aac", "flac"]
    assert [each.codec for each in made.info.of_kind("subtitle")] == ["mov_text"]
    assert [each.title for each in made.info.chapters] == ["One", "Two"]
    assert "a .mp4 file does not hold the attached file a.ttf; it was left out" in made.report.notes


@pytest.mark.parametrize(("suffix", "codec"), [(".mkv", "aac"), (".mp4", "aac"), (".mkv", "libopus")])
async def test_chapters_stay_beside_the_frames_that_a_sound_begins_before(
    suffix: str, codec: str, tmp_path: Path, shared_reader: MediaReader
) -> None:
    """Matroska of FFmpeg 6 and later tells what an encoder put before a sound, which then moves nothing."""
    source, tags = tmp_path / f"a{suffix}", tmp_path / "tags.txt"
    chapters = "".join(f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={200 * n}\nEND={200 * (n + 1)}\n" for n in range(2))
    tags.write_text(f";FFMETADATA1\n{chapters}")
    run_ffmpeg(*numbered_input(12), *clicks(0.4), "-i", str(tags), "-map_metadata", "2", *X264, "-c:a", codec,
               str(source), program=media_maker())  # fmt: skip
    made = await transcoded(VideoRequest(source=source, preset="h264", chunk_size=8, output="b.mkv"), shared_reader)
    assert chapter_starts(made.info) == pytest.approx(chapter_starts(probe(source)), abs=0.002)


def chapter_starts(info: MediaInfo) -> list[float]:
    """Return at which seconds after the first frame all chapters but the first begin."""
    assert info.video is not None
    return [float(each.start - (info.video.start or 0)) for each in info.chapters[1:]]


async def test_what_the_container_does_not_hold_is_said(tmp_path: Path, shared_reader: MediaReader) -> None:
    source = tmp_path / "a.mkv"
    run_ffmpeg(*numbered_input(40), *clicks(40 / 30), *clicks(40 / 30), "-map", "0", "-map", "1", "-map", "2", *X264,
               "-c:a:0", "pcm_s16le", "-c:a:1", "libopus", "-metadata:s:a:1", "language=ita", str(source))  # fmt: skip
    made = await transcoded(VideoRequest(source=source, preset="vp9", chunk_size=17), shared_reader)
    assert [(each.codec, each.language) for each in made.info.of_kind("audio")] == [("opus", ""), ("opus", "ita")]
    assert packets(made.path, "audio", 1) == packets(source, "audio", 1)
    assert "sound track 1 became opus (was pcm_s16le)" in made.report.notes


async def test_sounds_in_a_codec_that_ffmpeg_does_not_know_are_left_out(
    tmp_path: Path, shared_reader: MediaReader
) -> None:
    """Phones put Apple's codec of spatial audio beside AAC."""
    plain, source = tmp_path / "plain.mp4", tmp_path / "phone.mp4"
    run_ffmpeg(*numbered_input(40), *clicks(40 / 30), *clicks(40 / 30), "-map", "0", "-map", "1", "-map", "2", *X264,
               "-c:a", "aac", "-metadata:s:a:1", "language=eng", str(plain))  # fmt: skip
    data = plain.read_bytes()
    place = data.rindex(b"mp4a", 0, data.rindex(b"esds"))
    source.write_bytes(data[:place] + data[place:].replace(b"mp4a", b"apac", 1).replace(b"esds", b"dapa", 1))
    request = VideoRequest(source=source, preset="h264", chunk_size=17)
    assert "A sound whose codec FFmpeg does not know is left out." in (await VideoKind().read(request, print)).notes
    made = await transcoded(request, shared_reader)
    assert [sound.codec for sound in made.info.of_kind("audio")] == ["aac"]
    assert "left out, as FFmpeg does not know its codec: sound track 2 (eng)" in made.report.notes
    assert numbers_in(made.path) == list(range(40))


@pytest.mark.parametrize(("late", "suffix"), [(0.4, ".mkv"), (-0.3, ".mkv"), (0.4, ".ts"), (0.2, ".mp4")])
@pytest.mark.parametrize("preset", ["h264", "prores-proxy"])
async def test_a_sound_that_begins_earlier_or_later_stays_in_time(
    late: float, suffix: str, preset: str, tmp_path: Path, shared_reader: MediaReader
) -> None:
    source = tmp_path / f"a{suffix}"
    lines = numbered_input(FRAMES)
    offsets = (["-itsoffset", str(-late)], []) if late < 0 else ([], ["-itsoffset", str(late)])
    run_ffmpeg(*offsets[0], *lines, *offsets[1], *clicks(), *X264, "-c:a", "aac", str(source))
    made = await transcoded(VideoRequest(source=source, preset=preset, chunk_size=20), shared_reader)
    assert numbers_in(made.path) == list(range(FRAMES))
    wanted, found = onsets(source), onsets(made.path)
    assert len(wanted) == len(found)
    assert all(abs(one - other) < 0.004 for one, other in zip(found, wanted, strict=True)), (found, wanted)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
async def test_what_an_edit_list_leaves_out_stays_out(suffix: str, tmp_path: Path, shared_reader: MediaReader) -> None:
    whole, source = tmp_path / "whole.mp4", tmp_path / "a.mp4"
    run_ffmpeg(*numbered_input(FRAMES), *clicks(), *X264, "-c:a", "aac", str(whole))
    run_ffmpeg("-ss", "0.5", "-i", str(whole), "-c", "copy", str(source))
    data = source.read_bytes()
    lasts = b"elst\0\0\0\0\0\0\0\1" + (500).to_bytes(4, "big")  # milliseconds of both tracks
    first, picture, sound = re.split(rb"elst\x00{7}\x01.{4}", data, flags=re.DOTALL)
    source.write_bytes(first + lasts + picture + lasts + sound)
    assert numbers_in(source) == list(range(15, 30)), "the test's own video is wrong"
    request = VideoRequest(source=source, preset="h264", chunk_size=9, output=f"b{suffix}")
    made = await transcoded(request, shared_reader)
    assert numbers_in(made.path) == list(range(15, 30))
    assert onsets(made.path)[:2] == pytest.approx([0, 0.25], abs=0.004)
    assert made.info.video is not None
    assert made.info.audio is not None
    assert abs(sound_start(made.info, made.info.audio)) < 0.05
    assert made.info.audio.duration == pytest.approx(0.5, abs=0.05)


async def test_a_part_has_its_own_sound_to_the_sample(tmp_path: Path, shared_reader: MediaReader) -> None:
    source, subtitles, tags = tmp_path / "a.mov", tmp_path / "a.srt", tmp_path / "tags.txt"
    subtitles.write_text("1\n00:00:00,100 --> 00:00:00,200\nGone\n\n2\n00:00:00,300 --> 00:00:00,900\nCut\n")
    tags.write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=800\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=800\nEND=1566\ntitle=Two\n"
    )
    noise = ["-f", "lavfi", "-i", f"anoisesrc=r=48000:d={SECONDS}:seed=7:a=0.5"]
    run_ffmpeg(
        *(*numbered_input(FRAMES), *noise, "-i", str(subtitles), "-i", str(tags), "-map", "0", "-map", "1"),
        *("-map", "2", "-map_metadata", "3", *X264, "-c:a", "pcm_s16le", "-c:s", "mov_text"),
        *("-timecode", "01:00:00:20", str(source)),
    )
    request = VideoRequest(source=source, preset="prores-proxy", chunk_size=9, first_frame=12, frames=23)
    made = await transcoded(request, shared_reader)
    assert numbers_in(made.path) == list(range(12, 35))
    whole, part = samples(source), samples(made.path)
    assert len(part) == 23 * 1600
    assert part == whole[12 * 1600 : 35 * 1600]
    assert made.info.timecode == "01:00:01:02"
    assert made.info.chapters == (
        Chapter(Fraction(0), Fraction(2, 5), "One"),
        Chapter(Fraction(2, 5), Fraction(767, 1000), "Two"),
    )
    with av.open(str(made.path)) as container:
        shown = [(packet.pts, packet.duration) for packet in container.demux(subtitles=0) if packet.size > 2]
        base = container.streams.subtitles[0].time_base
    assert [(float(pts * base), float(duration * base)) for pts, duration in shown] == [(0, 0.5)]


async def test_a_parts_sound_is_in_time_in_a_file_that_hides_no_lead_in(
    tmp_path: Path, shared_reader: MediaReader
) -> None:
    source = tmp_path / "a.mkv"
    run_ffmpeg(*numbered_input(FRAMES), *clicks(), *X264, "-c:a", "aac", str(source))
    request = VideoRequest(source=source, preset="h264", chunk_size=20, first_frame=15, frames=20)
    made = await transcoded(request, shared_reader)
    assert made.path.suffix == ".mp4"
    assert onsets(made.path)[:2] == pytest.approx([0, 0.25], abs=0.002)
    made = await transcoded(replace(request, output="part.mkv"), shared_reader)
    assert numbers_in(made.path) == list(range(15, 35))
    assert onsets(made.path)[:2] == pytest.approx([0, 0.25], abs=0.002)


async def test_a_frame_list_is_encoded_in_its_order(tmp_path: Path, shared_reader: MediaReader) -> None:
    source = tmp_path / "a.mp4"
    run_ffmpeg(*numbered_input(FRAMES), *clicks(), *X264, "-c:a", "aac", str(source))
    request = VideoRequest(source=source, preset="h264", chunk_size=4, frame_list="3-8,20,30-44x5")
    made = await transcoded(request, shared_reader)
    assert numbers_in(made.path) == [3, 4, 5, 6, 7, 8, 20, 30, 35, 40]
    with av.open(str(made.path)) as container:
        assert not container.streams.audio
    with pytest.raises(UserInputError, match="numbered from 0 to 46"):
        await transcoded(VideoRequest(source=source, preset="h264", frame_list="3,47"), shared_reader)


@pytest.mark.parametrize(("suffix", "output"), [(".mkv", "b.mp4"), (".mp4", "b.mkv"), (".mov", "b.mov")])
async def test_frames_that_are_shown_unevenly_keep_their_times(
    suffix: str, output: str, tmp_path: Path, shared_reader: MediaReader
) -> None:
    source = tmp_path / f"a{suffix}"
    uneven = "setpts='(N+floor(N/3)*2+mod(N,2)*0.4)/(30*TB)'"
    run_ffmpeg(*numbered_input(FRAMES, filters=uneven), *clicks(2.5), *X264, *OWN_TIMES, "-c:a", "aac",
               str(source))  # fmt: skip
    made = await transcoded(VideoRequest(source=source, preset="h264", chunk_size=15, output=output), shared_reader)
    assert numbers_in(made.path) == list(range(FRAMES))
    assert any("each keeps its own time" in note for note in made.facts.notes)
    assert shown_times(made.path) == pytest.approx(shown_times(source), abs=0.0011)
    assert onsets(made.path)[:2] == pytest.approx([0, 0.25], abs=0.004)


async def test_the_report_says_how_long_unevenly_shown_frames_last(tmp_path: Path, shared_reader: MediaReader) -> None:
    source = tmp_path / "a.mkv"
    pause = "setpts='(N+if(gte(N,15),30,0))/(30*TB)'"
    run_ffmpeg(*numbered_input(20, filters=pause), *X264, *OWN_TIMES, str(source))
    made = await transcoded(
        VideoRequest(source=source, preset="h264", first_frame=10, frames=8, chunk_size=4), shared_reader
    )
    assert numbers_in(made.path) == list(range(10, 18))
    assert made.report.duration == pytest.approx((8 + 30) / 30, abs=0.002)


def shown_times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        times = sorted(float(packet.pts * packet.time_base) for packet in container.demux(video=0) if packet.size)
    return [time - times[0] for time in times]


async def test_a_turned_picture_stays_turned(tmp_path: Path, shared_reader: MediaReader) -> None:
    plain, source = tmp_path / "plain.mp4", tmp_path / "a.mov"
    make_numbered(plain, 40, X264)
    with av.open(str(plain)) as before, av.open(str(source), "w") as after:
        stream = after.add_stream_from_template(before.streams.video[0])
        stream.set_display_rotation(90)
        for packet in before.demux(video=0):
            if packet.size:
                packet.stream = stream
                after.mux(packet)
    info = probe(source).video
    assert info is not None
    assert info.rotation in (90, 270)
    made = await transcoded(VideoRequest(source=source, preset="h265", chunk_size=15), shared_reader)
    assert made.info.video is not None
    assert made.info.video.display_matrix == info.display_matrix
    assert (made.spec.metadata.width, made.spec.metadata.height) == (64, 128)
    assert numbers_in(made.path) == list(range(40))
    request = VideoRequest(source=source, preset="vp9", chunk_size=15)
    made = await transcoded(request, shared_reader)
    video = made.info.video
    assert video is not None
    assert (video.width, video.height, video.display_matrix) == (64, 128, "")
    assert not any("turned" in note or "size" in note for note in made.report.notes)


@pytest.mark.parametrize(
    ("preset", "output", "stored"),
    [
        ("vp9", "b.webm", (172, 64)),
        ("vp9", "b.mkv", (172, 64)),
        ("av1", "b.mkv", (172, 64)),
        ("prores", "b.mkv", (172, 64)),
        ("av1", "b.mp4", (128, 64)),
        ("prores", "b.mov", (128, 64)),
        ("h265", "b.mkv", (128, 64)),
        ("h264", "b.mkv", (128, 64)),
    ],
)
async def test_a_picture_is_shown_as_wide_as_the_source(
    preset: str, output: str, stored: tuple[int, int], tmp_path: Path, shared_reader: MediaReader
) -> None:
    source = tmp_path / "a.mp4"
    run_ffmpeg(*numbered_input(6, filters="setsar=4/3"), *X264, str(source))
    request = VideoRequest(source=source, preset=preset, chunk_size=3, output=output)
    made = await transcoded(request, shared_reader)
    video = made.info.video
    assert video is not None
    assert (video.width, video.height) == stored
    assert video.width * video.sample_aspect == pytest.approx(128 * 4 / 3, abs=2)
    assert any("not square" in note for note in VideoKind().notes(request, made.facts, tmp_path / "a.helios.json")) == (
        stored != (128, 64)
    )
    assert numbers_in(made.path) == list(range(6))


@pytest.mark.parametrize(("preset", "size"), [("h265", (16, 14)), ("h265", (8194, 16)), ("h264", (16386, 16))])
async def test_a_size_that_the_encoder_does_not_take_is_refused_beforehand(
    preset: str, size: tuple[int, int], tmp_path: Path, shared_reader: MediaReader
) -> None:
    source = make_numbered(tmp_path / "a.mp4", 2, X264)
    width, height = size
    with pytest.raises(UserInputError, match=rf"this one has {width} × {height}"):
        await transcoded(VideoRequest(source=source, preset=preset, width=width, height=height), shared_reader)


@pytest.mark.parametrize(("preset", "size"), [("h265", (16, 16)), ("h265", (8192, 64)), ("h264", (2, 2))])
async def test_the_least_and_the_largest_size_are_taken(
    preset: str, size: tuple[int, int], tmp_path: Path, shared_reader: MediaReader
) -> None:
    source = make_numbered(tmp_path / "a.mp4", 2, X264)
    width, height = size
    made = await transcoded(VideoRequest(source=source, preset=preset, width=width, height=height), shared_reader)
    assert made.info.video is not None
    assert (made.info.video.width, made.info.video.height, made.info.frames) == (width, height, 2)


@pytest.mark.parametrize(("layout", "codec", "kept"), [("5.1(side)", "ac3", "5.1"), ("2.1", "flac", "5.1")])
async def test_sound_all_around_goes_into_webm(
    layout: str, codec: str, kept: str, tmp_path: Path, shared_reader: MediaReader
) -> None:
    source = tmp_path / "a.mkv"
    sound = f"sine=d=0.4:r=48000,aformat=channel_layouts={layout}"
    run_ffmpeg(*numbered_input(12), "-f", "lavfi", "-i", sound, *X264, "-c:a", codec, str(source))
    before = probe(source).audio
    assert before is not None
    assert before.layout == layout
    made = await transcoded(VideoRequest(source=source, preset="vp9"), shared_reader)
    assert made.info.audio is not None
    assert (made.info.audio.codec, made.info.audio.layout) == ("opus", kept)


async def test_frames_that_are_no_key_frames_although_ffmpeg_says_so(
    tmp_path: Path, shared_reader: MediaReader
) -> None:
    source = make_numbered(tmp_path / "a.h261", 20, ("-c:v", "h261", "-s", "176x144", "-q:v", "2"))
    made = await transcoded(VideoRequest(source=source, preset="h264", chunk_size=9), shared_reader)
    assert numbers_in(made.path) == list(range(20))


@pytest.mark.parametrize("later", ["0", "9"])
async def test_files_put_behind_one_another_are_refused(later: str, tmp_path: Path, shared_reader: MediaReader) -> None:
    source = make_numbered(tmp_path / "a.ts", 40, (*X264, "-output_ts_offset", later))
    second = make_numbered(tmp_path / "b.ts", 40, X264)
    source.write_bytes(source.read_bytes() + second.read_bytes())
    with pytest.raises(UserInputError, match="its times begin anew at frame 40"):
        await transcoded(VideoRequest(source=source, preset="h264"), shared_reader)


async def test_a_second_picture_that_tells_no_aspect_stays(tmp_path: Path, shared_reader: MediaReader) -> None:
    source = tmp_path / "a.mkv"
    second = numbered_input(12, filters="setsar=0")
    run_ffmpeg(*numbered_input(12), *second, "-map", "0", "-map", "1", *X264, str(source))
    made = await transcoded(VideoRequest(source=source, preset="h264", output="b.mp4"), shared_reader)
    assert [each.packets for each in made.info.of_kind("video")] == [12, 12]


async def test_frames_with_data_that_is_not_known_keep_how_they_are_turned(
    tmp_path: Path, shared_reader: MediaReader
) -> None:
    picture, source = tmp_path / "a.jpg", tmp_path / "a.mov"
    run_ffmpeg(*numbered_input(1), "-q:v", "2", "-f", "image2", str(picture))
    data = picture.read_bytes()
    picture.write_bytes(data[:2] + EXIF_TURNED + data[2:])
    run_ffmpeg("-i", str(picture), "-c", "copy", str(source))
    made = await transcoded(VideoRequest(source=source, preset="h264", output="b.mp4"), shared_reader)
    assert made.info.video is not None
    assert (made.info.video.rotation, made.spec.metadata.width, made.spec.metadata.height) == (90, 64, 128)
    assert numbers_in(made.path) == [0]
