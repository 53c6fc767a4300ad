"""The size that a picture's file says in its beginning is that which a decoder finds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from helios_gui.media.picture_heads import SizeRun, find_size_runs, size_in_head, sizes_among
from helios_gui.types.sequences import PICTURE_SUFFIXES
from helios_gui.utils.work_threads import Stop
from tests.support.media_maker import media_maker

MORE = {".webp": ((), ("-lossless", "1"), ("-pix_fmt", "yuva420p")), ".jpg": ((), ("-pix_fmt", "yuvj444p"))}
"""Kinds of files that have several forms, and FFmpeg's options for each."""


def draw(path: Path, size: str = "67x45", *options: str) -> Path:
    command = [media_maker(), "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", f"testsrc=s={size}:r=1:d=1"]
    subprocess.run([*command, *options, "-frames:v", "1", "-update", "1", f"file:{path}"], check=True)
    return path


@pytest.mark.parametrize("suffix", sorted(PICTURE_SUFFIXES))
def test_every_kind_says_its_size(tmp_path: Path, suffix: str) -> None:
    for number, options in enumerate(MORE.get(suffix, ((),))):
        assert size_in_head(draw(tmp_path / f"{number}{suffix}", "67x45", *options)) == (67, 45)


def test_a_long_comment_is_jumped_over(tmp_path: Path) -> None:
    picture = draw(tmp_path / "1.jpg")
    data = picture.read_bytes()
    thumbnail = draw(tmp_path / "thumbnail.jpg", "16x8").read_bytes()
    filling = thumbnail + bytes(60_000 - len(thumbnail))
    picture.write_bytes(data[:2] + b"\xff\xe1" + (len(filling) + 2).to_bytes(2, "big") + filling + data[2:])
    assert size_in_head(picture) == (67, 45)


@pytest.mark.parametrize("suffix", sorted(PICTURE_SUFFIXES))
def test_a_cut_file_says_its_size_or_nothing(tmp_path: Path, suffix: str) -> None:
    picture = draw(tmp_path / f"1{suffix}")
    data = picture.read_bytes()
    for length in range(0, min(len(data), 900), 3):
        picture.write_bytes(data[:length])
        assert size_in_head(picture) in (None, (67, 45))


def test_what_is_no_picture_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"no picture")
    assert size_in_head(tmp_path / "1.png") is None
    assert size_in_head(tmp_path / "missing.png") is None


def test_runs_of_one_size(tmp_path: Path) -> None:
    for number, size in enumerate(("8x8", "8x8", "16x8", "16x8", "8x8"), 3):
        draw(tmp_path / f"{number}.png", size)
    (tmp_path / "4.png").write_bytes(b"no picture")
    runs = find_size_runs([range(3, 8)], tmp_path / "%d.png", Stop())
    assert runs == (SizeRun(3, (8, 8)), SizeRun(5, (16, 8)), SizeRun(7, (8, 8)))
    assert sizes_among(runs, [range(4, 5), range(6, 7)]) == [SizeRun(4, (8, 8)), SizeRun(6, (16, 8))]
    assert sizes_among(runs, [range(5, 7)]) == [SizeRun(5, (16, 8))]
    assert sizes_among((), [range(3)]) == []
