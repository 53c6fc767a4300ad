"""Which Blender is found, and which one saved a file. No Blender is needed for this part."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from helios_gui.blender.header import saving_version
from helios_gui.blender.program import blender_version, find_blender
from helios_gui.blender.run import check_saved_by
from helios_gui.jobfile.command_line import resolve_program
from helios_gui.types import UserInputError

posix = pytest.mark.skipif(sys.platform == "win32", reason="programs that are shell scripts")


def program(path: Path, says: str = "Blender 4.2.1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


@posix
def test_the_variable_comes_before_what_is_found(tmp_path: Path) -> None:
    on_path, chosen = program(tmp_path / "bin/blender"), program(tmp_path / "mine/my-blender")
    environment = {"PATH": str(on_path.parent), "HOME": str(tmp_path)}
    assert find_blender(environment) == on_path
    assert find_blender({**environment, "HELIOS_BLENDER": str(chosen)}) == chosen
    assert find_blender({**environment, "HELIOS_BLENDER": "blender"}) == on_path
    with pytest.raises(UserInputError, match="There is no Blender at") as caught:
        find_blender({**environment, "HELIOS_BLENDER": str(tmp_path / "gone")})
    assert "HELIOS_BLENDER" in caught.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="the places of Linux")
def test_the_newest_of_unpacked_versions_is_taken(tmp_path: Path) -> None:
    for name in ("blender-3.6.9-linux-x64", "blender-4.10.0-linux-x64", "blender-4.2.1-linux-x64"):
        program(tmp_path / name / "blender")
    (tmp_path / "blender-9.9.9-linux-x64").mkdir()
    (tmp_path / "blender-9.9.9-linux-x64/blender").write_text("not a program")
    found = find_blender({"PATH": "", "HOME": str(tmp_path)})
    assert found == tmp_path / "blender-4.10.0-linux-x64/blender"


def test_none_is_a_sentence_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="Blender was not found") as caught:
        find_blender({"PATH": "", "HOME": str(tmp_path), "PROGRAMFILES": str(tmp_path)})
    assert "HELIOS_BLENDER" in caught.value.hint


@posix
def test_the_version_is_read_and_other_programs_are_refused(tmp_path: Path) -> None:
    assert blender_version(program(tmp_path / "one", "Blender 4.2.1 LTS")) == (4, 2, 1)
    assert blender_version(program(tmp_path / "two", "Blender 5.0")) == (5, 0, 0)
    with pytest.raises(UserInputError, match="does not answer like Blender"):
        blender_version(program(tmp_path / "three", "GIMP 3"))
    with pytest.raises(UserInputError, match="cannot be started"):
        blender_version(tmp_path / "gone")


@posix
def test_blender_in_a_command_is_the_same_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = program(tmp_path / "mine/my-blender")
    monkeypatch.setenv("HELIOS_BLENDER", str(chosen))
    assert resolve_program(["blender", "-b", "x.blend"], job_dir=tmp_path) == (str(chosen), "-b", "x.blend")
    with pytest.raises(UserInputError, match=r"tool/blender"):  # with a folder it is the job's
        resolve_program(["tool/blender"], job_dir=tmp_path)


@pytest.mark.parametrize(
    ("begin", "version"),
    [
        (b"BLENDER-v304RENDH\0\0\0", (3, 4)),
        (b"BLENDER_v279REND", (2, 79)),
        (b"BLENDER-V402REND", (4, 2)),
        (b"BLENDER17-01v0500", (5, 0)),
        (gzip.compress(b"BLENDER-v283RENDH\0\0\0" * 100, mtime=0), (2, 83)),
        (b"\x28\xb5\x2f\xfd....", None),
    ],
)
def test_the_saving_version_is_in_the_first_bytes(
    tmp_path: Path, begin: bytes, version: tuple[int, int] | None
) -> None:
    path = tmp_path / "scene.blend"
    path.write_bytes(begin)
    assert saving_version(path) == version


@pytest.mark.parametrize(
    "begin", [b"", b"BLEND", b"<!doctype html>", b"\x1f\x8b broken", gzip.compress(b"text", mtime=0)[:-12]]
)
def test_what_is_no_blend_is_refused(tmp_path: Path, begin: bytes) -> None:
    path = tmp_path / "scene.blend"
    path.write_bytes(begin)
    with pytest.raises(UserInputError, match=r"scene\.blend is not a Blender file"):
        saving_version(path)
    with pytest.raises(UserInputError, match="There is no file"):
        saving_version(tmp_path / "gone.blend")


def test_a_newer_file_is_refused_and_a_newer_patch_is_not() -> None:
    check_saved_by(Path("a.blend"), (3, 4, 6), (3, 4, 1))
    check_saved_by(Path("a.blend"), (2, 79), (3, 4, 1))
    with pytest.raises(UserInputError, match=r"a\.blend was saved by Blender 4\.1, and the one here is 3\.4") as caught:
        check_saved_by(Path("a.blend"), (4, 1), (3, 4, 1))
    assert "4.1 or later" in caught.value.hint
