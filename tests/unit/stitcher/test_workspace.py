"""Work files are named after the job: they meet neither those of another job nor a person's files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from helios_gui.orchestrator.made_files import record_without_digest
from helios_gui.stitcher import FfmpegStitcher, probe
from helios_gui.stitcher.workspace import Workspace, read_delivered, remove_delivered, remove_stitch
from helios_gui.types import StitchOptions
from tests.support.waiting import wait_until


async def test_chunks_with_the_names_of_work_files_survive(studio, tmp_path: Path) -> None:
    names = [".film.part.mp4", ".film.mp4.stitch", "finished.part.mp4", "film.mp4.part"]
    chunks = [tmp_path / name for name in names[:1] + [f"{name}.mp4" for name in names[1:]]]
    for made, chunk in zip(studio.chunks(4, 4, 4, 4), chunks, strict=True):
        shutil.move(made, chunk)
    before = [chunk.read_bytes() for chunk in chunks]
    await FfmpegStitcher().stitch(chunks, tmp_path / "film.mp4", StitchOptions(frames=16, job_id="ab12"))
    assert [chunk.read_bytes() for chunk in chunks] == before
    assert probe(tmp_path / "film.mp4").frames == 16
    remove_delivered(tmp_path / "film.mp4", "ab12")
    assert not (tmp_path / ".helios").exists()


def test_two_jobs_that_make_one_file_work_apart(tmp_path: Path) -> None:
    output = tmp_path / "film.mp4"
    with Workspace(output, "one") as first:
        first.part.write_text("one")
        with Workspace(output, "two") as second, Workspace(output) as nameless:
            assert len({first.part, second.part, nameless.part}) == 3
            second.part.write_text("two")
            second.deliver()
            assert read_delivered(output, "two") == record_without_digest(output)
            assert read_delivered(output, "one") is None
            remove_delivered(output, "two")
        assert first.part.read_text() == "one"
        assert output.read_text() == "two"
    assert list(tmp_path.iterdir()) == [output]


def test_what_a_crash_left_is_cleared_by_the_jobs_next_stitch(tmp_path: Path) -> None:
    crashed = Workspace(tmp_path / "film.mp4", "one")
    crashed.__enter__()
    crashed.part.write_text("half")
    with Workspace(tmp_path / "film.mp4", "one") as workspace:
        assert not workspace.part.exists()
    assert not list(tmp_path.iterdir())


def test_a_name_as_long_as_file_systems_allow_can_be_written(tmp_path: Path) -> None:
    output = tmp_path / ("o" * 251 + ".mp4")
    with Workspace(output) as workspace:
        workspace.part.write_text("film")
        workspace.deliver()
    assert output.read_text() == "film"


def test_a_folder_that_takes_no_files_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"), Workspace(tmp_path / "file" / "film.mp4", "one"):
        pass


# Begins a stitch of job argv[2] beside argv[1], and stays in the middle of it.
STITCHING = """
import sys, time
from pathlib import Path
from helios_gui.stitcher.workspace import Workspace
with Workspace(Path(sys.argv[1]), sys.argv[2]) as workspace:
    workspace.part.write_text('half')
    time.sleep(600)
"""


@pytest.fixture
def begin_stitch(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    apps: list[subprocess.Popen[bytes]] = []

    def begin(job_id: str) -> subprocess.Popen[bytes]:
        part = Workspace(tmp_path / "film.mp4", job_id).part
        apps.append(subprocess.Popen([sys.executable, "-c", STITCHING, str(tmp_path / "film.mp4"), job_id]))
        wait_until(lambda: part.exists() and part.read_text() == "half")
        return apps[-1]

    yield begin
    for app in apps:
        app.kill()
        app.wait()


def test_only_what_belongs_to_no_living_process_is_removed(tmp_path: Path, begin_stitch) -> None:
    output = tmp_path / "film.mp4"
    living, dying = begin_stitch("living"), begin_stitch("dying")
    for job_id in ("living", "dying"):
        remove_stitch(output, job_id)
        remove_stitch(output, job_id, only_orphaned=True)
    assert Workspace(output, "living").part.exists()
    assert Workspace(output, "dying").part.exists()
    dying.kill()
    dying.wait()
    remove_stitch(output, "dying", only_orphaned=True)
    remove_stitch(output, "living", only_orphaned=True)
    assert [path.name for path in (tmp_path / ".helios").iterdir()] == ["living"]
    living.kill()
    living.wait()
    with Workspace(output, "another"):
        assert [path.name for path in (tmp_path / ".helios").iterdir()] == ["another"]
    assert not list(tmp_path.iterdir())


def test_what_earlier_versions_left_is_removed_with_its_job_alone(tmp_path: Path) -> None:
    output = tmp_path / "film.mp4"
    old = Workspace(output, "old")
    old.folder.mkdir(parents=True)
    old.part.write_text("half")
    with Workspace(output, "another"):
        pass
    remove_stitch(output, "old", only_orphaned=True)
    assert old.part.exists()
    remove_stitch(output, "old")
    assert not list(tmp_path.iterdir())


def test_a_link_in_the_place_of_a_work_folder_is_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere" / "stitch"
    elsewhere.mkdir(parents=True)
    (elsewhere / "mine").write_text("mine")
    work = tmp_path / ".helios"
    work.mkdir()
    (work / "job").symlink_to(elsewhere.parent, target_is_directory=True)
    remove_stitch(tmp_path / "film.mp4", "job")
    assert (elsewhere / "mine").read_text() == "mine"
