"""Looking into media: what is there is counted, not believed."""

from __future__ import annotations

import struct
import subprocess
import sys
from fractions import Fraction

import pytest

from helios_gui.media.media_probe import display_places, reordering
from helios_gui.media.parameter_sets import configuration_of
from helios_gui.stitcher import probe
from helios_gui.types import VerificationError
from helios_gui.utils.work_threads import Stop, WorkStoppedError


def test_tells_all_there_is_to_know(studio):
    info = probe(studio.chunk("a.mov", 0, 7, rate=25, extra=("-ac", "2")))
    assert info.container.startswith("mov")
    assert info.frames == 7
    video, audio = info.video, info.audio
    assert (video.codec, video.width, video.height, video.pixel_format) == ("h264", 160, 90, "yuv420p")
    assert (video.rate, video.time_base, video.duration) == (25, Fraction(1, 12_800), pytest.approx(0.28))
    assert (video.profile, video.reordering) == ("Constrained Baseline", 0)
    assert (audio.codec, audio.sample_rate, audio.channels, audio.sample_format) == ("pcm_s16le", 48_000, 2, "s16")
    assert audio.duration == pytest.approx(0.28)


@pytest.mark.parametrize("suffix", [".mov", ".mp4", ".mkv", ".avi", ".nut"])
@pytest.mark.parametrize("rate", [Fraction(25), Fraction(30_000, 1001)], ids=str)
@pytest.mark.parametrize("count", [1, 2, 9])
def test_counts_frames_and_knows_their_rate_in_any_container(studio, suffix, rate, count):
    info = probe(studio.chunk(f"a{suffix}", 0, count, rate=rate, codec=("mpeg4",), audio=None))
    assert info.frames == count
    assert float(info.video.rate) == pytest.approx(float(rate), rel=0.02 if suffix == ".mkv" else 1e-3)


def without_last_frames(avi: bytes, count: int) -> bytes:
    """Return an AVI file whose last frames are empty places, as a capture that dropped them writes it."""
    data = bytearray(avi)
    index, movie = data.rindex(b"idx1"), data.index(b"movi")
    entries = index + 8 + int.from_bytes(data[index + 4 : index + 8], "little")
    for entry in range(entries - 16 * count, entries, 16):
        assert data[entry : entry + 4] == b"00dc"
        place = movie + int.from_bytes(data[entry + 8 : entry + 12], "little")
        size = int.from_bytes(data[entry + 12 : entry + 16], "little")
        data[entry + 12 : entry + 16] = data[place + 4 : place + 8] = bytes(4)
        data[place + 8 : place + 16] = b"JUNK" + (size + size % 2 - 8).to_bytes(4, "little")
    return bytes(data)


def with_index_of_large_files(avi: bytes) -> bytes:
    """Return an AVI file with the index that those of more than a gigabyte have, in two parts (OpenDML)."""
    index, movie = avi.rindex(b"idx1"), avi.index(b"movi")
    size = int.from_bytes(avi[index + 4 : index + 8], "little")
    frames = [struct.unpack("<4sIII", avi[start : start + 16]) for start in range(index + 8, index + 8 + size, 16)]
    frames = [each for each in frames if each[0] == b"00dc"]
    begin = index + 24  # behind RIFF, its size, AVIX, LIST, its size, and movi
    parts, places = b"", []
    for some in (frames[:5], frames[5:]):
        places.append((begin + len(parts), 32 + 8 * len(some), len(some)))
        entries = b"".join(struct.pack("<II", place + 8, length) for _, _, place, length in some)
        head = struct.pack("<4sIHBBI4sQI", b"ix00", 24 + len(entries), 2, 0, 1, len(some), b"00dc", movie, 0)
        parts += head + entries
    behind = b"RIFF" + struct.pack("<I", 16 + len(parts)) + b"AVIXLIST" + struct.pack("<I", 4 + len(parts)) + b"movi"
    data = bytearray(avi[:index] + behind + parts)
    data[4:8] = (index - 8).to_bytes(4, "little")
    room = data.index(b"JUNK")  # FFmpeg leaves it for such an index
    data[room : room + 4] = b"indx"
    whole = b"".join(struct.pack("<QII", *place) for place in places)
    data[room + 8 : room + 32 + len(whole)] = struct.pack("<HBBI4sQI", 4, 0, 0, len(places), b"00dc", 0, 0) + whole
    return bytes(data)


@pytest.mark.parametrize("layout", [bytes, with_index_of_large_files])
@pytest.mark.parametrize("empty", [1, 3, 6])
def test_places_without_a_frame_at_the_end_of_an_avi_file(studio, empty, layout):
    part = studio.chunk("a.avi", 0, 9, codec=("mpeg4",), audio=None)
    whole = layout(without_last_frames(part.read_bytes(), empty))
    part.write_bytes(whole)
    assert probe(part).frames == 9 - empty
    part.write_bytes(whole[:-20])
    with pytest.raises(VerificationError, match=f"{9 - empty} of 9 frames are there"):
        probe(part)


def test_a_stream_without_an_index(studio):
    info = probe(studio.chunk("a.ts", 0, 40, rate=Fraction(24_000, 1001)))
    assert info.frames == 40
    assert float(info.video.rate) == pytest.approx(23.976, rel=1e-3)


def test_b_frames_are_decoded_ahead(studio):
    chunk = studio.chunk("a.mp4", 0, 12, codec=("libx264", "-preset", "veryfast", "-bf", "3"), audio=None)
    assert probe(chunk).video.reordering in (1, 2)


def test_sound_alone(studio, tmp_path):
    path = tmp_path / "a.wav"
    studio.run("-f", "lavfi", "-i", "sine=d=0.5:r=44100", str(path))
    info = probe(path)
    assert info.video is None
    assert info.frames == 0
    assert info.audio.duration == pytest.approx(0.5)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_sound_that_comes_before_the_picture_in_the_file(studio, tmp_path, suffix):
    chunk, path = studio.chunk("a.mp4", 0, 12, audio="aac"), tmp_path / f"sound_first{suffix}"
    studio.run("-i", str(chunk), "-map", "0:a", "-map", "0:v", "-map", "0:v", "-c", "copy", str(path))
    info = probe(path)
    assert [stream.kind for stream in info.streams] == ["audio", "video", "video"]
    assert info.frames == 12


def test_a_name_that_looks_like_an_address(studio, tmp_path, monkeypatch):
    studio.chunk("pipe:0.mov", 0, 3)
    monkeypatch.chdir(tmp_path)
    from pathlib import Path

    assert probe(Path("pipe:0.mov")).frames == 3


def test_unreadable_things(tmp_path):
    with pytest.raises(VerificationError, match=r"^none\.mov is missing\.$"):
        probe(tmp_path / "none.mov")
    (tmp_path / "empty.mov").touch()
    with pytest.raises(VerificationError, match=r"^empty\.mov is empty\.$"):
        probe(tmp_path / "empty.mov")
    (tmp_path / "text.mov").write_text("frame 1\n" * 99)
    with pytest.raises(VerificationError, match=r"^text\.mov is not a media file\.$"):
        probe(tmp_path / "text.mov")
    (tmp_path / "captions.srt").write_text("1\n00:00:00,000 --> 00:00:01,000\nHello\n\n")
    with pytest.raises(VerificationError, match=r"has neither video nor audio"):
        probe(tmp_path / "captions.srt")


def test_stops_when_asked(studio):
    stop = Stop()
    stop.set()
    with pytest.raises(WorkStoppedError):
        probe(studio.chunk("a.mov", 0, 3), stop)


def test_display_places():
    assert display_places([0, 4, 2, 1, 3]) == [0, 4, 2, 1, 3]
    assert display_places([90, 10, 50]) == [2, 0, 1]
    assert reordering([0, 4, 2, 1, 3]) == 2
    assert reordering([]) == 0


def test_configuration_of_what_it_cannot_read():
    assert configuration_of("h264", b"") == ""
    assert configuration_of("h264", b"\0\0\0\1\x09") == ""  # start codes, but no parameter sets
    assert configuration_of("h264", b"\0\0\0\1\x67") != ""
    assert configuration_of("vp9", b"\1abc") == ""
    assert configuration_of("hevc", b"\1short") != ""


def test_importing_loads_no_media_library():
    names = "'av', 'ffmpeg', 'imageio_ffmpeg'"
    code = f"import sys, helios_gui.stitcher; print([name for name in ({names}) if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
