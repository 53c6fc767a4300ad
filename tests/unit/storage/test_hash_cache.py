from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import pytest

from helios_gui.storage.bundle import BundleScan, scan_folder
from helios_gui.storage.hash_cache import HashCache

URL = "s3://bucket/prefix"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files that were written long enough ago to be believed."""
    folder = tmp_path / "job"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / name).write_text(name)
        os.utime(folder / name, (1_000_000, 1_000_000))
    return folder


def remembered(cache: HashCache, found: BundleScan) -> HashCache:
    cache.remember_hashes(found, {file.path: f"hash of {file.path}" for file in found.files})
    return cache


def test_hashes_are_remembered_while_nothing_changes(tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "made" / "cache.sqlite"
    remembered(HashCache(path), scan_folder(folder))
    assert HashCache(path).hashes(scan_folder(folder)) == {"a": "hash of a", "b": "hash of b"}


def test_size_time_and_inode_all_count(tmp_path: Path, folder: Path) -> None:
    cache = remembered(HashCache(tmp_path / "cache"), scan_folder(folder))
    os.utime(folder / "a", (1_000_001, 1_000_001))
    assert cache.hashes(scan_folder(folder)) == {"b": "hash of b"}
    (folder / "b").write_text("bb")
    os.utime(folder / "b", (1_000_000, 1_000_000))
    assert cache.hashes(scan_folder(folder)) == {}
    remembered(cache, scan_folder(folder))
    (folder / "new").write_text("B!")
    os.utime(folder / "new", (1_000_000, 1_000_000))
    (folder / "new").replace(folder / "b")
    assert cache.hashes(scan_folder(folder)) == {"a": "hash of a"}


def test_another_folder_with_the_same_names_is_another_folder(tmp_path: Path, folder: Path) -> None:
    cache = remembered(HashCache(tmp_path / "cache"), scan_folder(folder))
    copy = tmp_path / "copy"
    folder.rename(copy)
    assert cache.hashes(scan_folder(copy)) == {}


def test_a_file_written_a_moment_ago_is_hashed_again(tmp_path: Path, folder: Path) -> None:
    """It may be written again within the same tick of the file system's clock."""
    (folder / "a").write_text("x")
    cache = remembered(HashCache(tmp_path / "cache"), scan_folder(folder))
    assert cache.hashes(scan_folder(folder)) == {"b": "hash of b"}


def test_uploads_are_remembered_by_storage(tmp_path: Path) -> None:
    cache = HashCache(tmp_path / "cache")
    assert cache.uploads(URL).blobs == frozenset()
    cache.remember_uploads(URL, "jobs/1/manifest.json", {"x", "y"})
    cache.remember_uploads(URL, "jobs/2/manifest.json", {"z"})
    known = cache.uploads(URL)
    assert (known.manifest_key, known.blobs) == ("jobs/2/manifest.json", {"x", "y", "z"})
    assert cache.uploads(f"{URL}/other").blobs == frozenset()


def test_uploads_are_not_believed_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = HashCache(tmp_path / "cache")
    cache.remember_uploads(URL, "jobs/1/manifest.json", {"x"})
    tomorrow = time.time() + 25 * 3600
    monkeypatch.setattr("helios_gui.storage.hash_cache.time.time", lambda: tomorrow)
    assert cache.uploads(URL).blobs == frozenset()
    cache.remember_uploads(URL, "jobs/2/manifest.json", {"y"})
    assert cache.uploads(URL).blobs == {"y"}


def test_a_cache_that_cannot_be_used_is_done_without(tmp_path: Path, folder: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"this is no database at all" * 100)
    cache = HashCache(broken)
    assert cache.hashes(scan_folder(folder)) == {}
    assert remembered(cache, scan_folder(folder)).hashes(scan_folder(folder)).keys() == {"a", "b"}, (
        "it was removed and made anew"
    )
    (tmp_path / "file").touch()
    assert remembered(HashCache(tmp_path / "file" / "cache"), scan_folder(folder)).hashes(scan_folder(folder)) == {}


def test_a_locked_cache_does_not_lose_what_it_has(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = remembered(HashCache(tmp_path / "cache"), scan_folder(folder))
    monkeypatch.setattr("helios_gui.storage.hash_cache._LOCK_TIMEOUT", 0.05)
    other = sqlite3.connect(tmp_path / "cache")
    other.execute("BEGIN EXCLUSIVE")
    assert cache.hashes(scan_folder(folder)) == {}
    other.close()
    assert cache.hashes(scan_folder(folder)).keys() == {"a", "b"}
