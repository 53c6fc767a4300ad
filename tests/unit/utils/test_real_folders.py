"""Files are moved into the folder that was checked, and into no other, whatever takes its place meanwhile."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from helios_gui.orchestrator.attempt_workdirs import AttemptWorkdirs, copy_into_place, hidden_prefix, rename_into_place
from helios_gui.stitcher.workspace import Workspace
from helios_gui.types import UserInputError
from helios_gui.utils.real_folders import checked_place, open_folder, refuse_link

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no handles of folders")


@pytest.fixture
def job(tmp_path: Path) -> Path:
    (tmp_path / "job" / "out").mkdir(parents=True)
    return tmp_path / "job"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "part.mov").write_text("precious")
    return folder


def finished(tmp_path: Path) -> Path:
    file = tmp_path / "finished"
    file.write_text("new")
    return file


def untouched(elsewhere: Path) -> bool:
    return os.listdir(elsewhere) == ["part.mov"] and (elsewhere / "part.mov").read_text() == "precious"


def swap(folder: Path, target: Path) -> None:
    folder.rename(folder.with_name("moved-away"))
    folder.symlink_to(target)


@pytest.mark.parametrize("move", [rename_into_place, partial(copy_into_place, job_id="one")])
def test_a_link_put_in_after_the_check_leads_nowhere(move: object, tmp_path: Path, job: Path, elsewhere: Path) -> None:
    place = checked_place(job / "out" / "part.mov", job)
    swap(job / "out", elsewhere)
    with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
        move(finished(tmp_path), place)  # type: ignore[operator]
    assert untouched(elsewhere)


@pytest.mark.parametrize("written", ["out", "out/../out"], ids=["at once", "step by step"])
@pytest.mark.parametrize("copied", [False, True])
def test_an_open_folder_is_the_one_that_was_opened(
    copied: bool, written: str, tmp_path: Path, job: Path, elsewhere: Path
) -> None:
    with open_folder(job / written) as folder:
        swap(job / "out", elsewhere)
        if copied:
            folder.receive_copy(finished(tmp_path), "part.mov", "part.mov.part")
        else:
            folder.receive(finished(tmp_path), "part.mov")
    assert untouched(elsewhere)
    assert (job / "moved-away" / "part.mov").read_text() == "new"
    assert os.listdir(job / "moved-away") == ["part.mov"]


def test_a_link_above_is_seen_too(tmp_path: Path, job: Path, elsewhere: Path) -> None:
    place = checked_place(job / "out" / "part.mov", job)
    (elsewhere / "out").mkdir()
    swap(job, elsewhere)
    with pytest.raises(OSError, match=r"Not a directory|symbolic links"):
        rename_into_place(finished(tmp_path), place)
    assert os.listdir(elsewhere / "out") == []


@pytest.mark.parametrize("name", ["out/part.mov", "out/deeper/part.mov", "out/../out/part.mov"])
def test_links_that_lead_out_are_refused(name: str, job: Path, elsewhere: Path) -> None:
    swap(job / "out", elsewhere)
    with pytest.raises(UserInputError, match="a link leads out of the job's folder"):
        checked_place(job / name, job)


@pytest.mark.parametrize("target", ["part.mov", "nothing-yet.mov"])
def test_an_output_that_is_itself_such_a_link_is_refused(target: str, job: Path, elsewhere: Path) -> None:
    (job / "out" / "part.mov").symlink_to(elsewhere / target)
    with pytest.raises(UserInputError, match="a link leads out"):
        checked_place(job / "out" / "part.mov", job)


def test_links_within_the_folder_and_to_it_are_followed(tmp_path: Path, job: Path) -> None:
    (job / "takes").mkdir()
    swap(job / "out", job / "takes")
    (tmp_path / "link").symlink_to(job)
    place = checked_place(tmp_path / "link" / "out" / "part.mov", tmp_path / "link")
    assert place == job.resolve() / "takes" / "part.mov"
    assert rename_into_place(finished(tmp_path), place)
    assert (job / "takes" / "part.mov").read_text() == "new"


def test_what_is_named_outside_was_agreed_to(job: Path, elsewhere: Path) -> None:
    assert checked_place(elsewhere / "film.mp4", job) == elsewhere.resolve() / "film.mp4"
    assert checked_place(job / ".." / "elsewhere" / "film.mp4", job) == elsewhere.resolve() / "film.mp4"


def test_a_link_in_place_of_a_file_is_replaced_not_followed(tmp_path: Path, job: Path, elsewhere: Path) -> None:
    (job / "out" / "part.mov").symlink_to(elsewhere / "part.mov")
    assert rename_into_place(finished(tmp_path), job / "out" / "part.mov")
    assert untouched(elsewhere)
    assert not (job / "out" / "part.mov").is_symlink()


def test_a_copy_does_not_follow_a_link_in_place_of_its_part(tmp_path: Path, job: Path, elsewhere: Path) -> None:
    (job / "out" / f"{hidden_prefix('part.mov')}.one.part").symlink_to(elsewhere / "part.mov")
    copy_into_place(finished(tmp_path), job / "out" / "part.mov", "one")
    assert untouched(elsewhere)
    assert (job / "out" / "part.mov").read_text() == "new"


def test_work_folders_are_no_links(job: Path, elsewhere: Path) -> None:
    (job / ".helios").symlink_to(elsewhere)
    with pytest.raises(UserInputError, match="is a link"):
        refuse_link(job / ".helios")
    workdirs = AttemptWorkdirs(job, "one")
    (elsewhere / "one").mkdir()
    with pytest.raises(UserInputError, match="is a link"):
        workdirs.take()
    workdirs.remove()
    workdirs.remove_orphans()
    with pytest.raises(UserInputError, match="is a link"), Workspace(job / "film.mp4", "one"):
        pass
    assert sorted(os.listdir(elsewhere)) == ["one", "part.mov"]


def test_the_film_goes_into_the_folder_that_was_there_at_first(job: Path, elsewhere: Path) -> None:
    with Workspace(job / "out" / "film.mp4", "one") as workspace:
        workspace.part.write_text("film")
        part = workspace.part
        swap(job / "out", elsewhere)
        workspace.part = job / "moved-away" / part.relative_to(job / "out")
        workspace.deliver()
    assert untouched(elsewhere)
    assert (job / "moved-away" / "film.mp4").read_text() == "film"
