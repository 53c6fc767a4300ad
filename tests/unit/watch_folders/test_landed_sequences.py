"""Which sequences lie in a folder, and whether they have settled."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helios_gui.watch_folders.landed_sequences import LandedSequences
from tests.support.watched_folder import land


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_sequence_has_settled_when_no_frame_has_landed_or_changed_for_long_enough(tmp_path: Path) -> None:
    clock = Clock()
    landed = LandedSequences(tmp_path, ("done",), lambda path: path.name.startswith("own"), 60.0, clock)

    def scan() -> dict[str, bool]:
        return {f"{one.path.relative_to(tmp_path)} {one.name}": settled for one, settled in landed.scan().items()}

    for number in (98, 99):
        land(tmp_path, (number,), "a{}.png")
        assert scan() == {"a%d.png a##.png": False}
        clock.now += 59
    land(tmp_path, (100,), "a{}.png")
    assert scan() == {"a%d.png a%d.png": False}, "it is the same, though the numbers have got longer"
    clock.now += 60
    assert scan() == {"a%d.png a%d.png": True}
    os.utime(tmp_path / "a99.png", ns=(1, 1))  # rendered again, of the same size
    assert scan() == {"a%d.png a%d.png": False}
    for name in ("done", ".hidden", "sub"):
        land(tmp_path / name, (1, 2), "b{}.png")
    land(tmp_path / "sub" / "below", (1, 2))
    land(tmp_path, (1, 2), "own{}.png")
    clock.now += 60
    assert scan() == {"a%d.png a%d.png": True, "sub/b%d.png b%d.png": False}


def test_what_is_missing_is_known(tmp_path: Path) -> None:
    land(tmp_path, (1, 2, 4), "a_{:02}.png")
    for number in (3, 7):
        (tmp_path / f"a_{number:02}.png").touch()
    (sequence,) = LandedSequences(tmp_path, (), lambda path: False, 1.0).scan()
    assert (sequence.name, sequence.frames, sequence.missing) == ("a_##.png", (1, 2, 4), [3, 5, 6, 7])
    assert [file.name for file in sequence.files] == ["a_01.png", "a_02.png", "a_04.png"]
    with pytest.raises(FileNotFoundError):
        LandedSequences(tmp_path / "gone", (), lambda path: False, 1.0).scan()
