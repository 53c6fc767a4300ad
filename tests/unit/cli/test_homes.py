"""Folders of the app that cannot be used, or only in part: said in one sentence, and nothing as a line of a log."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from helios_gui.utils.folders import AppFolders
from tests.support.cli import run_cli
from tests.support.jobs import python


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job of one chunk, whose output is its video, too."""
    folder = tmp_path / "job"
    folder.mkdir()
    command = python("import sys; open(sys.argv[1], 'w').write('frame 0\\n')", "part.txt")
    chunk = {"id": 0, "startFrame": 0, "frameCount": 1, "outputFile": "part.txt", "command": command}
    join = python("import shutil; shutil.copy('part.txt', 'all.txt')")
    size = {"totalFrames": 1, "fps": 30, "width": 128, "height": 96}
    path = folder / "job.json"
    path.write_text(json.dumps({"metadata": size, "chunks": [chunk], "outputFile": "all.txt", "mergeCommand": join}))
    return path


@pytest.fixture
def read_only_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "test", str(place)], check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def refused(home: Path, job: Path) -> list[str]:
    """Return the lines that a render says where the home cannot be used."""
    ended = run_cli(home, "render", job, "--trust", cwd=job.parent)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert not (job.parent / "part.txt").exists()
    return ended.stderr.splitlines()


@pytest.mark.parametrize("below", [".", "below/it"])
def test_a_file_where_the_folder_should_be(below: str, job: Path, tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    home = tmp_path / "home" / below
    assert refused(home, job) == [
        f"Error: The folder {home.resolve() / 'data'} cannot be written to: Not a directory.",
        "Make it writable, or set HELIOS_HOME to a folder that is.",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a disk")
def test_a_read_only_disk(job: Path, read_only_disk: Path) -> None:
    assert refused(read_only_disk, job) == [
        f"Error: The folder {read_only_disk / 'data'} cannot be written to: Read-only file system.",
        "Make it writable, or set HELIOS_HOME to a folder that is.",
    ]
    listed = run_cli(read_only_disk, "jobs")
    assert (listed.returncode, listed.stdout, listed.stderr) == (0, "The queue is empty.\n", "")


def test_what_is_rendered_cannot_be_noted(job: Path, tmp_path: Path) -> None:
    """It is rendered all the same, and the last line says what was lacking."""
    home = tmp_path / "home"
    notes = home / "data" / "jobs.sqlite.outputs"
    notes.parent.mkdir(parents=True)
    notes.touch()
    ended = run_cli(home, "render", job, "--trust", cwd=job.parent)
    assert (ended.returncode, ended.stderr) == (0, "")
    lack = f"chunks cannot be noted in {notes} while they are rendered (File exists)"
    assert lack in ended.stdout.splitlines()[-1]
    assert ended.stdout.count("cannot be noted") == 1


def test_files_that_cannot_be_held_against_others(job: Path, tmp_path: Path) -> None:
    leases = job.parent / ".helios" / "leases"
    leases.parent.mkdir()
    leases.touch()
    (tmp_path / "home").mkdir()
    ended = run_cli(tmp_path / "home", "render", job, "--trust", cwd=job.parent)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert f"the files in {job.parent} cannot be held against other jobs (File exists)" in ended.stdout.splitlines()[-1]


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a disk")
def test_what_is_on_a_read_only_disk_can_be_read(job: Path, read_only_disk: Path) -> None:
    """Also what only the journal's log has: the process that wrote it did not end as it should."""

    def remount(how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(read_only_disk)], check=True)

    remount("rw")
    assert run_cli(read_only_disk, "render", job, "--trust", cwd=job.parent).returncode == 0
    journal = AppFolders.at(read_only_disk).journal
    with closing(sqlite3.connect(journal)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("PRAGMA wal_autocheckpoint=0")
        writer.execute("UPDATE jobs SET name = 'Renamed'")
        writer.commit()
        files = {path: path.read_bytes() for path in (journal, journal.with_name(f"{journal.name}-wal"))}
    for path, content in files.items():
        path.write_bytes(content)
    remount("ro")
    listed = run_cli(read_only_disk, "jobs", "--json", cwd=job.parent)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert [found["name"] for found in json.loads(listed.stdout)] == ["Renamed"]
    listed = run_cli(read_only_disk, "profiles", "list", cwd=job.parent)
    assert (listed.returncode, listed.stdout.splitlines()) == (0, ["Local: this machine, the default"])
