"""What is remembered of the frames of a video is what reading it again would tell."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helios_gui.media.frame_index import index_frames
from helios_gui.media.stream_facts import open_media
from helios_gui.transcode.index_cache import remembered_index
from helios_gui.utils.work_threads import Stop
from tests.support.numbered_video import numbered_input, run_ffmpeg


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "näh.mp4"
    run_ffmpeg(*numbered_input(30), "-c:v", "libx264", "-g", "10", "-bf", "2", str(path))
    return path


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files whose packets were read since."""
    opened: list[str] = []

    def noting(path: Path) -> object:
        opened.append(path.name)
        return open_media(path)

    monkeypatch.setattr("helios_gui.media.frame_index.open_media", noting)
    return opened


def test_a_large_video_is_read_once(video: Path, tmp_path: Path, readings: list[str]) -> None:
    wanted = index_frames(video, Stop())
    readings.clear()
    found = [remembered_index(video, Stop(), tmp_path / "cache", smallest=0) for _ in range(2)]
    assert readings == [video.name]
    assert found == [wanted, wanted]


def test_a_small_one_is_not_remembered(video: Path, tmp_path: Path) -> None:
    assert remembered_index(video, Stop(), tmp_path / "cache") == index_frames(video, Stop())
    assert not (tmp_path / "cache").exists()


def test_a_video_that_was_changed_is_read_anew(video: Path, tmp_path: Path) -> None:
    remembered_index(video, Stop(), tmp_path / "cache", smallest=0)
    run_ffmpeg("-y", *numbered_input(20), "-c:v", "libx264", str(video))
    assert remembered_index(video, Stop(), tmp_path / "cache", smallest=0).frames == 20


@pytest.mark.parametrize("damage", [b"", b"\x1f\x8b", b"{}"])
def test_what_was_damaged_is_read_anew(damage: bytes, video: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    remembered_index(video, Stop(), cache, smallest=0)
    for file in cache.iterdir():
        file.write_bytes(damage)
    assert remembered_index(video, Stop(), cache, smallest=0) == index_frames(video, Stop())


def test_a_folder_that_cannot_be_made_only_takes_time(video: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert remembered_index(video, Stop(), tmp_path / "file" / "cache", smallest=0) == index_frames(video, Stop())


def test_only_the_latest_are_kept(video: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for second in range(53):
        os.utime(video, (second, second))
        remembered_index(video, Stop(), cache, smallest=0)
    assert len(list(cache.iterdir())) == 50
