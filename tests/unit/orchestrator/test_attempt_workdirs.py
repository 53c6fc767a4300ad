"""Folders to work in: one for each attempt, nothing left behind."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs, copy_into_place, remove_copies, rename_into_place
from tests.support.other_disk import folder_on_another_disk


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


def test_what_is_kept_of_a_chunk_outlives_the_rest(tmp_path: Path) -> None:
    workdirs = AttemptWorkdirs(tmp_path, "job")
    first, second, other = (workdirs.take() for _ in range(3))
    for folder in (first, second, other):
        (folder / "f_0001.png").touch()
    workdirs.keep(7, first)
    workdirs.keep(7, second)
    assert not first.exists()
    (first.parent / "rest").touch()
    workdirs.remove()
    assert sorted((tmp_path / ".helios" / "job").rglob("*")) == [second, second / "f_0001.png"]
    workdirs.forget(7)
    workdirs.remove()
    assert not (tmp_path / ".helios").exists()


def test_folders_whose_app_died_are_removed_and_no_others(tmp_path: Path) -> None:
    alive = AttemptWorkdirs(tmp_path, "alive")
    (alive.take() / "half").touch()
    for job_id in ("dead", "gone"):
        (tmp_path / ".helios" / job_id / "attempt").mkdir(parents=True)
        (tmp_path / ".helios" / job_id / "app-99999999@1").touch()
    for job_id in ("gone", "alive"):
        AttemptWorkdirs(tmp_path, job_id).remove_if_orphaned()
    assert sorted(os.listdir(tmp_path / ".helios")) == ["alive", "dead"]
    AttemptWorkdirs(tmp_path, "another").remove_orphans()
    assert os.listdir(tmp_path / ".helios") == ["alive"]
    alive.remove()


def test_a_finished_file_is_renamed(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new")
    (tmp_path / "place").write_text("old")
    assert rename_into_place(tmp_path / "new", tmp_path / "place")
    assert (tmp_path / "place").read_text() == "new"
    with pytest.raises(FileNotFoundError):
        rename_into_place(tmp_path / "new", tmp_path / "place")


def test_a_finished_file_is_copied_to_another_disk(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new")
    with folder_on_another_disk(tmp_path) as folder:
        assert not rename_into_place(tmp_path / "new", folder / "place")
        copy_into_place(tmp_path / "new", folder / "place", "job")
        assert (folder / "place").read_text() == "new"
        assert not (tmp_path / "new").exists()
        assert os.listdir(folder) == ["place"]


def test_unfinished_copies_are_removed_with_their_job_and_nothing_else_is(tmp_path: Path) -> None:
    long = "o" * 251 + ".mov"
    names = [".a.mov.ab12.part", f".{hashlib.sha256(long.encode()).hexdigest()[:32]}.ab12.part"]
    others = [".a.mov.cd34.part", "a.mov.part", "a.mov.ab12.part", ".a.mov.ab12.kept", "a.mov"]
    for name in names + others:
        (tmp_path / name).touch()
    remove_copies([tmp_path / "a.mov", tmp_path / long, tmp_path / "missing" / "b.mov"], "ab12")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)
