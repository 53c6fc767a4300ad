"""Temporary folders: gone at their end, and after their process was killed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from helios_gui.utils.temporary_folders import temporary_folder

MADE = """
import sys
from helios_gui.utils.temporary_folders import temporary_folder

with temporary_folder("trial") as folder:
    (folder / "below").mkdir()
    (folder / "below" / "file").write_text("something")
    print(folder, flush=True)
    sys.stdin.read()
"""


def run(folder: Path, code: str = MADE) -> subprocess.Popen[str]:
    """A process with a temporary folder in ``folder``."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def folder_of(process: subprocess.Popen[str]) -> Path:
    """The folder that a process says it has made."""
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def test_a_folder_is_ones_own_and_gone_at_the_end(tmp_path: Path) -> None:
    with temporary_folder("trial", str(tmp_path)) as folder:
        assert folder.parent == tmp_path
        if os.name == "posix":
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        (folder / "file").write_text("something")
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next_one_and_what_a_living_one_has_is_not(tmp_path: Path) -> None:
    with run(tmp_path) as killed, run(tmp_path) as living:
        abandoned, used = folder_of(killed), folder_of(living)
        killed.kill()
        killed.communicate()
        assert abandoned.is_dir()
        with run(tmp_path) as later:
            folder_of(later)
            assert not abandoned.exists()
            assert (used / "below" / "file").read_text() == "something"
            later.communicate()
        living.communicate()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_others_cannot_have_anything_removed(tmp_path: Path) -> None:
    """In a folder of everybody, somebody puts links under such names."""
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").write_text("kept")
    place = tmp_path / "everybodys"
    place.mkdir()
    (place / "helios-a-1.lock").touch()
    (place / "helios-a-1").symlink_to(mine)
    (place / "helios-a-2.lock").symlink_to(mine / "made")
    with run(place) as process:
        folder_of(process)
        process.communicate()
    assert (mine / "file").read_text() == "kept"
    assert not (mine / "made").exists()
