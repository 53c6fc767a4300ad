"""Dolby Vision, 3D, crops, the viewing environment and captions: in the film, or named as lost."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg, libavformat_of
from helios_gui.media.media_reader import MediaReader
from helios_gui.stitcher import FfmpegStitcher, probe, splice
from helios_gui.stitcher.compare import find_video_mismatch
from helios_gui.stitcher.picture_boxes import say_of_picture
from helios_gui.types import StitchError, StitchOptions, StitchReport, StreamInfo
from tests.support.any_ffmpeg import colours
from tests.support.media_maker import media_maker
from tests.support.picture_boxes import (
    ALL_AROUND,
    AMBIENT,
    STEREO,
    TWO_EYES,
    box,
    copied,
    crop,
    dolby_vision,
    with_boxes,
    with_descriptor,
)

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=30:d=0.2")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
HEVC = (
    *("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v", "hvc1"),
    *("-pix_fmt", "yuv420p10le", *colours("bt2020", "smpte2084", "bt2020nc")),
)
READERS: list[MediaReader] = []


@pytest.fixture(scope="module", autouse=True)
def _use_reader(shared_reader: MediaReader) -> Iterator[None]:
    READERS.append(shared_reader)
    yield
    READERS.clear()


def made(path: Path, *arguments: str) -> Path:
    command = [media_maker(), "-v", "error", "-nostdin", "-y", *arguments, f"file:{path}"]
    subprocess.run(command, check=True, cwd=path.parent)
    return path


@cache
def plain(suffix: str, how: tuple[str, ...]) -> bytes:
    """The content of a chunk that says nothing but its colours."""
    with TemporaryDirectory() as folder:
        return made(Path(folder) / f"plain{suffix}", *PICTURE, *how).read_bytes()


def chunks_with(folder: Path, *boxes: bytes, suffix: str = ".mp4", how: tuple[str, ...] = HEVC) -> list[Path]:
    chunks = [folder / f"part_{number}{suffix}" for number in range(2)]
    for chunk in chunks:
        chunk.write_bytes(plain(suffix, how))
        with_boxes(chunk, *boxes)
    return chunks


def in_form(form: str, folder: Path, profile: int = 8, compatibility: int = 4) -> list[Path]:
    """Two chunks with Dolby Vision's record in a kind of file."""
    chunks = chunks_with(folder, dolby_vision(profile, compatibility), suffix=".mov" if form == ".mov" else ".mp4")
    match form:
        case "fragments":
            return [
                copied(each, each.with_stem(f"f_{each.stem}"), movflags="frag_keyframe+empty_moov") for each in chunks
            ]
        case ".mkv":
            return [copied(each, each.with_suffix(".mkv")) for each in chunks]
        case ".ts":
            return [with_descriptor(copied(each, each.with_suffix(".ts")), profile, compatibility) for each in chunks]
        case _:
            return chunks


async def joined(
    chunks: list[Path], name: str, options: StitchOptions | None = None, program: Path | None = None
) -> tuple[StitchReport, StreamInfo, Path]:
    output = chunks[0].with_name(name)
    report = await FfmpegStitcher(program, READERS[0]).stitch(chunks, output, options or StitchOptions())
    video = probe(output).video
    assert video is not None
    return report, video, output


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("form", [".mp4", ".mov", "fragments", ".mkv", ".ts"])
async def test_dolby_vision_goes_from_any_file_into_any_that_holds_it(tmp_path, form, suffix):
    chunks = in_form(form, tmp_path)
    first = probe(chunks[0]).video
    assert first is not None
    assert first.dolby_vision == "8.4"
    report, video, film = await joined(chunks, f"film{suffix}")
    assert video.dolby_vision == "8.4"
    assert report.notes == ()
    assert suffix == ".mkv" or dolby_vision() in film.read_bytes()


async def test_dolby_vision_that_a_file_does_not_hold_is_named(tmp_path):
    report, video, _ = await joined(in_form(".mp4", tmp_path), "film.ts")
    assert video.dolby_vision == ""
    assert "a .ts file does not hold Dolby Vision of the video (8.4); it was left out" in report.notes


@pytest.mark.parametrize("form", [".mp4", ".mkv"])
async def test_colours_that_need_dolby_vision_are_not_joined_without_it(tmp_path, form):
    chunks = in_form(form, tmp_path, 5, 0)
    with pytest.raises(StitchError, match=re.escape("A .ts file does not hold that the picture is Dolby Vision")):
        await joined(chunks, "film.ts")
    for suffix in (".mov", ".mp4"):
        _, video, film = await joined(chunks, f"film{suffix}")
        assert video.dolby_vision == "5.0"
        assert b"dvh1" in film.read_bytes()


@pytest.mark.parametrize("form", [".mp4", ".mov", ".mkv", ".ts"])
async def test_chunks_without_dolby_vision_are_told_from_those_with_it(tmp_path, form):
    chunks = in_form(form, tmp_path)
    other = tmp_path / f"plain{chunks[1].suffix}"
    (without := tmp_path / "none.mp4").write_bytes(plain(".mp4", HEVC))
    copied(without, other)
    with pytest.raises(StitchError, match=r"is without Dolby Vision, the other is with Dolby Vision 8\.4"):
        await joined([chunks[0], other], "film.mp4")
    report, video, _ = await joined([chunks[0], other], "film.mp4", StitchOptions(reencode=True))
    assert video.dolby_vision == ""
    assert "Dolby Vision was left out; the picture below it stays" in report.notes


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
async def test_pictures_encoded_anew_do_not_say_that_they_are_dolby_vision(tmp_path, suffix):
    """FFmpeg 5 copies the record; the pictures lack what it announces."""
    options = StitchOptions(video_codec="libx264")
    report, video, _ = await joined(in_form(".mp4", tmp_path), f"film{suffix}", options)
    assert video.dolby_vision == ""
    assert "Dolby Vision was left out; the picture below it stays" in report.notes
    with pytest.raises(StitchError, match="encoded anew, its colours would be wrong"):
        await joined(in_form(".mp4", tmp_path, 5, 0), f"film{suffix}", options)


@pytest.mark.skipif(libavformat_of(find_ffmpeg()) >= 60, reason="is mended in newer ones")
async def test_an_old_ffmpeg_that_says_so_is_refused(tmp_path):
    with pytest.raises(StitchError, match="says that it is Dolby Vision, and is not"):
        await joined(in_form(".mp4", tmp_path), "film.mp4", StitchOptions(video_codec="libx264"), find_ffmpeg())


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("source", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("boxes", [(STEREO,), (ALL_AROUND,), (STEREO, ALL_AROUND)], ids=["3d", "360", "both"])
async def test_3d_and_pictures_all_around_stay_so(tmp_path, source, suffix, boxes):
    chunks = chunks_with(tmp_path, *boxes, suffix=".mp4" if source == ".mkv" else source, how=X264)
    if source == ".mkv":
        chunks = [copied(each, each.with_suffix(".mkv")) for each in chunks]
    first = probe(chunks[0]).video
    assert first is not None
    report, video, film = await joined(chunks, f"film{suffix}")
    assert video.projection == first.projection != ""
    assert report.notes == ()
    if source != ".mkv" != suffix:
        assert all(each in film.read_bytes() for each in boxes)


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
async def test_two_eyes_as_apple_writes_them_stay_to_the_last_byte(tmp_path, suffix):
    chunks = chunks_with(tmp_path, TWO_EYES, suffix=".mov")
    first = probe(chunks[0]).video
    report, video, film = await joined(chunks, f"film{suffix}")
    assert first is not None
    assert set(first.eyes) == set(video.eyes)
    assert b"".join(video.eyes) == TWO_EYES
    assert all(each in film.read_bytes() for each in video.eyes)
    assert report.notes == ()


async def test_two_eyes_in_matroska_are_named(tmp_path):
    report, _, _ = await joined(chunks_with(tmp_path, TWO_EYES, suffix=".mov"), "film.mkv")
    assert "does not hold the 3D, 360° or colour profile" in str(report.notes)


async def test_chunks_that_say_other_things_of_two_eyes_are_told_apart(tmp_path):
    other = TWO_EYES.replace(b"side", b"over")
    first, second = chunks_with(tmp_path, suffix=".mov")
    with pytest.raises(StitchError, match="with a 3D, 360° or colour profile"):
        await joined([with_boxes(first, TWO_EYES), with_boxes(second, other)], "film.mov")


@pytest.mark.parametrize(("suffix", "is_kept"), [(".mp4", True), (".mov", True), (".mkv", False), (".ts", False)])
async def test_the_viewing_environment_is_kept_or_named(tmp_path, suffix, is_kept):
    report, video, _ = await joined(chunks_with(tmp_path, AMBIENT), f"film{suffix}")
    assert (video.ambient == "314 lx (0.3127, 0.3290)") is is_kept
    assert ("the viewing environment of the video" in str(report.notes)) is not is_kept


@pytest.mark.parametrize(("suffix", "is_kept"), [(".mp4", True), (".mov", True), (".mkv", True), (".ts", False)])
async def test_a_crop_is_kept_or_named(tmp_path, suffix, is_kept):
    report, video, _ = await joined(chunks_with(tmp_path, crop(60, 48), how=X264), f"film{suffix}")
    assert (video.cropped == "60×48") is is_kept
    assert ("the crop of the video (60×48)" in str(report.notes)) is not is_kept


async def test_a_crop_to_the_whole_picture_is_none(tmp_path):
    """FFmpeg writes such with uncompressed pictures; other programs do not."""
    first, second = chunks_with(tmp_path, how=X264)
    report, _, _ = await joined([with_boxes(first, crop(64, 64)), second], "film.mp4")
    assert report.notes == ()
    with pytest.raises(StitchError, match="is not cropped, the other is cropped to 48×64"):
        await joined([with_boxes(first.rename(tmp_path / "a.mp4"), crop(48, 64)), second], "film.mp4")


def captioned(path: Path) -> Path:
    """A video whose frames have closed captions (ATSC A/53) within them."""
    raw = made(path.with_suffix(".h264"), *PICTURE, *X264, "-bf", "0", "-x264-params", "slices=1:sliced-threads=0")
    said = b"\xb5\0\x31GA94\3\x41\xff\xfc\x94\x2c\xff"
    unit = b"\0\0\0\1\6\4" + bytes([len(said)]) + said + b"\x80"
    pieces = re.split(b"\0?\0\0\1", raw.read_bytes())[1:]
    raw.write_bytes(b"".join((unit if each[0] & 31 in (1, 5) else b"") + b"\0\0\0\1" + each for each in pieces))
    return made(path, "-r", "30", "-i", str(raw), "-c", "copy")


def with_hdr10_plus(path: Path) -> Path:
    """A video whose frames have HDR10+ (SMPTE ST 2094-40) of one window within them."""
    raw = made(path.with_suffix(".hevc"), *PICTURE, *HEVC, "-x265-params", "log-level=none:bframes=0", "-tag:v", "0")
    fields = ((1, 2), (1000, 27), (0, 1), *[(5000, 17)] * 3, (3000, 17), (0, 4), (0, 10), (0, 1), (0, 1), (0, 1))
    bits = "".join(f"{value:0{width}b}" for value, width in fields)
    told = int(bits.ljust(-len(bits) % 8 + len(bits), "0"), 2).to_bytes((len(bits) + 7) // 8, "big")
    said = b"\xb5\0\x3c\0\1\4\1" + told
    said = re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\0\0\3", bytes([4, len(said)]) + said)
    unit = b"\0\0\0\1\x4e\1" + said + b"\x80"
    pieces = re.split(rb"\x00?\x00\x00\x01", raw.read_bytes())[1:]
    is_slice = [each[0] >> 1 & 63 < 32 for each in pieces]
    raw.write_bytes(
        b"".join((unit if slice_ else b"") + b"\0\0\0\1" + each for each, slice_ in zip(pieces, is_slice, strict=True))
    )
    return made(path, "-r", "30", "-i", str(raw), "-c", "copy")


@pytest.mark.parametrize(
    ("name", "codec", "is_kept"), [("film.mov", "", True), ("film.ts", "", True), ("film.mkv", "ffv1", False)]
)
async def test_hdr10_plus_is_kept_or_named(tmp_path, name, codec, is_kept):
    chunks = [with_hdr10_plus(tmp_path / f"part_{number}.mkv") for number in range(2)]
    report, video, _ = await joined(chunks, name, StitchOptions(video_codec=codec))
    assert (video.dynamic_light == ("HDR10+",)) is is_kept
    assert ("HDR10+ was left out; the picture below it stays" in report.notes) is not is_kept
    plain_one = tmp_path / "none.mkv"
    copied(chunks_with(tmp_path)[0], plain_one)
    with pytest.raises(StitchError, match="is with frames that tell"):
        await joined([chunks[0], plain_one], name)


@pytest.mark.parametrize(
    ("name", "codec", "is_kept"),
    [
        ("film.mov", "", True),
        ("film.ts", "", True),
        ("film.mp4", "libx264", True),
        ("film.mkv", "mpeg2video", True),
        ("film.mkv", "ffv1", False),
    ],
)
async def test_closed_captions_are_kept_or_named(tmp_path, name, codec, is_kept):
    chunks = [captioned(tmp_path / f"part_{number}.mp4") for number in range(2)]
    report, video, _ = await joined(chunks, name, StitchOptions(video_codec=codec))
    assert video.captions is is_kept
    assert ("the closed captions within the pictures were left out" in report.notes) is not is_kept


def pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(frame.planes[0]) for frame in container.decode(video=0)]


@pytest.mark.parametrize("options", [{}, {"movflags": "+faststart"}, {"moov_size": "8000"}, {"moov_size": "1500"}])
def test_the_index_grows_wherever_it_is(tmp_path, options):
    """It lies behind the frames; before them, where they move; before room that is kept for it, or is too small."""
    (source := tmp_path / "plain.mp4").write_bytes(plain(".mp4", X264))
    copied(source, tmp_path / "film.mov", **options)
    boxes = {"sv3d": ALL_AROUND, "free": box(b"free", bytes(400))}
    say_of_picture(tmp_path / "film.mov", boxes, all_known=False)
    assert pictures(tmp_path / "film.mov") == pictures(source)
    assert ALL_AROUND in (tmp_path / "film.mov").read_bytes()
    video = probe(tmp_path / "film.mov").video
    assert video is not None
    assert video.boxes == {"sv3d": ALL_AROUND}


def test_the_index_goes_behind_frames_that_are_too_far_away_to_be_moved(tmp_path):
    """A place in the file has 32 bits as long as it needs no more."""
    (source := tmp_path / "plain.mp4").write_bytes(plain(".mp4", X264))
    film = copied(source, tmp_path / "film.mov", movflags="+faststart")
    head, rest = (data := film.read_bytes())[: (end := data.index(b"mdat") - 4)], data[end:]
    head = bytearray(head[:-8] if head.endswith(box(b"wide", b"")) else head)
    places = head.index(b"stco") + 8
    count = int.from_bytes(head[places : places + 4], "big")
    words = range(places + 4, places + 4 + 4 * count, 4)
    gap = 2**32 - 16 - int.from_bytes(head[words[-1] : words[-1] + 4], "big")
    for word in words:
        head[word : word + 4] = (int.from_bytes(head[word : word + 4], "big") + gap).to_bytes(4, "big")
    with film.open("wb") as file:  # with a hole
        file.write(bytes(head) + (end + gap - len(head)).to_bytes(4, "big") + b"skip")
        file.seek(end + gap)
        file.write(rest)
    say_of_picture(film, {"sv3d": ALL_AROUND}, all_known=False)
    assert pictures(film) == pictures(source)
    assert (video := probe(film).video) is not None
    assert video.boxes == {"sv3d": ALL_AROUND}


async def test_a_large_film_keeps_its_index_in_the_room_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(splice, "_LARGE", 0)
    monkeypatch.setattr(splice, "_LEAST_SHARE", 0)
    _, video, film = await joined(in_form(".mp4", tmp_path), "film.mov")
    assert video.dolby_vision == "8.4"
    assert film.read_bytes().index(b"moov") < film.read_bytes().index(b"mdat")


def test_a_chunk_with_a_layer_for_the_other_eye_is_told_apart_in_words(tmp_path):
    one = probe(chunks_with(tmp_path)[0])
    video = replace(one.video, boxes={"lhvC": b"how the other eye's layer is decoded"})
    with_layer = replace(one, streams=tuple(video if each is one.video else each for each in one.streams))
    found = find_video_mismatch([one, with_layer])
    assert found is not None
    assert "is in 3D, the other is without a 3D, 360° or colour profile" in str(found)
