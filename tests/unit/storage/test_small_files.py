"""Small files are written on the loop while the disk is quick, and on a thread as soon as it is not."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from helios_gui.storage.small_files import SMALL, SmallFiles
from helios_gui.utils.work_threads import Stop, WorkThreads


@asynccontextmanager
async def small_files() -> AsyncIterator[SmallFiles]:
    threads = WorkThreads("test-files", 1)
    yield SmallFiles(threads)
    await threads.aclose()


def taking(seconds: float) -> Callable[[Stop], bool]:
    """Work that takes so long, and says whether it was done on the loop's thread."""

    def work(stop: Stop) -> bool:
        time.sleep(seconds)
        return threading.current_thread() is threading.main_thread()

    return work


async def trusted(files: SmallFiles) -> None:
    """Write until the disk is trusted."""
    for _ in range(500):
        if await files.run(10, taking(0.0)):
            return
    raise AssertionError("the disk was never quick")


async def test_a_quick_disk_is_trusted_after_a_while() -> None:
    async with small_files() as files:
        assert [await files.run(10, taking(0.0)) for _ in range(8)] == [False] * 8
        await trusted(files)
        assert not await files.run(SMALL + 1, taking(0.0)), "what is large never goes there"


async def test_a_slow_file_sends_the_next_ones_to_threads() -> None:
    async with small_files() as files:
        await trusted(files)
        assert await files.run(10, taking(0.02)), "nobody could know"
        assert [await files.run(10, taking(0.02)) for _ in range(12)] == [False] * 12
        await trusted(files)


async def test_errors_come_through_and_count_as_time() -> None:
    async with small_files() as files:

        def fail(stop: Stop) -> bool:
            time.sleep(0.02)
            raise OSError(28, "No space left on device")

        for _ in range(2):
            with pytest.raises(OSError, match="No space"):
                await files.run(10, fail)
            await trusted(files)
        with pytest.raises(OSError, match="No space"):
            await files.run(10, fail)
        assert not await files.run(10, taking(0.0))
