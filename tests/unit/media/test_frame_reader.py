"""Frames are found by their numbers, whatever the codec, the container and the order in which they are stored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.media.frame_index import index_frames
from helios_gui.media.frame_reader import frames_by_number
from helios_gui.media.picture_digest import digest_of
from helios_gui.transcode.video_facts import inspect_video
from helios_gui.types import VerificationError
from helios_gui.utils.work_threads import Stop
from tests.support.any_ffmpeg import OWN_TIMES
from tests.support.numbered_video import make_numbered, numbers_in, run_ffmpeg

X264 = ("-c:v", "libx264", "-pix_fmt", "yuv420p")
X265_OPEN = "keyint=10:bframes=3:open-gop=1:log-level=error"
SOURCES: dict[str, tuple[str, Sequence[str]]] = {
    "h264 with B-frames": ("a.mkv", (*X264, "-bf", "3", "-g", "12", "-b-pyramid", "normal")),
    "h264 open groups": ("a.mp4", (*X264, "-bf", "3", "-g", "12", "-x264-params", "open-gop=1:scenecut=0")),
    "h264 refreshed bit by bit": ("a.mp4", (*X264, "-g", "12", "-x264-params", "intra-refresh=1:bframes=0")),
    "h264 refreshed bit by bit, ts": ("a.ts", (*X264, "-g", "12", "-x264-params", "intra-refresh=1:bframes=0")),
    "h264 ts": ("a.ts", (*X264, "-bf", "3", "-g", "10")),
    "h264 open groups ts": (
        "a.mts",
        (*X264, "-bf", "3", "-g", "10", "-x264-params", "open-gop=1:scenecut=0", "-f", "mpegts"),
    ),
    "h264 fields": ("a.mkv", (*X264, "-g", "10", "-flags", "+ildct+ilme", "-x264-params", "tff=1")),
    "hevc": ("a.mp4", ("-c:v", "libx265", "-x265-params", "keyint=12:bframes=3:log-level=error")),
    "hevc open groups ts": ("a.ts", ("-c:v", "libx265", "-x265-params", X265_OPEN)),
    "mpeg2 ts": ("a.ts", ("-c:v", "mpeg2video", "-bf", "2", "-g", "9", "-q:v", "2")),
    "mpeg2 ps": ("a.mpg", ("-c:v", "mpeg2video", "-bf", "2", "-g", "9", "-q:v", "2")),
    "mpeg2 mxf": ("a.mxf", ("-c:v", "mpeg2video", "-bf", "2", "-g", "9", "-q:v", "2")),
    "vp8": ("a.webm", ("-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-b:v", "1M", "-g", "15")),
    "vp9": ("a.webm", ("-c:v", "libvpx-vp9", "-b:v", "1M", "-g", "15", "-auto-alt-ref", "1", "-lag-in-frames", "16")),
    "av1": ("a.mp4", ("-c:v", "libsvtav1", "-preset", "12", "-g", "15")),
    "prores": ("a.mov", ("-c:v", "prores_ks")),
    "mpeg4 avi": ("a.avi", ("-c:v", "mpeg4", "-q:v", "2", "-g", "11")),
    "mpeg4 avi with B-frames": ("a.avi", ("-c:v", "mpeg4", "-q:v", "2", "-g", "11", "-bf", "2")),
    "h264 avi": ("a.avi", (*X264, "-bf", "2", "-g", "11")),
    "mjpeg avi": ("a.avi", ("-c:v", "mjpeg", "-q:v", "2")),
    "raw h264": ("a.264", (*X264, "-bf", "2", "-g", "11")),
    "gif": ("a.gif", ()),
    "wmv": ("a.wmv", ("-c:v", "wmv2", "-q:v", "2")),
    "one key frame": ("a.mp4", (*X264, "-bf", "3", "-g", "250")),
}  # fmt: skip
FRAMES = 46
STARTS = (0, 1, 7, 12, 20, 21, 33, 45)


@pytest.mark.parametrize("name", SOURCES)
def test_frames_are_those_of_a_decoder_that_began_with_the_first(name: str, tmp_path: Path) -> None:
    file, encoding = SOURCES[name]
    source = make_numbered(tmp_path / file, FRAMES, encoding)
    assert numbers_in(source) == list(range(FRAMES)), "the test's own video is wrong"
    index, picture = index_frames(source, Stop()), inspect_video(source).picture
    with av.open(str(source)) as container:
        whole = [digest_of(frame) for frame in container.decode(container.streams.video[0])]
    assert index.frames == FRAMES
    assert (index.left_out, index.cut_off) == (0, 0)
    for start in STARTS:
        count = min(5, FRAMES - start)
        frames = list(frames_by_number(index, picture, start, count, Stop()))
        assert [frame.pts for frame in frames] == list(range(start, start + count))
        assert [digest_of(frame) for frame in frames] == whole[start : start + count], start


def _shown(path: Path) -> list[bytes]:
    """Return digests of what a decoder gives that gets all of the file, without damaged pictures."""
    with av.open(str(path)) as container:
        found = []
        for packet in container.demux(container.streams.video[0]):
            try:
                found += [digest_of(frame) for frame in packet.decode() if not frame.is_corrupt]
            except av.error.InvalidDataError:
                continue
        return found


def _check_all(path: Path) -> None:
    index, picture = index_frames(path, Stop()), inspect_video(path).picture
    whole = _shown(path)
    assert index.frames == len(whole)
    for start in range(0, len(whole), 9):
        count = min(9, len(whole) - start)
        frames = frames_by_number(index, picture, start, count, Stop())
        assert [digest_of(frame) for frame in frames] == whole[start : start + count], start


@pytest.mark.parametrize("name", ["h264 with B-frames", "hevc", "h264 open groups", "prores"])
@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
def test_frames_that_an_edit_list_hides_do_not_count(name: str, suffix: str, tmp_path: Path) -> None:
    file, encoding = SOURCES[name]
    source = make_numbered(tmp_path / file, FRAMES, encoding)
    cut = tmp_path / f"cut{suffix}"
    run_ffmpeg("-ss", "0.55", "-i", str(source), "-c", "copy", str(cut))
    _check_all(cut)


@pytest.mark.parametrize("name", ["h264 ts", "h264 open groups ts", "hevc open groups ts", "mpeg2 ts"])
@pytest.mark.parametrize("place", [0.2, 0.45])
def test_a_recording_that_begins_anywhere_begins_with_its_first_whole_frame(
    name: str, place: float, tmp_path: Path
) -> None:
    file, encoding = SOURCES[name]
    data = make_numbered(tmp_path / file, FRAMES, (*encoding, "-pat_period", "0.05")).read_bytes()
    cut = tmp_path / f"cut{Path(file).suffix}"
    cut.write_bytes(data[int(len(data) * place) // 188 * 188 :])
    _check_all(cut)
    assert 0 < index_frames(cut, Stop()).frames < FRAMES


@pytest.mark.parametrize(
    "name", ["h264 ts", "h264 open groups ts", "hevc open groups ts", "mpeg2 ts", "h264 refreshed bit by bit, ts"]
)
@pytest.mark.parametrize("place", [0.5, 0.63, 0.8])
def test_a_recording_that_ends_anywhere_ends_before_the_frame_that_is_cut(
    name: str, place: float, tmp_path: Path
) -> None:
    file, encoding = SOURCES[name]
    source = make_numbered(tmp_path / file, FRAMES, encoding)
    with av.open(str(source)) as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
        near, length = source.stat().st_size * place, 188  # of a packet of the transport stream
        large = next(packet for packet in packets if packet.pos > near and packet.size > 1.3 * length)
    cut = tmp_path / f"cut{Path(file).suffix}"
    cut.write_bytes(source.read_bytes()[: large.pos + max(1, large.size // length // 2) * length])
    index, picture = index_frames(cut, Stop()), inspect_video(cut).picture
    assert index.cut_off > 0
    assert index.steady_rate == index_frames(source, Stop()).steady_rate
    whole = _shown(source)
    frames = frames_by_number(index, picture, 0, index.frames, Stop())
    assert [digest_of(frame) for frame in frames] == whole[: index.frames]


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".ts"])
def test_frames_that_are_shown_unevenly_long_are_numbered(suffix: str, tmp_path: Path) -> None:
    uneven = "setpts='(N+floor(N/3)*2+mod(N,2)*0.4)/(30*TB)'"
    source = make_numbered(tmp_path / f"a{suffix}", FRAMES, (*X264, "-bf", "2", "-g", "9", *OWN_TIMES), filters=uneven)
    _check_all(source)
    index = index_frames(source, Stop())
    assert index.frames == FRAMES
    assert index.steady_rate is None


@pytest.mark.parametrize(
    ("rate", "suffix"),
    [
        *(("24000/1001", suffix) for suffix in (".mkv", ".ts")),
        *(("30000/1001", suffix) for suffix in (".mkv", ".avi")),
        *(("25", ".ts"), ("60", ".ts"), ("50", ".mov"), ("12.5", ".mkv")),
    ],
)
def test_the_rate_is_the_exact_one(rate: str, suffix: str, tmp_path: Path) -> None:
    encoding = ("-c:v", "mpeg4", "-bf", "0") if suffix == ".avi" else (*X264, "-bf", "2")
    source = make_numbered(tmp_path / f"a{suffix}", 40, encoding, rate=rate)
    assert index_frames(source, Stop()).steady_rate == Fraction(rate)


@pytest.mark.parametrize("name", ["prores", "h264 with B-frames", "h264 ts", "mpeg2 ts", "mpeg4 avi", "mjpeg avi"])
def test_a_damaged_frame_is_named(name: str, tmp_path: Path) -> None:
    file, encoding = SOURCES[name]
    source = make_numbered(tmp_path / file, FRAMES, encoding)
    with av.open(str(source)) as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
        packet = max(packets[15:25], key=lambda each: each.size)
        place, size, time = packet.pos, packet.size, packet.pts
    index, picture = index_frames(source, Stop()), inspect_video(source).picture
    data = bytearray(source.read_bytes())
    middle = place + size // 2
    data[middle : middle + max(12, size // 4)] = b"\x5a" * max(12, size // 4)
    source.write_bytes(data)
    number = index.times.index(time) if time in index.times else 0
    with pytest.raises(VerificationError, match=r" is damaged: its frame \d+ .*cannot be decoded") as caught:
        list(frames_by_number(index, picture, 3, FRAMES - 3, Stop()))
    named = int(re.findall(r"frame (\d+)", str(caught.value))[0])
    assert abs(named - number) <= 3
    assert len(list(frames_by_number(index, picture, 0, 9, Stop()))) == 9


def test_more_frames_than_there_are_is_an_error(tmp_path: Path) -> None:
    for file, encoding in (SOURCES["h264 ts"], SOURCES["mpeg4 avi"]):
        source = make_numbered(tmp_path / file, 20, encoding)
        index, picture = index_frames(source, Stop()), inspect_video(source).picture
        with pytest.raises(VerificationError, match="has 20 frames, and 25 are asked for"):
            list(frames_by_number(index, picture, 15, 10, Stop()))
