"""Folders on file systems that have no hard links or are not the cache's, and links that lead out of a folder."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from helios_gui.storage import open_storage
from helios_gui.storage.materialize import materialize
from helios_gui.types import StorageError
from tests.support.other_disk import folder_on_another_disk

LARGE = b"0123456789abcdef" * 300_000  # more than what is always copied


@pytest.fixture
def no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hard links are refused, as FAT and many network shares do."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than the test's."""
    with folder_on_another_disk(tmp_path) as folder:
        yield folder


@pytest.mark.usefixtures("no_links")
async def test_one_of_many_writers_creates_an_object_also_without_links(tmp_path: Path) -> None:
    storage = open_storage((tmp_path / "store").as_uri())
    try:
        data = [b"%d" % number * 1000 for number in range(12)]
        made = await asyncio.gather(*(storage.upload("job/result", each, create_only=True) for each in data))
        assert sum(made) == 1
        assert await storage.read("job/result") == data[made.index(True)]
        assert not await storage.upload("job/result", b"late", create_only=True)
        assert [found.key for found in await storage.list("")] == ["job/result"]
    finally:
        await storage.close()


def test_a_large_file_of_another_file_system_is_copied(elsewhere: Path, tmp_path: Path) -> None:
    blob = elsewhere / "blob"
    blob.write_bytes(LARGE)
    assert not materialize(blob, tmp_path, "deep/program", executable=True)
    made = tmp_path / "deep/program"
    assert made.read_bytes() == LARGE
    assert os.access(made, os.X_OK)
    made.write_bytes(b"changed")
    assert blob.read_bytes() == LARGE


@pytest.mark.usefixtures("no_links")
def test_a_large_file_is_copied_where_there_are_no_links(tmp_path: Path) -> None:
    blob = tmp_path / "blob"
    blob.write_bytes(LARGE)
    assert not materialize(blob, tmp_path / "job", "scene.bin", executable=False)
    made = tmp_path / "job/scene.bin"
    made.write_bytes(b"changed")
    assert blob.read_bytes() == LARGE


def test_nothing_is_written_through_a_link_that_leads_out_of_the_folder(tmp_path: Path) -> None:
    blob, folder, outside = tmp_path / "blob", tmp_path / "job", tmp_path / "outside"
    blob.write_bytes(b"x")
    folder.mkdir()
    outside.mkdir()
    (folder / "assets").symlink_to(outside)
    with pytest.raises(StorageError, match="would lie outside"):
        materialize(blob, folder, "assets/x", executable=False)
    assert not list(outside.iterdir())


async def test_no_object_is_reached_through_a_link_that_leads_out_of_the_storage(tmp_path: Path) -> None:
    root, outside = tmp_path / "store", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    (root / "job").symlink_to(outside)
    storage = open_storage(root.as_uri())
    try:
        with pytest.raises(StorageError, match="leads out of the folder"):
            await storage.read("job/secret")
        with pytest.raises(StorageError, match="leads out of the folder"):
            await storage.upload("job/new", b"x")
        assert await storage.list("job/") == []
    finally:
        await storage.close()
    assert [path.name for path in outside.iterdir()] == ["secret"]
