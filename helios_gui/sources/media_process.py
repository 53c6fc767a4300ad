"""Media of sources are read in a process of their own, as they come from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from helios_gui.media.media_reader import MediaReader
from helios_gui.utils.work_threads import Stop, WorkThreads

Found = TypeVar("Found")


async def in_process(work: Callable[[Path, Stop], Found], source: Path) -> Found:
    """Return ``work(source, stop)``, done in a process of its own."""

    def read(stop: Stop) -> Found:
        with MediaReader() as reader:
            return reader.read(work, source, stop)

    async with WorkThreads("source", 1) as threads:
        return await threads.run(read)
