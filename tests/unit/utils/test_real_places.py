"""``RealPlaces``: what was resolved before is checked anew, whatever was put in its way."""

from __future__ import annotations

from pathlib import Path

import pytest

from helios_gui.types import UserInputError
from helios_gui.utils.real_folders import RealPlaces


def test_a_link_inside_the_job_is_followed(tmp_path: Path) -> None:
    job = tmp_path / "job"
    (job / "real").mkdir(parents=True)
    (job / "out").symlink_to("real")
    places = RealPlaces(job)
    assert [places.check(job / "out" / name) for name in ("a.mp4", "b.mp4")] == [
        job.resolve() / "real" / name for name in ("a.mp4", "b.mp4")
    ]


def test_a_link_that_took_a_folders_place_is_noticed(tmp_path: Path) -> None:
    job, elsewhere = tmp_path / "job", tmp_path / "elsewhere"
    (job / "out").mkdir(parents=True)
    elsewhere.mkdir()
    places = RealPlaces(job)
    places.check(job / "out" / "a.mp4")
    (job / "out").rmdir()
    (job / "out").symlink_to(elsewhere)
    with pytest.raises(UserInputError, match="a link leads out"):
        places.check(job / "out" / "b.mp4")


def test_a_folder_that_was_moved_out_and_linked_is_not_written_to(tmp_path: Path) -> None:
    job, elsewhere = tmp_path / "job", tmp_path / "elsewhere"
    (job / "out").mkdir(parents=True)
    places = RealPlaces(job)
    places.check(job / "out" / "a.mp4")
    (job / "out").rename(elsewhere)
    (job / "out").symlink_to(elsewhere)
    assert not places.check(job / "out" / "b.mp4").is_relative_to(elsewhere)


def test_a_link_in_the_place_of_an_output_is_noticed(tmp_path: Path) -> None:
    job = tmp_path / "job"
    job.mkdir()
    places = RealPlaces(job)
    places.check(job / "a.mp4")
    (job / "a.mp4").symlink_to(tmp_path / "theirs.mp4")
    with pytest.raises(UserInputError, match="a link leads out"):
        places.check(job / "a.mp4")
