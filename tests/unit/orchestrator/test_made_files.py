"""A finished chunk is known by what was made, not by its name: size, time, inode, and in doubt its content."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from helios_gui.orchestrator.made_files import glance, measure, recognise


def test_what_was_made_is_known_again_and_nothing_else_is(tmp_path: Path) -> None:
    file = tmp_path / "part.mov"
    file.write_bytes(b"red")
    made = measure(file)
    assert recognise([file], made) == made
    assert recognise([file], glance(file)) == glance(file)
    os.utime(file, ns=(0, 0))  # restored from somewhere, with another time
    assert recognise([file], made) == measure(file) != made
    file.write_bytes(b"blue")
    assert recognise([file], made) is None
    file.write_bytes(b"RED")
    assert recognise([file], made) is None
    file.unlink()
    assert recognise([file], made) is None


def test_another_file_of_the_same_size_and_time_is_not_it(tmp_path: Path) -> None:
    file, other = tmp_path / "part.mov", tmp_path / "other.mov"
    file.write_bytes(b"red")
    made = measure(file)
    other.write_bytes(b"Red")
    os.utime(other, ns=(made.mtime_ns, made.mtime_ns))
    other.replace(file)
    assert recognise([file], made) is None


def test_a_copy_of_the_folder_and_a_hard_link_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "part.mov"
    file.write_bytes(b"red")
    made = measure(file)
    shutil.copytree(tmp_path, tmp_path.with_name("copy"))
    found = recognise([tmp_path.with_name("copy") / "part.mov"], made)
    assert found is not None
    assert found.digest == made.digest
    os.link(file, tmp_path / "link.mov")
    assert recognise([tmp_path / "link.mov"], made) == made
