"""A finished chunk is known by what was made, not by its name: size, time, inode, and in doubt its content."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from helios_gui.orchestrator.made_files import recognise_files, record_files, record_without_digest


def test_what_was_made_is_known_again_and_nothing_else_is(tmp_path: Path) -> None:
    file = tmp_path / "part.mov"
    file.write_bytes(b"red")
    made = record_files(file)
    assert recognise_files([file], made) == made
    assert recognise_files([file], record_without_digest(file)) == record_without_digest(file)
    os.utime(file, ns=(0, 0))  # restored from somewhere, with another time
    assert recognise_files([file], made) == record_files(file) != made
    file.write_bytes(b"blue")
    assert recognise_files([file], made) is None
    file.write_bytes(b"RED")
    assert recognise_files([file], made) is None
    file.unlink()
    assert recognise_files([file], made) is None


def test_another_file_of_the_same_size_and_time_is_not_it(tmp_path: Path) -> None:
    file, other = tmp_path / "part.mov", tmp_path / "other.mov"
    file.write_bytes(b"red")
    made = record_files(file)
    other.write_bytes(b"Red")
    os.utime(other, ns=(made.mtime_ns, made.mtime_ns))
    other.replace(file)
    assert recognise_files([file], made) is None


def test_a_copy_of_the_folder_and_a_hard_link_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "part.mov"
    file.write_bytes(b"red")
    made = record_files(file)
    shutil.copytree(tmp_path, tmp_path.with_name("copy"))
    found = recognise_files([tmp_path.with_name("copy") / "part.mov"], made)
    assert found is not None
    assert found.digest == made.digest
    os.link(file, tmp_path / "link.mov")
    assert recognise_files([tmp_path / "link.mov"], made) == made
