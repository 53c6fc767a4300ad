"""A file is complete when it has stayed the same for a while and nobody writes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helios_gui.watch_folders.settled_files import SettledFiles, open_for_writing


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def looks(folder: Path, clock: Clock) -> SettledFiles:
    return SettledFiles(folder, lambda path: path.suffix == ".mp4", quiet=5.0, clock=clock)


def test_what_still_grows_is_not_complete(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "a.mp4"
    files = looks(tmp_path, clock)
    file.write_bytes(b"one")
    for _ in range(3):
        assert files.scan() == {}
        clock.now += 4
        with file.open("ab") as more:
            more.write(b"more")
    assert files.scan() == {}
    clock.now += 4.9
    assert files.scan() == {}
    clock.now += 0.2
    assert list(files.scan()) == [file]
    os.utime(file, ns=(1, 1))  # written anew with the same length
    assert files.scan() == {}


def test_what_is_not_meant_is_left_alone(tmp_path: Path) -> None:
    clock = Clock()
    files = looks(tmp_path, clock)
    for name in ("b.mp4.part", ".c.mp4", "~d.mp4", "e.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "f.mp4").write_bytes(b"x")
    assert files.scan() == {}
    clock.now += 60
    assert files.scan() == {}
    with pytest.raises(OSError, match="gone"):
        looks(tmp_path / "gone", clock).scan()


def test_the_oldest_comes_first(tmp_path: Path) -> None:
    clock = Clock()
    files = looks(tmp_path, clock)
    for number, name in enumerate(("z.mp4", "a.mp4")):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, ns=(number, number))
    files.scan()
    clock.now += 5
    assert [path.name for path in files.scan()] == ["z.mp4", "a.mp4"]


@pytest.mark.skipif(sys.platform != "linux", reason="as Linux tells it")
def test_what_a_program_has_open_for_writing_waits(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(b"x")
    script = "import sys; held = open(sys.argv[1], sys.argv[2]); print(flush=True); sys.stdin.read()"
    for mode, is_written in (("rb", False), ("ab", True)):
        command = [sys.executable, "-S", "-c", script, str(file), mode]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
            assert program.stdout is not None
            program.stdout.readline()
            assert open_for_writing([file]) == ({file} if is_written else set())
            program.communicate()
    assert open_for_writing([file]) == set()
