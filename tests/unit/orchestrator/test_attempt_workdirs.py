"""Folders to work in: one for each attempt, nothing left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs, copy_into_place, rename_into_place


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
        copy_into_place(tmp_path / "new", place)
        assert place.read_text() == "new"
        assert not (tmp_path / "new").exists()
        assert not place.with_name(f"{place.name}.part").exists()
    finally:
        place.unlink(missing_ok=True)
