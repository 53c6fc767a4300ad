"""Second tracks, subtitles, timecodes, covers, attached files, chapters and tags: all in the film, or named as lost."""

from __future__ import annotations

import math
import subprocess
from array import array
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.media_reader import MediaReader
from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import Chapter, MediaInfo, StitchError, StitchOptions, StitchReport
from tests.support.any_ffmpeg import colours, turn

SECONDS = Fraction(1, 5)
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=30:d=0.2")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
B_FRAMES = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "2")


READERS: list[MediaReader] = []


@pytest.fixture(scope="module", autouse=True)
def _use_reader(shared_reader: MediaReader) -> Iterator[None]:
    READERS.append(shared_reader)
    yield
    READERS.clear()


async def stitch(chunks: list[Path], output: Path, options: StitchOptions) -> StitchReport:
    return await FfmpegStitcher(reader=READERS[0]).stitch(chunks, output, options)


def made(path: Path, *arguments: str) -> Path:
    command = [str(find_ffmpeg()), "-v", "error", "-nostdin", "-y", *arguments, f"file:{path}"]
    subprocess.run(command, check=True, cwd=path.parent)
    return path


async def joined(
    chunks: list[Path], name: str, options: StitchOptions | None = None
) -> tuple[StitchReport, MediaInfo, Path]:
    output = chunks[0].with_name(name)
    report = await stitch(chunks, output, options or StitchOptions())
    return report, probe(output), output


def cues(path: Path) -> list[tuple[float, str]]:
    """When each line of the first subtitle track is shown, in seconds, and what it says."""
    listed = subprocess.run(
        [
            str(find_ffmpeg()),
            "-v",
            "error",
            "-copyts",
            "-i",
            str(path),
            "-map",
            "0:s:0",
            "-c:s",
            "srt",
            "-f",
            "srt",
            "-",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    found = []
    for block in listed.stdout.replace("\r", "").strip().split("\n\n"):
        _, times, *lines = block.split("\n")
        hours, minutes, seconds = times.split(" --> ")[0].replace(",", ".").split(":")
        text = " ".join(lines).replace("{\\an7}", "")
        found.append((round(int(hours) * 3600 + int(minutes) * 60 + float(seconds), 2), text.split(">")[-1] or text))
    return found


def with_subtitles(folder: Path, suffix: str, codec: str, *more: str) -> list[Path]:
    chunks = []
    for index, word in enumerate(("one", "two", "three")):
        (folder / "s.srt").write_text(f"1\n00:00:00,050 --> 00:00:00,150\n{word}\n\n")
        chunks.append(
            made(
                folder / f"part_{index}{suffix}",
                *(*PICTURE, "-i", "s.srt", "-map", "0", "-map", "1", "-metadata:s:s", "language=fra", *more),
                *("-c:s", codec),
            )
        )
    return chunks


@pytest.mark.parametrize(
    ("suffix", "codec", "name", "became", "picture"),
    [
        (".mov", "mov_text", "film.mov", "mov_text", X264),
        (".mp4", "mov_text", "film.mp4", "mov_text", B_FRAMES),
        (".mp4", "mov_text", "film.mkv", "subrip", X264),
        (".mkv", "srt", "film.mkv", "subrip", B_FRAMES),
        (".mkv", "srt", "film.mp4", "mov_text", B_FRAMES),
        (".mkv", "ass", "film.mkv", "ass", X264),
        (".mkv", "ass", "film.mov", "mov_text", X264),
        (".mkv", "webvtt", "film.mkv", "webvtt", X264),
        (".webm", "webvtt", "film.webm", "webvtt", ("-c:v", "libvpx", "-b:v", "200k")),
        (".webm", "webvtt", "film.mkv", "webvtt", ("-c:v", "libvpx", "-b:v", "200k")),
    ],
)
async def test_subtitles_are_moved_with_their_chunks(tmp_path, suffix, codec, name, became, picture):
    report, info, film = await joined(with_subtitles(tmp_path, suffix, codec, *picture), name)
    subtitles = info.of_kind("subtitle")
    assert [(each.codec, each.language) for each in subtitles] == [(became, "fra")]
    seen = cues(film)
    assert [text for _, text in seen] == ["one", "two", "three"]
    assert [time for time, _ in seen] == pytest.approx([0.05, 0.25, 0.45], abs=0.011)
    assert info.frames == 18
    assert ("became" in str(report)) == (codec.replace("srt", "subrip") != became)


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
@pytest.mark.parametrize("is_shown", [False, True])
async def test_subtitles_are_shown_by_themselves_only_where_they_were_so(tmp_path, suffix, is_shown):
    """FFmpeg's muxer marks the first track of each kind as shown where none is."""
    marks = ("-disposition:s:0", "default" if is_shown else "0")
    _, info, film = await joined(with_subtitles(tmp_path, ".mkv", "srt", *X264, *marks), f"film{suffix}")
    assert ["default" in each.disposition for each in info.of_kind("subtitle")] == [is_shown]
    assert "default" in info.video.disposition
    assert [text for _, text in cues(film)] == ["one", "two", "three"]


async def test_subtitles_in_a_container_without_such_are_named(tmp_path):
    report, info, _ = await joined(with_subtitles(tmp_path, ".mkv", "srt", "-c:v", "mpeg4"), "film.avi")
    assert info.of_kind("subtitle") == ()
    assert "a .avi file does not hold subtitle track 1 (fra); it was left out" in str(report)


async def test_subtitles_are_carried_when_all_is_encoded_anew(tmp_path):
    options = StitchOptions(video_codec="mpeg4", frames=18, rate=Fraction(30))
    report, info, film = await joined(with_subtitles(tmp_path, ".mkv", "srt", *X264), "film.mp4", options)
    assert report.video_codec == "mpeg4"
    assert [each.codec for each in info.of_kind("subtitle")] == ["mov_text"]
    assert [text for _, text in cues(film)] == ["one", "two", "three"]


async def test_lines_of_ass_scripts_keep_numbers_of_their_own(tmp_path):
    """Players take two lines of one number for the same line."""
    _, _, film = await joined(with_subtitles(tmp_path, ".mkv", "ass", *X264), "film.mkv")
    with av.open(str(film)) as container:
        numbers = [bytes(packet).split(b",")[0] for packet in container.demux(subtitles=0) if packet.size]
    assert numbers == [b"0", b"1", b"2"]


def level(path: Path, track: int, tone: int) -> float:
    """How much of the ``track``-th sound is the tone, 0 to 1; the worst of its tenths of a second."""
    command = [str(find_ffmpeg()), "-v", "error", "-i", str(path), "-map", f"0:a:{track}", "-ac", "1", "-ar", "48000"]
    data = subprocess.run([*command, "-f", "f32le", "-"], capture_output=True, check=True).stdout
    samples = array("f", data)
    worst = 1.0
    for begin in range(4800, len(samples) - 9600, 4800):
        part = samples[begin : begin + 4800]
        turns = [2 * math.pi * tone * index / 48000 for index in range(len(part))]
        real = sum(value * math.cos(turn) for value, turn in zip(part, turns, strict=True))
        imaginary = sum(value * math.sin(turn) for value, turn in zip(part, turns, strict=True))
        energy = sum(value * value for value in part) or 1e-9
        worst = min(worst, 2 * (real**2 + imaginary**2) / len(part) / energy)
    return worst


@pytest.mark.parametrize(
    ("code", "kept"), [("deu", "ger"), ("fre", "fra"), ("nld", "dut"), ("ell", "gre"), ("eng", "eng")]
)
async def test_languages_stay_in_quicktime_files_by_their_other_codes(tmp_path, code, kept):
    """ISO 639-2 has two codes for some languages, and QuickTime a number for one of them."""
    sounds = ("-f", "lavfi", "-i", "sine=440:r=48000:d=0.2", "-map", "0", "-map", "1", "-map", "1", "-c:v", "mjpeg")
    label = ("-metadata:s:a:0", f"language={code}", "-metadata:s:a:1", f"language={code}")
    parts = [made(tmp_path / f"part_{number}.mkv", *PICTURE, *sounds, *label) for number in range(2)]
    report = await FfmpegStitcher().stitch(parts, tmp_path / "film.mov", StitchOptions())
    info = probe(tmp_path / "film.mov")
    assert [each.language for each in info.of_kind("audio")] == [kept, kept]
    assert not [note for note in report.notes if "language" in note]


@pytest.mark.parametrize(
    ("suffix", "codec", "name", "became"),
    [
        (".mov", "pcm_s16le", "film.mov", "pcm_s16le"),
        (".mov", "pcm_s16le", "film.mp4", "aac"),
        (".mp4", "aac", "film.mp4", "aac"),
        (".mkv", "libopus", "film.mkv", "opus"),
        (".mkv", "flac", "film.mkv", "flac"),
    ],
)
async def test_a_second_sound_is_joined_as_the_first_is(tmp_path, suffix, codec, name, became):
    tones = [word for tone in (440, 880) for word in ("-f", "lavfi", "-i", f"sine={tone}:r=48000:d=0.2")]
    label = ("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=fra")
    mapped = ("-map", "0", "-map", "1", "-map", "2")
    chunks = [
        made(tmp_path / f"part_{index}{suffix}", *PICTURE, *tones, *mapped, *X264, "-c:a", codec, *label)
        for index in range(3)
    ]
    report, info, film = await joined(chunks, name)
    assert [(each.codec, each.language) for each in info.of_kind("audio")] == [(became, "eng"), (became, "fra")]
    for each in info.of_kind("audio"):
        assert each.duration == pytest.approx(0.6, abs=0.05)
    assert level(film, 0, 440) > 0.97
    assert level(film, 1, 880) > 0.97
    assert "left out" not in str(report)


@pytest.mark.parametrize("codec", [X264, B_FRAMES, ("-c:v", "mpeg4")])
@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
async def test_a_second_picture_is_joined_too(tmp_path, suffix, codec):
    second = ("-f", "lavfi", "-i", "color=red:s=32x32:r=30:d=0.2")
    chunks = [
        made(
            tmp_path / f"part_{index}{suffix}",
            *PICTURE,
            *second,
            "-map",
            "0",
            "-map",
            "1",
            *codec,
            "-metadata:s:v:1",
            "title=Right",
        )
        for index in range(3)
    ]
    report, info, _ = await joined(chunks, f"film{suffix}")
    assert [(video.width, video.packets) for video in info.videos] == [(64, 18), (32, 18)]
    assert info.videos[1].title == ("Right" if suffix == ".mkv" else "")  # FFmpeg 5.1 writes none into .mov
    assert info.videos[1].duration == pytest.approx(0.6, abs=0.04)
    assert "left out" not in str(report)


@pytest.mark.parametrize(
    ("name", "holds"), [("film.mov", True), ("film.mp4", True), ("film.mkv", True), ("film.avi", False)]
)
async def test_the_start_timecode(tmp_path, name, holds):
    chunks = [
        made(tmp_path / f"part_{index}.mov", *PICTURE, "-c:v", "mpeg4", "-timecode", timecode)
        for index, timecode in enumerate(("01:00:00:00", "01:00:00:06"))
    ]
    report, info, _ = await joined(chunks, name)
    assert info.timecode == ("01:00:00:00" if holds else "")
    assert ("start timecode 01:00:00:00" in str(report)) == (not holds)
    assert "do not follow" not in str(report)


async def test_timecodes_that_do_not_follow_are_told(tmp_path):
    chunks = [
        made(tmp_path / f"part_{index}.mov", *PICTURE, *X264, "-timecode", timecode)
        for index, timecode in enumerate(("01:00:00:00", "09:00:00:00"))
    ]
    report, _, _ = await joined(chunks, "film.mov")
    assert "the chunks' timecodes do not follow each other; the video counts on from 01:00:00:00" in str(report)


def chaptered(folder: Path, index: int, suffix: str, *chapters: tuple[int, int, str], title: str = "A film") -> Path:
    words = [f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={name}\n" for start, end, name in chapters]
    (folder / "c.txt").write_text(f";FFMETADATA1\ntitle={title}\n" + "".join(words))
    return made(folder / f"part_{index}{suffix}", *PICTURE, "-i", "c.txt", "-map", "0", "-map_metadata", "1", *X264)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
async def test_chapters_are_moved_with_their_chunks(tmp_path, suffix):
    chunks = [
        chaptered(tmp_path, 0, suffix, (0, 100, "One"), (100, 200, "Two")),
        chaptered(tmp_path, 1, suffix, (0, 50, "Two"), (50, 200, "Three")),
    ]
    report, info, _ = await joined(chunks, f"film{suffix}")
    seen = [(float(each.start), float(each.end), each.title) for each in info.chapters]
    assert seen == [(0.0, 0.1, "One"), (0.1, 0.25, "Two"), (0.25, 0.4, "Three")]
    assert info.tags["title"] == "A film"
    assert "left out" not in str(report)


async def test_chapters_of_the_whole_film_in_each_chunk_are_taken_once(tmp_path):
    film = ((0, 300, "One"), (300, 3000, "Two"))
    _, info, _ = await joined([chaptered(tmp_path, index, ".mkv", *film) for index in range(2)], "film.mkv")
    assert info.chapters == (
        Chapter(Fraction(0), Fraction(3, 10), "One"),
        Chapter(Fraction(3, 10), Fraction(2, 5), "Two"),
    )


async def test_tags_that_differ_are_named(tmp_path):
    chunks = [chaptered(tmp_path, index, ".mp4", title=f"Part {index}") for index in range(2)]
    report, info, _ = await joined(chunks, "film.mp4")
    assert "title" not in info.tags
    assert "left out, as the chunks differ in it: title" in str(report)


@pytest.mark.parametrize(("name", "holds"), [("film.mkv", True), ("film.mp4", False)])
async def test_attached_files(tmp_path, name, holds):
    (tmp_path / "a.ttf").write_text("a font")
    (tmp_path / "b.ttf").write_text("another font")
    chunks = [
        made(tmp_path / f"part_{index}.mkv", *PICTURE, *X264, "-attach", font, "-metadata:s:t", "mimetype=font/ttf")
        for index, font in enumerate(("a.ttf", "b.ttf", "a.ttf"))
    ]
    report, info, film = await joined(chunks, name)
    assert [each.tags["filename"] for each in info.of_kind("attachment")] == (["a.ttf", "b.ttf"] if holds else [])
    assert ("the attached file a.ttf" in str(report)) == (not holds)
    if holds:
        with av.open(str(film)) as container:
            assert [each.data for each in container.streams.attachments] == [b"a font", b"another font"]


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.avi"])
async def test_cover_pictures(tmp_path, name):
    cover = made(tmp_path / "c.png", "-f", "lavfi", "-i", "color=red:s=32x32", "-frames:v", "1")
    chunks = [
        made(
            tmp_path / f"part_{index}.mp4",
            *(*PICTURE, "-i", str(cover), "-map", "0", "-map", "1", "-c:v:0", "mpeg4", "-c:v:1", "copy"),
            *("-disposition:v:1", "attached_pic"),
        )
        for index in range(2)
    ]
    report, info, _ = await joined(chunks, name)
    assert info.frames == 12
    assert len(info.videos) == 1
    assert any(stream.is_cover for stream in info.streams) == (not name.endswith("avi"))
    assert ("a .avi file does not hold the cover picture" in str(report)) == name.endswith("avi")


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
@pytest.mark.parametrize("name", ["film.webm", "film.mkv"])
async def test_transparency_beside_the_pixels_is_kept(tmp_path, codec, name):
    look = (
        "-vf",
        "format=yuva420p,colorchannelmixer=aa=0.5",
        "-pix_fmt",
        "yuva420p",
        "-auto-alt-ref",
        "0",
        "-b:v",
        "200k",
    )
    chunks = [made(tmp_path / f"part_{index}.webm", *PICTURE, "-c:v", codec, *look) for index in range(2)]
    report, info, film = await joined(chunks, name)
    assert info.video is not None
    assert info.video.alpha
    assert b"\x53\xc0\x81\x01" in film.read_bytes()  # Matroska's AlphaMode, which browsers go by
    seen = subprocess.run(
        [str(find_ffmpeg()), "-v", "error", "-c:v", codec, "-i", str(film), "-pix_fmt", "rgba", "-f", "rawvideo", "-"],
        capture_output=True,
        check=True,
    ).stdout
    assert len(seen) == 12 * 64 * 48 * 4
    assert 100 < sum(seen[3::4]) / len(seen[3::4]) < 156
    assert "left out" not in str(report)


def turned(folder: Path, codec: tuple[str, ...] = X264) -> list[Path]:
    plain = made(folder / "plain.mp4", *PICTURE, *codec)
    return [turn(plain, folder / f"part_{index}.mp4", 270) for index in range(2)]


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.mkv"])
async def test_turned_pictures_stay_turned(tmp_path, name):
    _, info, _ = await joined(turned(tmp_path), name)
    assert info.video is not None
    assert info.video.rotation == 90


async def test_turned_pictures_are_refused_where_the_container_cannot_turn_them(tmp_path):
    with pytest.raises(StitchError, match=r"A \.avi file does not hold that the picture is turned"):
        await joined(turned(tmp_path, ("-c:v", "mpeg4")), "film.avi")
    assert not (tmp_path / "film.avi").exists()


@pytest.mark.parametrize(
    ("codec", "suffix", "way_out"),
    [
        (("-c:v", "libvpx-vp9", "-b:v", "0"), ".webm", "Choose another output name (.mp4)."),
        (
            ("-c:v", "ffv1"),
            ".nut",
            "Render the chunks again as they are to be seen, or with a codec that .mov files take.",
        ),
        (("-c:v", "huffyuv", "-pix_fmt", "yuv422p"), ".avi", "Render the chunks again as they are to be seen, or"),
    ],
)
async def test_stretched_pictures_are_refused_with_a_way_out(tmp_path, codec, suffix, way_out):
    """Also where the chunks' own kind of file holds it, which is no way out then."""
    chunks = [made(tmp_path / f"part_{index}{suffix}", *PICTURE, *codec, "-vf", "setsar=5/4") for index in range(2)]
    with pytest.raises(StitchError, match=rf"A \{suffix} file does not hold that the picture is stretched") as caught:
        await joined(chunks, f"film{suffix}")
    assert caught.value.hint.startswith(way_out)
    if ".mp4)" in way_out:
        _, info, _ = await joined(chunks, "film.mp4")
        assert info.video.sample_aspect == Fraction(5, 4)


async def test_turned_pictures_are_upright_when_encoded_anew(tmp_path):
    _, info, _ = await joined(turned(tmp_path), "film.mp4", StitchOptions(video_codec="mpeg4"))
    assert info.video is not None
    assert (info.video.width, info.video.height, info.video.rotation) == (48, 64, 0)


async def test_turned_pictures_fill_the_video_when_sizes_are_evened_out(tmp_path):
    plain = made(tmp_path / "plain_square.mp4", "-f", "lavfi", "-i", "testsrc2=s=96x96:r=30:d=0.2", *X264)
    square = turn(plain, tmp_path / "square.mp4", 270)
    _, info, _ = await joined([*turned(tmp_path), square], "film.mp4", StitchOptions(reencode=True))
    assert info.video is not None
    assert (info.video.width, info.video.height, info.video.rotation) == (48, 64, 0)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
async def test_hdr_is_kept(tmp_path, suffix):
    light = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
    look = ("-pix_fmt", "yuv420p10le", *colours("bt2020", "smpte2084", "bt2020nc"))
    chunks = [
        made(
            tmp_path / f"part_{index}{suffix}",
            *(*PICTURE, "-c:v", "libx265", "-x265-params", f"log-level=none:{light}", *look),
        )
        for index in range(2)
    ]
    report, info, _ = await joined(chunks, f"film{suffix}")
    assert info.video is not None
    assert info.video.colour.transfer == "smpte2084"
    assert (info.video.mastering, info.video.light_level) == (light.split(":")[0].partition("=")[2], "1000,400")
    assert "left out" not in str(report)


async def test_a_title_in_another_encoding_does_not_refuse_a_chunk(tmp_path):
    chunks = [made(tmp_path / f"part_{index}.mkv", *PICTURE, *X264, "-metadata", "title=Caf_") for index in range(2)]
    for chunk in chunks:
        chunk.write_bytes(chunk.read_bytes().replace(b"Caf_", "Café".encode("latin-1")))
    _, info, _ = await joined(chunks, "film.mkv")
    assert info.frames == 12


@pytest.mark.parametrize("rate", [Fraction(20), Fraction(60)])
async def test_subtitles_and_chapters_are_retimed_with_their_frames(tmp_path, rate):
    chunks = with_subtitles(tmp_path, ".mkv", "srt", *X264)
    found = [probe(path) for path in chunks]
    frames = sum(info.frames for info in found)
    report = await FfmpegStitcher().stitch(chunks, tmp_path / "film.mkv", StitchOptions(frames=frames, rate=rate))
    assert report.retimed_from == found[0].video.rate
    longer = found[0].video.rate / rate
    length = found[0].frames / rate
    expected = [float(index * length + Fraction(5, 100) * longer) for index in range(3)]
    assert [time for time, _ in cues(tmp_path / "film.mkv")] == pytest.approx(expected, abs=0.011)
    chapters = [chaptered(tmp_path, index, ".mkv", (0, 40, "a"), (40, 80, "b")) for index in range(2)]
    info = probe(chapters[0])
    options = StitchOptions(frames=2 * info.frames, rate=info.video.rate * 2)
    await FfmpegStitcher().stitch(chapters, tmp_path / "chapters.mkv", options)
    assert [float(each.start) for each in probe(tmp_path / "chapters.mkv").chapters][:2] == [0, 0.02]
