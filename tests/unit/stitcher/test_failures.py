"""What is wrong is named, and nothing is lost or left behind."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from fractions import Fraction
from pathlib import Path

import psutil
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.stitcher import FfmpegStitcher
from helios_gui.stitcher.ffmpeg_run import COMMON_FLAGS, run_ffmpeg
from helios_gui.types import StitchError, StitchOptions
from tests.support.waiting import eventually


def cut(path: Path, part: float) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])


def fast_start(studio, path: Path) -> None:
    moved = path.with_name(f"moved_{path.name}")
    studio.run("-i", str(path), "-c", "copy", "-movflags", "+faststart", str(moved))
    moved.replace(path)


DAMAGES = {
    "missing": (lambda studio, path: path.unlink(), r"^part_1\.mov is missing\.$"),
    "empty": (lambda studio, path: path.write_bytes(b""), r"^part_1\.mov is empty\.$"),
    "cut": (lambda studio, path: cut(path, 0.6), r"^part_1\.mov ends in the middle of the video"),
    "cut with index": (
        lambda studio, path: (fast_start(studio, path), cut(path, 0.6)),
        r"^part_1\.mov ends in the middle of (frame \d|the sound|the video: \d of 9 frames are there)\.$",
    ),
    "foreign": (lambda studio, path: path.write_text("Segmentation fault\n" * 50), r"part_1\.mov is not a media file"),
    "a folder": (lambda studio, path: (path.unlink(), path.mkdir()), r"^part_1\.mov is not a file\.$"),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_chunk_in_the_middle(studio, tmp_path, damage):
    harm, message = DAMAGES[damage]
    chunks = studio.chunks(9, 9, 9)
    harm(studio, chunks[1])
    output = tmp_path / "film.mp4"
    output.write_bytes(b"yesterday's film")
    with pytest.raises(StitchError, match=message) as caught:
        await FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=27))
    assert "Render" in caught.value.hint
    assert output.read_bytes() == b"yesterday's film"
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


async def test_a_cut_matroska_chunk_lacks_frames(studio, tmp_path):
    chunks = studio.chunks(9, 9, 9, suffix=".mkv")
    cut(chunks[1], 0.6)
    with pytest.raises(StitchError, match=r"frames instead of 27"):
        await FfmpegStitcher().stitch(chunks, tmp_path / "film.mkv", StitchOptions(frames=27))


async def test_several_damaged_chunks_are_counted(studio, tmp_path):
    chunks = studio.chunks(4, 4, 4)
    chunks[0].unlink()
    chunks[2].unlink()
    with pytest.raises(StitchError, match=r"part_0\.mov is missing\. So it is with 1 more"):
        await FfmpegStitcher().stitch(chunks, tmp_path / "film.mp4")


async def test_outputs_that_cannot_be(studio, tmp_path):
    chunks = studio.chunks(4, 4)
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "file").write_text("")
    for output, message in (
        (chunks[1], "is one of the chunks"),
        (tmp_path / "folder.mp4", "is a folder"),
        (tmp_path / "film", "does not say what kind"),
        (tmp_path / "file" / "film.mp4", "cannot be written"),
    ):
        with pytest.raises(StitchError, match=message):
            await FfmpegStitcher().stitch(chunks, output)
    with pytest.raises(StitchError, match="There are no chunks"):
        await FfmpegStitcher().stitch([], tmp_path / "film.mp4")
    assert studio.numbers(chunks[1]) == list(range(4, 8))


async def test_chunks_without_video(studio, tmp_path):
    sound = tmp_path / "sound.wav"
    studio.run("-f", "lavfi", "-i", "sine=d=1", str(sound))
    with pytest.raises(StitchError, match=r"sound\.wav has no video"):
        await FfmpegStitcher().stitch([sound], tmp_path / "film.mp4")


async def test_ffmpegs_own_words_reach_the_person(studio, tmp_path):
    chunks = studio.chunks(4, 4)
    stitcher = FfmpegStitcher(find_ffmpeg())  # which is then not asked for its encoders
    with pytest.raises(StitchError, match="joining the chunks: Unknown encoder 'no_such_codec'") as caught:
        await stitcher.stitch(chunks, tmp_path / "film.mp4", StitchOptions(video_codec="no_such_codec"))
    assert "FFmpeg's log:" in caught.value.__notes__[0]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".", "film"))] == []


async def test_an_ffmpeg_that_cannot_be_started(studio, tmp_path):
    with pytest.raises(StitchError, match="could not be started"):
        await FfmpegStitcher(tmp_path / "ffmpeg").stitch(studio.chunks(4), tmp_path / "film.mp4")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for ffmpeg")
async def test_an_ffmpeg_is_kept_from_tables_that_crash_static_builds(tmp_path):
    """They load the system's tables of character sets for a transport stream's names, and are of another C library."""
    static = tmp_path / "ffmpeg"
    static.write_text('#!/bin/sh\n[ -e "$GCONV_PATH" ] && [ ! -d "$GCONV_PATH" ] || kill -s SEGV $$\n')
    static.chmod(static.stat().st_mode | stat.S_IXUSR)
    await run_ffmpeg([str(static)], tmp_path, "decoding the chunks' sounds")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands in for ffmpeg")
@pytest.mark.parametrize(
    ("spoiling", "message"),
    [
        ("-c copy -frames:v 5", "has 5 frames instead of 8"),
        ("-c copy -bsf:v setts=pts=PTS*2:dts=DTS*2", r"lasts 0\.5\d+ s instead of 0\.267 s at 30 fps"),
        ("-c copy -bsf:v setts=ts=TS*2", r"hides 2 of its frames"),  # TS is DTS, which begins two frames before zero
        ("-c copy -an", "has no sound although the chunks have"),
        ("-c:v copy -af atrim=end=0.1", r"sound lasts 0\.1\d* s instead of 0\.267 s"),
    ],
)
async def test_a_film_that_came_out_wrong_is_not_delivered(studio, tmp_path, spoiling, message):
    """An ffmpeg that says all is well and writes something else."""
    liar = tmp_path / "liar"
    real = find_ffmpeg()
    liar.write_text(
        "#!/bin/bash\n"
        'for word; do case "$word" in *.part.mp4) film="$word";; esac; done\n'
        f'"{real}" "$@" && "{real}" -v error -nostdin -y -i "$film" {spoiling} "$film.mp4" && mv "$film.mp4" "$film"\n'
    )
    liar.chmod(liar.stat().st_mode | stat.S_IXUSR)
    output = tmp_path / "film.mp4"
    output.write_bytes(b"yesterday's film")
    with pytest.raises(StitchError, match=message):
        await FfmpegStitcher(liar).stitch(studio.chunks(4, 4), output, StitchOptions(frames=8, video_codec="libx264"))
    assert output.read_bytes() == b"yesterday's film"


def ffmpegs() -> list[psutil.Process]:
    return [child for child in psutil.Process().children(recursive=True) if "ffmpeg" in child.name()]


@pytest.mark.parametrize("kind", ["joining", "evening out"])
async def test_cancelling_leaves_no_process_and_no_file(studio, tmp_path, kind):
    slow = ("libx264", "-preset", "ultrafast")
    chunks = [studio.chunk("a.mov", 0, 100, size="320x180", codec=slow), studio.chunk("b.mov", 100, 100, codec=slow)]
    chunks = [chunks[0]] * 40 if kind == "joining" else chunks * 20
    options = StitchOptions(video_codec="libx264", quality=1, reencode=True, width=1920, height=1080, rate=Fraction(30))
    if kind == "joining":
        options = StitchOptions(video_codec="libvpx-vp9", quality=1)
    output = tmp_path / "film.mkv"
    output.write_bytes(b"yesterday's film")
    before = [chunk.read_bytes() for chunk in chunks]

    task = asyncio.create_task(FfmpegStitcher().stitch(chunks, output, options))
    await eventually(ffmpegs)
    started = ffmpegs()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not any(process.is_running() for process in started)
    assert output.read_bytes() == b"yesterday's film"
    assert [chunk.read_bytes() for chunk in chunks] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mov", "b.mov", "film.mkv"]


@pytest.mark.parametrize("moment", [0.0, 0.01, 0.3, 0.94])
async def test_cancelling_at_any_moment(studio, tmp_path, moment):
    chunks = studio.chunks(9, 9, 9, rate=25, audio_rate=30)
    output = tmp_path / "film.mp4"
    reached = asyncio.Event()

    def on_progress(fraction: float) -> None:
        if fraction >= moment:
            reached.set()

    stitching = FfmpegStitcher().stitch(chunks, output, StitchOptions(frames=27, rate=Fraction(30)), on_progress)
    task = asyncio.create_task(stitching)
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not output.exists()
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")] == []


async def test_an_ffmpeg_that_waits_for_ever_is_ended_and_named(tmp_path):
    """It reads a pipe that nobody writes to, as it would read a disk that does not answer."""
    pipe = tmp_path / "part.mov"
    os.mkfifo(pipe)
    command = [str(find_ffmpeg()), *COMMON_FLAGS, "-i", str(pipe), str(tmp_path / "film.mov")]
    with pytest.raises(StitchError, match=r"FFmpeg did nothing for .* while joining the chunks, and was ended\."):
        await run_ffmpeg(command, tmp_path, "joining the chunks", stalled_after=0.8)
    assert not [process for process in psutil.process_iter(["cmdline"]) if str(pipe) in (process.info["cmdline"] or [])]


@pytest.mark.parametrize("link", [os.link, os.symlink])
async def test_chunks_that_are_links_to_one_file_are_refused(studio, tmp_path, link):
    """Renderers that write one file and leave links to it: the last one has replaced the frames of all."""
    shared = studio.chunk("shared.mov", 0, 4, audio=None)
    parts = [tmp_path / f"part_{index}.mov" for index in range(2)]
    for part in parts:
        link(shared, part)
    with pytest.raises(StitchError, match=r"part_0\.mov and part_1\.mov are one and the same file\."):
        await FfmpegStitcher().stitch(parts, tmp_path / "film.mov", StitchOptions(frames=8))
    assert not (tmp_path / "film.mov").exists()
    report = await FfmpegStitcher().stitch([shared, shared], tmp_path / "film.mov", StitchOptions(frames=8))
    assert report.frames == 8  # which a program of one's own may ask for


async def test_encrypted_chunks_are_named(studio, tmp_path):
    key = ("-encryption_scheme", "cenc-aes-ctr", "-encryption_key", "76a6c65c5ea762046bd749a2e632ccbb")
    kid = ("-encryption_kid", "a7e61c373e219033c21091fa607bf3b8")
    part = studio.chunk("part.mp4", 0, 4, audio=None, extra=(*key, *kid))
    with pytest.raises(StitchError, match=r"The frames of part\.mp4 cannot be decoded"):
        await FfmpegStitcher().stitch([part], tmp_path / "film.mp4", StitchOptions(frames=4))
    assert not (tmp_path / "film.mp4").exists()
