"""A folder as artifact storage: what only a folder has to take care of."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helios_gui.storage import open_storage
from helios_gui.types import ArtifactStorage, StorageError, StoredObject


@pytest.fixture(autouse=True)
def restless_threads() -> object:
    """Threads take turns a thousand times as often, so that what can come between two steps does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[ArtifactStorage]:
    storage = open_storage(folder.as_uri())
    try:
        yield storage
    finally:
        await storage.close()


async def test_an_object_is_never_seen_without_its_metadata(tmp_path: Path) -> None:
    async with opened(tmp_path) as storage:

        async def watch(key: str) -> str:
            while (found := await storage.head(key)) is None:
                pass
            return found.metadata.get("frames", "nothing")

        for turn in range(100):
            key = f"output/{turn}.mov"
            seen = [asyncio.create_task(watch(key)) for _ in range(3)]
            await storage.upload(key, b"frames", create_only=True, metadata={"frames": "7"})
            assert await asyncio.gather(*seen) == ["7"] * 3


@pytest.mark.parametrize("create_only", [True, False])
@pytest.mark.parametrize(("which", "times"), [("metadata", 1), ("metadata", 9), ("object", 1), ("object", 9)])
async def test_a_folder_that_is_removed_in_between_is_made_again(
    which: str, times: int, create_only: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever deletes the last object of a folder removes it, also where another is about to come."""
    left = times

    def vanish(target: Path) -> None:
        nonlocal left
        if left and (".helios-storage" in target.parts) == (which == "metadata"):
            left -= 1
            shutil.rmtree(target.parent)

    def late(move: Callable[[Path, Path], object]) -> Callable[[Path, Path], object]:
        def vanish_and_move(part: Path, target: Path) -> object:
            vanish(target)
            return move(part, target)

        return vanish_and_move

    monkeypatch.setattr(Path, "replace", late(Path.replace))
    monkeypatch.setattr(os, "link", late(os.link))
    async with opened(tmp_path) as storage:
        upload = storage.upload("deep/note.txt", b"text", create_only=create_only, metadata={"version": "1"})
        if times == 1:
            assert await upload
            found = await storage.head("deep/note.txt")
            assert found is not None
            assert found.metadata == {"version": "1"}
        else:
            with pytest.raises(StorageError):
                await upload
            assert await storage.list() == []
    assert [path for path in tmp_path.rglob("*.part") if path.is_file()] == []


async def test_where_there_are_no_links_whoever_has_the_name_first_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(part: Path, target: Path) -> None:
        target.write_bytes(b"theirs")
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    async with opened(tmp_path) as storage:
        assert not await storage.upload("result.json", b"ours", create_only=True)
        assert await storage.read("result.json") == b"theirs"


async def test_what_somebody_put_into_the_folder_is_an_object_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as storage:
        (tmp_path / "jobs").mkdir()
        (tmp_path / "jobs" / "a.txt").write_bytes(b"theirs")
        (tmp_path / "jobs" / "b.txt").write_bytes(b"another")
        found = await storage.head("jobs/a.txt")
        assert found == StoredObject("jobs/a.txt", 6, hashlib.sha256(b"theirs").hexdigest())
        assert [each.key for each in await storage.list("jobs/a")] == ["jobs/a.txt"]


async def test_an_object_removed_between_two_looks_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_bytes(b"theirs")
    is_file = Path.is_file

    def look_and_remove(path: Path) -> bool:
        found = is_file(path)
        path.unlink()
        return found

    async with opened(tmp_path) as storage:
        monkeypatch.setattr(Path, "is_file", look_and_remove)
        assert await storage.head("a.txt") is None


async def test_the_folder_of_metadata_holds_no_objects(tmp_path: Path) -> None:
    async with opened(tmp_path) as storage:
        await storage.upload("a.txt", b"text")
        for key in (".helios-storage/parts/x", ".helios-storage"):
            with pytest.raises(StorageError, match="cannot be a name"):
                await storage.upload(key, b"text")
        assert [each.key for each in await storage.list()] == ["a.txt"]


async def test_a_replaced_object_leaves_nothing_of_its_metadata(tmp_path: Path) -> None:
    async with opened(tmp_path) as storage:
        for number in range(3):
            await storage.upload("note.txt", b"text", metadata={"version": str(number)})
        found = await storage.head("note.txt")
        assert found is not None
        assert found.metadata == {"version": "2"}
        assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2
        await storage.delete(["note.txt"])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
