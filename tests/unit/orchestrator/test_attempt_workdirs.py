"""Folders to work in: one for each attempt, nothing left behind."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs, copy_into_place, remove_copies, rename_into_place


def test_each_attempt_has_a_folder_of_its_own(tmp_path: Path) -> None:
    workdirs = AttemptWorkdirs(tmp_path, "job")
    folders = [workdirs.take() for _ in range(3)]
    assert len(set(folders)) == 3
    assert all(folder.is_dir() and folder.is_relative_to(tmp_path / ".helios" / "job") for folder in folders)


def test_an_empty_folder_serves_the_next_attempt_and_no_other(tmp_path: Path) -> None:
    workdirs = AttemptWorkdirs(tmp_path, "job")
    clean, littered = workdirs.take(), workdirs.take()
    (littered / "rest").touch()
    workdirs.give_back(clean)
    workdirs.give_back(littered)
    assert workdirs.take() == clean
    assert workdirs.take() not in (clean, littered)


def test_a_folder_that_went_away_is_not_used_again(tmp_path: Path) -> None:
    workdirs = AttemptWorkdirs(tmp_path, "job")
    folder = workdirs.take()
    folder.rmdir()
    workdirs.give_back(folder)
    assert workdirs.take() != folder


def test_everything_is_removed_but_what_belongs_to_others(tmp_path: Path) -> None:
    workdirs, others = AttemptWorkdirs(tmp_path, "job"), AttemptWorkdirs(tmp_path, "other")
    (workdirs.take() / "rest").touch()
    kept = others.take()
    workdirs.remove()
    assert not (tmp_path / ".helios" / "job").exists()
    assert kept.is_dir()
    others.remove()
    assert not (tmp_path / ".helios").exists()
    others.remove()


def test_a_finished_file_is_renamed(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new")
    (tmp_path / "place").write_text("old")
    assert rename_into_place(tmp_path / "new", tmp_path / "place")
    assert (tmp_path / "place").read_text() == "new"
    with pytest.raises(FileNotFoundError):
        rename_into_place(tmp_path / "new", tmp_path / "place")


def test_a_finished_file_is_copied_to_another_disk(tmp_path: Path) -> None:
    other_disk = Path("/dev/shm")
    if not os.access(other_disk, os.W_OK) or other_disk.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no other disk")
    place = other_disk / f"helios-test-{os.getpid()}"
    (tmp_path / "new").write_text("new")
    try:
        assert not rename_into_place(tmp_path / "new", place)
        copy_into_place(tmp_path / "new", place, "job")
        assert place.read_text() == "new"
        assert not (tmp_path / "new").exists()
        assert [path.name for path in other_disk.iterdir() if place.name in path.name] == [place.name]
    finally:
        place.unlink(missing_ok=True)


def test_unfinished_copies_are_removed_with_their_job_and_nothing_else_is(tmp_path: Path) -> None:
    long = "o" * 251 + ".mov"
    names = [".a.mov.ab12.part", f".{hashlib.sha256(long.encode()).hexdigest()[:32]}.ab12.part"]
    others = [".a.mov.cd34.part", "a.mov.part", "a.mov.ab12.part", ".a.mov.ab12.kept", "a.mov"]
    for name in names + others:
        (tmp_path / name).touch()
    remove_copies([tmp_path / "a.mov", tmp_path / long, tmp_path / "missing" / "b.mov"], "ab12")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)
