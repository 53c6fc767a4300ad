from __future__ import annotations

import os
from pathlib import Path

import pytest

from helios_gui.storage.bundle import scan_folder, scan_job
from helios_gui.types import UserInputError
from tests.support.jobs import text_job

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX links and permissions")


def test_size_and_count_are_known_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.bin").write_bytes(b"12345")
    (tmp_path / "a.sh").write_bytes(b"123")
    (tmp_path / "a.sh").chmod(0o755)
    found = scan_folder(tmp_path)
    assert [(file.path, file.size, file.executable) for file in found.files] == [
        ("a.sh", 3, True),
        ("sub/b.bin", 5, False),
    ]
    assert (found.total_bytes, found.notes) == (8, ())
    assert found.source(found.files[1]).read_bytes() == b"12345"


def test_links_are_followed_inside_and_passed_over_with_a_note_outside(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "job"
    (folder / "real" / "deep").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret").write_text("x")
    (folder / "real" / "file").write_text("x")
    (folder / "link").symlink_to("real/file")
    (folder / "folder link").symlink_to("real")
    (folder / "real" / "deep" / "circle").symlink_to("../..")
    (folder / "out").symlink_to(outside / "secret")
    (folder / "out folder").symlink_to(outside)
    (folder / "broken").symlink_to("nothing")
    (folder / "sneaky").symlink_to(tmp_path / "job-sibling")
    (tmp_path / "job-sibling").write_text("x")
    os.mkfifo(folder / "pipe")
    found = scan_folder(folder)
    assert [file.path for file in found.files] == ["folder link/file", "link", "real/file"]
    told = "\n".join(found.notes)
    for name in ("out ", "out folder", "broken", "sneaky", "circle", "pipe"):
        assert name in told
    assert len(found.notes) == 7  # the circle is met by two ways


def test_an_ignored_link_needs_no_note(tmp_path: Path) -> None:
    (tmp_path / "broken.tmp").symlink_to("nothing")
    (tmp_path / ".heliosignore").write_text("*.tmp\n")
    assert scan_folder(tmp_path).notes == ()


def test_a_name_that_is_not_unicode_is_passed_over_with_a_note(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.png")).touch()
    found = scan_folder(tmp_path)
    assert found.files == ()
    assert "caf" in found.notes[0]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserInputError, match="gone"):
        scan_folder(tmp_path / "gone")


def test_a_scan_can_be_stopped(tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop() -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        scan_folder(tmp_path, check=stop)


def test_a_jobs_own_outputs_are_no_part_of_its_bundle(tmp_path: Path) -> None:
    spec = text_job(2)
    for name in ("part_0.txt", "part_1.txt", "film.mp4", "texture.png"):
        (tmp_path / name).write_text(name)
    found = scan_job(spec, tmp_path, tmp_path / "film.mp4")
    assert [file.path for file in found.files] == ["texture.png"]
