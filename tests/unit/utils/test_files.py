from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from helios_gui.utils.files import make_folder, write_atomic


def test_text_and_bytes_are_written_with_their_folders(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "settings.json"
    write_atomic(path, "größer\n")
    assert path.read_bytes() == "größer\n".encode()
    write_atomic(path, b"\x00\xff")
    assert path.read_bytes() == b"\x00\xff"
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomic(path, "\ud800")
    folder = tmp_path / "folder"
    (folder / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match=r"directory|folder|denied"):
        write_atomic(folder, "text")
    assert path.read_text() == "old"
    assert sorted(tmp_path.iterdir()) == [folder, path]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_permissions_are_kept_and_new_files_get_the_usual_ones(tmp_path: Path) -> None:
    private, plain, new = (tmp_path / name for name in ("private", "plain", "new"))
    private.touch(mode=0o600)
    plain.touch()
    write_atomic(private, "secret")
    write_atomic(new, "public")
    assert private.stat().st_mode & 0o777 == 0o600
    assert new.stat().st_mode == plain.stat().st_mode


def test_a_link_keeps_pointing_where_it_did(tmp_path: Path) -> None:
    target = tmp_path / "real" / "file"
    target.parent.mkdir()
    target.write_text("old")
    link = tmp_path / "link"
    link.symlink_to(target)
    write_atomic(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_folder_is_made_while_others_remove_it_and_the_one_above(tmp_path: Path) -> None:
    folder = tmp_path / "work" / "leases"

    def make_and_remove(_: int) -> None:
        for _ in range(300):
            make_folder(folder)
            for each in (folder, folder.parent):
                with suppress(OSError):
                    each.rmdir()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(make_and_remove, range(4)))
    assert not folder.parent.exists()


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir])
def test_a_folder_is_not_made_over_what_is_there(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "there")
    with pytest.raises(FileExistsError):
        make_folder(tmp_path / "there", exist_ok=False)
