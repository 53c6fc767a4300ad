"""Files whose end is missing are known by the sizes that they say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from helios_gui.media.cut_files import whole_size
from helios_gui.sources.video import VideoKind, VideoRequest
from tests.support.numbered_video import make_numbered

INDEX_FIRST = ("-movflags", "+faststart")
MPEG4 = ("-c:v", "mpeg4", "-q:v", "2", "-g", "5")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mkv", ()),
        ("a.webm", ("-c:v", "libvpx")),
        ("a.avi", ()),
        ("a.mp4", INDEX_FIRST),
        ("a.mov", INDEX_FIRST),
    ],
)
def test_a_whole_file_has_the_size_that_it_says(name: str, options: tuple[str, ...], tmp_path: Path) -> None:
    path = make_numbered(tmp_path / name, 20, (*MPEG4, *options))
    size = path.stat().st_size
    assert whole_size(path) == size
    path.write_bytes(path.read_bytes()[: size * 7 // 10])
    assert whole_size(path) == size


@pytest.mark.parametrize(("name", "options"), [("a.ts", ()), ("a.mkv", ("-live", "1")), ("a.nut", ())])
def test_other_files_say_no_size(name: str, options: tuple[str, ...], tmp_path: Path) -> None:
    assert whole_size(make_numbered(tmp_path / name, 5, (*MPEG4, *options))) == 0


@pytest.mark.parametrize(
    "data", [b"", b"\x1aE\xdf\xa3", b"\x1aE\xdf\xa3\x00", b"RIFF\0\0\0\0AVI ", b"\0\0\0\0ftyp", b"x" * 20]
)
def test_what_is_no_such_file_says_no_size(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(data)
    assert whole_size(path) == 0


def test_a_cut_source_is_told_of(tmp_path: Path) -> None:
    path = make_numbered(tmp_path / "a.mkv", 20, MPEG4)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 7 // 10])
    facts = asyncio.run(VideoKind().read(VideoRequest(source=path), print))
    assert any(note.startswith("The file ends too early, at ") for note in facts.notes)
    assert 5 < (facts.frames or 0) < 20


def test_a_recording_that_ends_in_a_frame_ends_before_it_and_keeps_its_rate(tmp_path: Path) -> None:
    path = make_numbered(tmp_path / "a.ts", 20, ("-c:v", "mpeg2video", "-bf", "2", "-g", "9", "-q:v", "2"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 7 // 10])
    facts = asyncio.run(VideoKind().read(VideoRequest(source=path), print))
    assert "2 frames at the end are left out: the file ends in the middle of them." in facts.notes
    assert not any("equally long" in note for note in facts.notes)
    assert facts.fps == 30
    assert 5 < (facts.frames or 0) < 20
