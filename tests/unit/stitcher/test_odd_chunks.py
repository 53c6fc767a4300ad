"""Whole chunks in which their muxers write odd things: empty packets, ends before beginnings, unknown sounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from helios_gui.media.media_reader import MediaReader
from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.types import StitchError, StitchOptions
from tests.support.picture_boxes import AMBISONIC, with_boxes

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=64x64:r=30:d=0.4")
HALTING = "testsrc2=s={size}:r=10:d=0.4,fps=30"
"""Each picture is there three times."""
FRAMES = 12
TONE = ("-f", "lavfi", "-i", "sine=r=48000:d=0.4")
THEORA = ("-c:v", "libtheora", "-q:v", "7")
READERS: list[MediaReader] = []


@pytest.fixture(scope="module", autouse=True)
def _use_reader(shared_reader: MediaReader) -> Iterator[None]:
    READERS.append(shared_reader)
    yield
    READERS.clear()


async def join(chunks: list[Path], name: str, **options: object) -> Path:
    film = chunks[0].with_name(name)
    await FfmpegStitcher(reader=READERS[0]).stitch(chunks, film, StitchOptions(**options))  # type: ignore[arg-type]
    return film


def repeated(film: Path) -> list[int]:
    """The numbers of the frames that look like the ones before them, but for the noise of the encoder."""
    with av.open(str(film)) as container:
        pictures = [bytes(frame.reformat(format="gray").planes[0]) for frame in container.decode(video=0)]
    noise = len(pictures[0])
    return [
        number
        for number in range(1, len(pictures))
        if sum(abs(a - b) for a, b in zip(pictures[number], pictures[number - 1], strict=True)) < noise
    ]


@pytest.mark.parametrize(("suffix", "second"), [(".mp4", "64x64"), (".mkv", "64x64"), (".mp4", "80x64")])
async def test_frames_that_theora_only_repeats_are_encoded_anew(studio, tmp_path, suffix, second):
    """They come out of no decoder; FFmpeg's Matroska has no empty packets either."""
    chunks = [tmp_path / f"part_{number}.ogv" for number in range(2)]
    for chunk, size in zip(chunks, ("64x64", second), strict=True):
        studio.run("-f", "lavfi", "-i", HALTING.format(size=size), *THEORA, str(chunk))
        assert probe(chunk).frames == FRAMES
    film = await join(chunks, f"film{suffix}", frames=2 * FRAMES, reencode=True)
    assert probe(film).frames == 2 * FRAMES
    assert repeated(film) == [number for number in range(2 * FRAMES) if number % 3]


async def test_theora_of_other_sizes_becomes_theora(studio, tmp_path):
    chunks = [tmp_path / f"part_{number}.ogv" for number in range(2)]
    for chunk, size in zip(chunks, ("64x64", "80x64"), strict=True):
        studio.run("-f", "lavfi", "-i", HALTING.format(size=size), *THEORA, str(chunk))
    film = await join(chunks, "film.ogv", frames=2 * FRAMES, reencode=True)
    assert (probe(film).frames, probe(film).video.codec) == (2 * FRAMES, "theora")


async def test_vorbis_whose_last_packet_begins_behind_the_end_is_joined_in_ogg(studio, tmp_path):
    """FFmpeg reads that such a packet lasts for a day, and wrote so into the film."""
    chunks = [tmp_path / f"part_{number}.ogv" for number in range(2)]
    for chunk in chunks:
        studio.run(*PICTURE, *TONE, *THEORA, "-c:a", "libvorbis", str(chunk))
    film = await join(chunks, "film.ogv", frames=24)
    sound = probe(film).audio
    assert sound is not None
    assert sound.duration == pytest.approx(0.8, abs=0.003)


@pytest.mark.parametrize("suffix", [".nut", ".mkv"])
async def test_flac_with_an_empty_last_packet_is_joined(studio, tmp_path, suffix):
    chunks = [tmp_path / f"part_{number}.nut" for number in range(2)]
    for chunk in chunks:
        studio.run(*PICTURE, *TONE, "-c:v", "mpeg4", "-c:a", "flac", str(chunk))
    film = await join(chunks, f"film{suffix}", frames=24)
    samples = studio.samples(film)
    assert len(samples) == pytest.approx(38_400, abs=2)


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize(("codec", "source"), [("aac", ".mp4"), ("pcm_s16le", ".mov")])
@pytest.mark.parametrize("count", [1, 2])
async def test_a_sound_all_around_that_becomes_one_of_loudspeakers_is_named(
    studio, tmp_path, codec, source, suffix, count
):
    """FFmpeg tells nothing of it with AAC, and refuses to encode it where it does."""
    chunks = [tmp_path / f"part_{number}{source}" for number in range(count)]
    quad = ("-af", "pan=4.0|c0=c0|c1=c0|c2=c0|c3=c0", "-c:a", codec, "-c:v", "mpeg4", "-map", "1:a", "-map", "0:v")
    for chunk in chunks:
        studio.run(*PICTURE, *TONE, *quad, str(chunk))
        with_boxes(chunk, AMBISONIC)
    sound = probe(chunks[0]).audio
    assert sound is not None
    assert sound.layout == "ambisonic 1"
    film = tmp_path / f"film{suffix}"
    report = await FfmpegStitcher(reader=READERS[0]).stitch(chunks, film, StitchOptions())
    assert "ambisonic 1" in str(report.notes)
    made = probe(film).audio
    assert made is not None
    assert (made.channels, made.layout) == (4, "" if codec != "aac" and suffix == ".mkv" else "4.0")


async def test_a_sound_that_ffmpeg_does_not_know_is_named(studio, tmp_path):
    chunks = [tmp_path / f"part_{number}.mov" for number in range(2)]
    for chunk in chunks:
        studio.run(*PICTURE, *TONE, "-c:v", "mpeg4", "-c:a", "pcm_s16le", str(chunk))
        chunk.write_bytes(chunk.read_bytes().replace(b"sowt", b"apac", 1))
    with pytest.raises(StitchError, match=r"part_0\.mov has a sound whose codec FFmpeg does not know") as refusal:
        await join(chunks, "film.mov")
    assert "without that sound" in refusal.value.hint
    assert probe(await join(chunks, "film.gif", reencode=True)).frames == 24
