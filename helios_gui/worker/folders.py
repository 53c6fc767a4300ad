"""A folder for each attempt, and nothing left of attempts whose worker died."""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

from helios_gui.process.process_trees import end_attempts

_NOTE = "mark"
_GRACE = 1.0


class AttemptFolders:
    """Folders below ``root``, named after the process they belong to, so that several workers can share it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._owner = _identity(os.getpid())
        self._in_use: set[str] = set()

    @asynccontextmanager
    async def fresh(self, mark: str) -> AsyncIterator[Path]:
        """Make an empty folder, removed afterwards.

        What a crashed worker left behind is removed before. Raises ``OSError``.

        ``mark`` is what the processes that will work in it are known by.
        """
        await self._remove_leftovers()
        name = f"{self._owner}-{uuid.uuid4().hex[:12]}"
        folder = self._root / name
        self._in_use.add(name)
        try:
            folder.mkdir(parents=True)
            (folder / _NOTE).write_text(mark, encoding="utf-8")
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
            self._in_use.discard(name)

    async def _remove_leftovers(self) -> None:
        """Remove abandoned folders, after ending the renderers that may still work in them."""
        abandoned = await asyncio.to_thread(self._abandoned)
        if abandoned:
            await end_attempts(_marks_of(abandoned), _GRACE)
            for folder in abandoned:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _abandoned(self) -> list[Path]:
        with suppress(FileNotFoundError):
            return [folder for folder in self._root.iterdir() if self._is_abandoned(folder.name)]
        return []

    def _is_abandoned(self, name: str) -> bool:
        owner = name.rpartition("-")[0]
        if owner == self._owner:
            return name not in self._in_use
        pid = owner.partition("-")[0]
        return not pid.isdigit() or _identity(int(pid)) != owner


def _identity(pid: int) -> str:
    """Return the process's id and start time, as ids are used again; empty where there is no such process."""
    try:
        return f"{pid}-{psutil.Process(pid).create_time():.2f}"
    except psutil.Error:
        return ""


def _marks_of(folders: Collection[Path]) -> set[str]:
    found = set()
    for folder in folders:
        with suppress(OSError):
            found.add((folder / _NOTE).read_text(encoding="utf-8"))
    return found - {""}
