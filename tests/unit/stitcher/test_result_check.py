"""What would be wrong in a finished video is found in the file itself, whatever the container says."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import pytest

from helios_gui.media.ffmpeg import find_ffmpeg
from helios_gui.media.picture_digest import digest_of
from helios_gui.stitcher.result_check import Expected, check_picture
from helios_gui.stitcher.source_film import FrameTimes
from helios_gui.types import StitchError
from helios_gui.utils.work_threads import Stop
from tests.support.any_ffmpeg import OWN_TIMES

RATE = Fraction(30)
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=30:d=0.2")
TONE = ("-f", "lavfi", "-i", "sine=d=0.2:r=48000")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def film(folder: Path, name: str, *arguments: str, source: Sequence[str] = PICTURE) -> Path:
    """Return a video of six frames."""
    path = folder / name
    if not path.exists():
        command = [str(find_ffmpeg()), "-v", "error", "-nostdin", *source, *arguments, f"file:{path}"]
        subprocess.run(command, check=True)
    return path


def check(path: Path, **more: object) -> None:
    check_picture(Expected((6,), RATE, **more), path, Stop())  # type: ignore[arg-type]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_whole_film_passes(folder: Path, suffix: str) -> None:
    whole = film(folder, f"whole{suffix}", "-c:v", "mpeg4")
    check(whole)
    check(whole, times=FrameTimes(Fraction(1, 30), tuple(range(7))))


def test_what_cannot_be_read_is_broken(folder: Path) -> None:
    (folder / "text.mp4").write_text("no video" * 100)
    with pytest.raises(StitchError, match=r"came out broken: text\.mp4"):
        check(folder / "text.mp4")


def test_sound_alone_is_broken(folder: Path) -> None:
    sound = film(folder, "sound.mp4", "-c:a", "aac", source=TONE)
    with pytest.raises(StitchError, match=r"came out broken: sound\.mp4 has no video"):
        check(sound)


def test_uneven_frames_are_found(folder: Path) -> None:
    late = ("-vf", "settb=1/1000,setpts='if(eq(N,2),80,N*1000/30)'", *OWN_TIMES, "-enc_time_base", "1:1000")
    uneven = film(folder, "uneven.mkv", *late, "-c:v", "ffv1")
    with pytest.raises(StitchError, match="not shown at a steady rate"):
        check(uneven)
    times = (0, 33, 80, 100, 133, 167, 200)
    check(uneven, times=FrameTimes(Fraction(1, 1000), times))
    with pytest.raises(StitchError, match="not shown at the source's times"):
        check(uneven, times=FrameTimes(Fraction(1, 1000), (0, 33, 67, *times[3:])))


def test_a_stated_length_that_is_wrong_is_found(folder: Path) -> None:
    whole = film(folder, "whole.mp4", "-c:v", "mpeg4")
    data = bytearray(whole.read_bytes())
    at = data.index(b"mdhd") + 4 + 16  # version and flags, two times, the scale
    data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") // 2).to_bytes(4, "big")
    (folder / "short.mp4").write_bytes(data)
    with pytest.raises(StitchError, match=r"lasts 0\.100 s instead of 0\.200 s at 30 fps"):
        check(folder / "short.mp4")


def test_hidden_frames_are_found(folder: Path) -> None:
    whole = film(folder, "still.mp4", "-c:v", "mpeg4", "-g", "12")
    hiding = film(folder, "hiding.mp4", "-c", "copy", source=("-ss", "0.1", "-i", str(whole)))
    with pytest.raises(StitchError, match=r"hides 3 of its frames"):
        check(hiding)


NOT_CODED = bytes.fromhex("000001b652c0")
"""A picture of MPEG-4 Visual of which nothing is coded: a decoder makes none of it."""


@pytest.mark.parametrize(
    ("codec", "content", "pieces", "words"),
    [
        ("png", b"", 0, "came out broken: .*Invalid data"),
        ("mpeg4", NOT_CODED, 2, "picture 6 cannot be decoded"),
    ],
)
def test_a_last_picture_that_cannot_be_decoded_is_found(
    folder: Path, codec: str, content: bytes, pieces: int, words: str
) -> None:
    whole = film(folder, f"{codec}.mkv", "-c:v", codec)
    with av.open(str(whole)) as container:
        last = [bytes(packet) for packet in container.demux(video=0) if packet.size][-1]
    before, _, after = whole.read_bytes().rpartition(last)
    broken = folder / f"broken_{codec}.mkv"
    broken.write_bytes(before + content.ljust(len(last), b"\0") + after)
    with pytest.raises(StitchError, match=words):
        check_picture(Expected((5, 1), RATE, (whole,) * pieces), broken, Stop())


def test_first_pictures_that_are_known_are_not_decoded_again(folder: Path) -> None:
    whole = film(folder, "whole.mkv", "-c:v", "mpeg4")
    other = film(folder, "other.mkv", "-vf", "negate", "-c:v", "mpeg4")
    check(whole, pieces=(whole,))
    with pytest.raises(StitchError, match=r"other pictures than other\.mkv"):
        check(whole, pieces=(other,))
    check(whole, pieces=(folder / "gone.mkv",), firsts={folder / "gone.mkv": _first(whole)})
    with pytest.raises(StitchError, match=r"other pictures than gone\.mkv"):
        check(whole, pieces=(folder / "gone.mkv",), firsts={folder / "gone.mkv": _first(other)})


def _first(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return digest_of(next(container.decode(video=0)))
