"""A folder as artifact storage: what only a folder has to take care of."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from helios_gui.storage import open_storage
from helios_gui.types import ArtifactStorage


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
